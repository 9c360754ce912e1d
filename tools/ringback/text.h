// Text for people: numbers and tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::cli {

// "1,234,567".
std::string grouped(std::uint64_t number);
// "120 B", "33.8 kB", "2.1 MB" (powers of 1000), one decimal above 1 kB.
std::string size_text(std::uint64_t bytes);
// "3 events", "1 event".
std::string counted(std::uint64_t number, const std::string& noun);

// `octets` where they are UTF-8, with \x1b and the like for control characters, which could make a terminal do things;
// otherwise with \xff for each octet that is not printable ASCII. Names and metadata are text by agreement only.
std::string printable(std::string_view octets);

enum class Alignment { left, right };

struct Column {
  std::string title;
  Alignment alignment = Alignment::left;
};

// Columns as wide as their widest cell, two spaces between them, no spaces at the ends of lines.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as there are columns.
  void add(std::vector<std::string> cells);
  // Every line begins with `indent` spaces.
  std::string text(std::size_t indent) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace ringback::cli
