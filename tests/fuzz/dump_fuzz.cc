// The text that `tfx metadata load` reads: it is refused wholly, as INVALID_ARGUMENT, and leaves the store empty; or it
// is loaded, and then what is dumped loads again and dumps the same bytes.
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "fuzz_driver.h"
#include "tfx/metadata/dump.h"
#include "tfx/metadata/metadata_store.h"
#include "tfx/metadata/verify.h"

namespace {

// In memory where that is possible: every input makes or opens a database file.
std::string Place(const char* name) {
  const bool memory = access("/dev/shm", W_OK) == 0;
  return std::string(memory ? "/dev/shm" : "/tmp") + "/tfx_dump_fuzz_" + std::to_string(getpid()) + name;
}

ml_metadata::ConnectionConfig File(const std::string& path) {
  ml_metadata::ConnectionConfig config;
  config.mutable_sqlite()->set_filename_uri(path);
  return config;
}

void Remove(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(path + suffix);
}

struct Files {
  std::string store = Place("store.db"), copy = Place("copy.db");
  ~Files() {
    Remove(store);
    Remove(copy);
  }
};

absl::Status Load(const std::string& path, const std::string& text) {
  std::istringstream in(text);
  return mlmd::LoadMetadataStore(File(path), in, "input").status();
}

std::string Dump(const std::string& path) {
  std::ostringstream out;
  return mlmd::DumpMetadataStore(File(path), out).ok() ? out.str() : "no dump";
}

// A whole dump with one of everything that lines can hold.
std::string SmallDump() {
  const Files files;
  {
    auto store = mlmd::OpenMetadataStore(File(files.store));
    ml_metadata::ArtifactType type;
    type.set_name("A");
    (*type.mutable_properties())["p"] = ml_metadata::DOUBLE;
    ml_metadata::ExecutionType gen;
    gen.set_name("E");
    ml_metadata::ContextType run;
    run.set_name("C");
    ml_metadata::Artifact artifact;
    artifact.set_type_id((*store)->PutArtifactType(type).value());
    artifact.set_uri("u");
    (*artifact.mutable_properties())["p"].set_double_value(0.5);
    (*artifact.mutable_custom_properties())["b"].set_bool_value(true);
    ml_metadata::Execution execution;
    execution.set_type_id((*store)->PutExecutionType(gen).value());
    ml_metadata::Context context;
    context.set_type_id((*store)->PutContextType(run).value());
    context.set_name("c");
    ml_metadata::Event event;
    event.set_type(ml_metadata::Event::OUTPUT);
    event.mutable_path()->add_steps()->set_key("k");
    event.mutable_path()->add_steps()->set_index(0);
    (*store)->PutExecution(execution, {{artifact, event}}, {context}).IgnoreError();
  }
  return Dump(files.store);
}

std::string Check(const std::string& input) {
  static const Files files;  // removed at the end
  const absl::Status status = Load(files.store, input);
  if (!status.ok()) {
    // FAILED_PRECONDITION would say that an earlier refused input left something behind.
    return absl::IsInvalidArgument(status) ? "" : "refused with " + status.ToString();
  }
  const std::string dump = Dump(files.store);
  const absl::Status again = Load(files.copy, dump);
  const std::string second = again.ok() ? Dump(files.copy) : "";
  const auto report = mlmd::VerifyMetadataStore(File(files.store));
  Remove(files.store);
  Remove(files.copy);
  if (!again.ok()) return "what was dumped is not loaded: " + again.ToString();
  if (second != dump) return "dumped otherwise after another load:\n" + dump + "\n" + second;
  if (!report.ok() || !report->findings.empty()) return "loaded what does not pass verify";
  return "";
}

}  // namespace

FuzzTarget MakeFuzzTarget() {
  const std::string whole = SmallDump();
  const std::string header = whole.substr(0, whole.find('\n') + 1);
  // The lines of types are many; without them most others contradict themselves, which is a way to go as well.
  return {
      .seeds = {whole, header, header + "{\"context\":{\"id\":1,\"type_id\":1,\"name\":\"c\"}}\n",
                header + "{\"type\":{\"id\":10,\"name\":\"A\",\"type_kind\":1,\"properties\":[{\"name\":\"p\","
                         "\"data_type\":1}]}}\n{\"artifact\":{\"id\":1,\"type_id\":10,\"uri\":{\"base64\":\"Qf8=\"},"
                         "\"properties\":[{\"name\":\"p\",\"is_custom_property\":false,\"int_value\":7},{\"name\":"
                         "\"q\",\"is_custom_property\":true,\"double_value\":\"NaN\"}]}}\n"},
      .words = {"{\"artifact\":{",
                "{\"event\":{",
                "{\"parent_type\":{",
                "{\"attribution\":{",
                "\"id\":",
                "\"type_id\":10",
                "\"properties\":[",
                "\"path\":[",
                "{\"base64\":\"",
                "null",
                "true",
                "9223372036854775807",
                "-9223372036854775808",
                "18446744073709551615",
                "1e400",
                "\"Infinity\"",
                "\"NaN\"",
                "\\u0000",
                "\\ud800",
                "\n",
                "}}\n",
                "[[[[[[[[",
                "\xff"},
      .run = Check,
      .max_bytes = 8192};
}
