// Where a metadata store is, as people write it in flags and config files: understood or INVALID_ARGUMENT; secrets are
// in no message, no name and no config that is shown.
#include "fuzz_driver.h"
#include "tfx/metadata_service/open_store.h"

namespace {

// Inputs hold it where a password stands; joined and repeated inputs keep it whole or not at all.
constexpr char kSecret[] = "Zq9Zq9";

bool Tells(const std::string& text) { return text.find(kSecret) != std::string::npos; }

// The secret stands as the password of an address or of a field, and nowhere else.
std::string Substituted(const std::string& frame, const std::string& input) {
  std::string text = frame;
  const size_t place = text.find('@');
  if (place != std::string::npos) text.replace(place, 1, input);
  return text;
}

std::string Check(const std::string& input) {
  std::string wrong;
  const auto check = [&](const std::string& text, bool has_secret) {
    const auto location = mlmd::ParseStoreLocation(text);
    if (!location.ok()) {
      if (!absl::IsInvalidArgument(location.status())) wrong += location.status().ToString() + "\n";
      if (has_secret && Tells(std::string(location.status().message()))) wrong += "an error tells the secret\n";
      return;
    }
    const absl::Status usable = mlmd::CheckStoreLocation(*location);
    if (!usable.ok() && !absl::IsInvalidArgument(usable)) wrong += usable.ToString() + "\n";
    if (!has_secret) return;
    const auto shown = mlmd::WithoutSecrets(*location);
    const std::string config = std::visit([](const auto& c) { return c.DebugString(); }, shown);
    if (Tells(config) || Tells(mlmd::StoreName(*location)) || Tells(std::string(usable.message()))) {
      wrong += "the secret is shown\n";
    }
  };
  check(input, false);
  // What a user may mistype behind a password.
  const std::string secret = kSecret;
  check(Substituted("mysql { host: 'h' password: '" + secret + "'@", input), true);
  check(Substituted("postgresql { password: " + secret + "@ }", input), true);
  if (input.find('@') == std::string::npos && input.find('/') == std::string::npos) {
    check("mysql://u:" + secret + input + "@h:3306/d", true);
    check("postgresql://u:" + input + secret + "@h/d", true);
  }
  return wrong;
}

}  // namespace

FuzzTarget MakeFuzzTarget() {
  return {.seeds = {"path/to/metadata.db", "sqlite:a.db", "grpc://h:80", "grpcs://[::1]:80", "mysql://u:p%40@h:1/d",
                    "postgresql://u@h/d", "mysql { host: 'h' port: 3306 database: 'd' ssl_options { ca: 'x' } }",
                    "# why\nsqlite { filename_uri: \"x\" connection_mode: READONLY }",
                    "host: 'h' port: 80 ssl_config { custom_ca: '-----BEGIN' } client_timeout_sec: 1.5",
                    "fake_database {} retry_options { max_num_retries: 3 }"},
          .words = {"{",     "}",     ":",         "'",
                    "\"",    "\\",    "#",         "\n",
                    "%",     "%2",    "%00",       "@",
                    "/",     "://",   "[",         "]",
                    "<",     ">",     ";",         "port: 99999999999999999999",
                    "host:", "mysql", "password:", "ssl_config {",
                    "1e999", "-1",    "nan"},
          .run = Check,
          .max_bytes = 1024};
}
