#include "tools/ringback/text.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/base/utf8.h"

namespace ringback::cli {
namespace {

// Characters, not octets: what is not a continuation octet of UTF-8 begins one.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char octet) { return (octet & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, Alignment alignment) {
  const std::string spaces(width - std::min(width, width_of(text)), ' ');
  return alignment == Alignment::left ? text + spaces : spaces + text;
}

void append_line(std::string line, std::string& out) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

}  // namespace

std::string grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text.push_back(',');
    text.push_back(digits[i]);
  }
  return text;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  std::uint64_t unit = 1000;
  const char* name = "kB";
  for (const char* larger : {"MB", "GB"}) {
    if (bytes / unit < 1000) break;
    unit *= 1000;
    name = larger;
  }
  return fmt::format("{}.{} {}", grouped(bytes / unit), bytes % unit / (unit / 10), name);
}

std::string counted(std::uint64_t number, const std::string& noun) {
  return grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string printable(std::string_view octets) {
  const bool is_text = is_utf8(octets);
  std::string text;
  for (const char octet : octets) {
    const bool is_control = (octet >= 0 && octet < ' ') || octet == '\x7f';
    if (is_text ? !is_control : octet >= ' ' && octet <= '~') {
      text.push_back(octet);
    } else {
      text += fmt::format("\\x{:02x}", octet & 0xff);
    }
  }
  return text;
}

void Table::add(std::vector<std::string> cells) {
  RINGBACK_CHECK(cells.size() == columns_.size(), "a row has a cell for each of {} columns, not {}", columns_.size(),
                 cells.size());
  rows_.push_back(std::move(cells));
}

std::string Table::text(std::size_t indent) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = width_of(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, width_of(row[i]));
    widths.push_back(width);
  }
  std::string out;
  const auto append_row = [&](const auto& cell_of) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      line += (i == 0 ? "" : "  ") + padded(cell_of(i), widths[i], columns_[i].alignment);
    }
    append_line(std::move(line), out);
  };
  append_row([&](std::size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) append_row([&](std::size_t i) { return row[i]; });
  return out;
}

}  // namespace ringback::cli
