// The values of a pipeline program's command line, as CreatePipeline sees them.
//
//   tfx::Pipeline CreatePipeline(const tfx::Flags& flags) {
//     ... .root = flags["pipeline_root"] ... .num_steps = flags.GetInt("train_steps") ...
//   }
//
// Every flag is declared, with a default and a doc: the standard ones by tfx::Main, more by MainOptions::flags. Asking
// for an undeclared one is a mistake in the program, which Main reports with the nearest declared name before anything
// runs.
#ifndef TFX_DSL_FLAGS_H_
#define TFX_DSL_FLAGS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tfx {

struct FlagDeclaration {
  std::string name;           // "train_steps", without dashes
  std::string default_value;  // "" : none
  std::string doc;
};

class Flags {
 public:
  Flags() = default;
  explicit Flags(std::vector<FlagDeclaration> declarations);

  // The given value or the default; "" for neither and for an undeclared flag.
  std::string operator[](std::string_view name) const;
  bool IsGiven(std::string_view name) const;
  // 0 (false) when empty. A value that is no number (true/false/1/0) is reported by Main.
  int64_t GetInt(std::string_view name) const;
  double GetDouble(std::string_view name) const;
  bool GetBool(std::string_view name) const;

  void Set(std::string_view name, std::string_view value);
  const std::vector<FlagDeclaration>& declarations() const { return declarations_; }
  const FlagDeclaration* Find(std::string_view name) const;
  // What was wrong with what the program asked: one line each, naming the flag.
  const std::set<std::string>& problems() const { return problems_; }
  // Flags that the program read and that had neither value nor default.
  const std::set<std::string>& read_but_empty() const { return read_but_empty_; }

 private:
  std::vector<FlagDeclaration> declarations_;
  std::map<std::string, std::string, std::less<>> values_;
  mutable std::set<std::string> problems_;
  mutable std::set<std::string> read_but_empty_;
};

}  // namespace tfx

#endif  // TFX_DSL_FLAGS_H_
