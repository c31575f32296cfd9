// Text in columns, for people.
#ifndef TFX_CLI_TABLE_H_
#define TFX_CLI_TABLE_H_

#include <ostream>
#include <string>
#include <vector>

namespace tfx::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> header) { AddRow(std::move(header)); }
  void AddRow(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  // Columns two blanks apart; numbers are right-aligned. Only the header when there are no rows.
  void Print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tfx::cli

#endif  // TFX_CLI_TABLE_H_
