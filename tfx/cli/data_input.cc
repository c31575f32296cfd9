#include "tfx/cli/data_input.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/io/file_system.h"

namespace tfx::cli {

void AddInputFlags(CLI::App& command, InputFlags& flags) {
  command.add_option("--format", flags.format, "auto: by name and first bytes.")
      ->check(CLI::IsMember({"auto", "tfrecord", "csv", "parquet"}))
      ->capture_default_str();
  command.add_option("--payload_format", flags.payload_format, "What the records of TFRecord files are.")
      ->check(CLI::IsMember({"example", "sequence_example"}))
      ->capture_default_str();
  command.add_option("--delimiter", flags.delimiter, "Between the cells of CSV files.")->capture_default_str();
  command.add_option("--column_names", flags.column_names, "a,b,c: names of CSV files without a header line.")
      ->delimiter(',')
      ->allow_extra_args(false);
}

absl::StatusOr<tfdv::InputFiles> FindInput(const std::string& name, const std::string& pattern,
                                           const InputFlags& flags) {
  if (flags.delimiter.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("--delimiter=", flags.delimiter, ": must be one character"));
  }
  tfdv::InputFiles input{.csv_delimiter = flags.delimiter[0], .csv_column_names = flags.column_names};
  if (flags.payload_format == "sequence_example") input.payload = dataset::PayloadFormat::kSequenceExample;
  ASSIGN_OR_RETURN(input.format, tfdv::ParseFileFormat(flags.format));
  ASSIGN_OR_RETURN(input.files, io::Glob(pattern));
  if (input.files.empty()) return absl::NotFoundError(absl::StrCat(name, "=", pattern, " matches no file"));
  return input;
}

absl::Status NameInput(const absl::Status& status, const tfdv::InputFiles& input) {
  if (status.ok() || input.files.empty()) return status;
  for (const std::string& file : input.files) {
    if (absl::StrContains(status.message(), file)) return status;
  }
  const size_t more = input.files.size() - 1;
  return Annotate(status, more == 0 ? input.files[0] : absl::StrCat(input.files[0], " and ", more, " more files"));
}

}  // namespace tfx::cli
