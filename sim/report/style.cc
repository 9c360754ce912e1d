#include "sim/report/style.h"

namespace ringback::sim {
namespace {

std::string_view code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "1";
    case Style::dim:
      return "2";
    case Style::good:
      return "32";
    case Style::bad:
      return "1;31";
    case Style::warning:
      return "33";
    case Style::caller:
      return "36";
    case Style::agent:
      return "34";
  }
  return "";
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::string Pen::operator()(Style style, std::string_view text) const {
  if (color_ == Color::off || style == Style::plain || text.empty()) return std::string(text);
  std::string out = "\x1b[";
  out += code_of(style);
  out += 'm';
  out += text;
  out += "\x1b[0m";
  return out;
}

const SignSet& signs_of(Signs signs) {
  static constexpr SignSet kAscii{.caller_speaks = "=",
                                  .agent_speaks = "#",
                                  .typed = "T",
                                  .interrupted = "/",
                                  .response = "-",
                                  .call = "f",
                                  .lost = "X",
                                  .waiting = "-",
                                  .good = "o",
                                  .bad = "x",
                                  .maybe = "~",
                                  .open = "?",
                                  .fault = "v",
                                  .dead_air = "!",
                                  .short_wait = ".",
                                  .tick = "|",
                                  .times = "x",
                                  .middle_dot = "-",
                                  .ellipsis = "..."};
  static constexpr SignSet kUnicode{.caller_speaks = "━",
                                    .agent_speaks = "█",
                                    .typed = "▪",
                                    .interrupted = "╱",
                                    .response = "─",
                                    .call = "ƒ",
                                    .lost = "╳",
                                    .waiting = "─",
                                    .good = "✓",
                                    .bad = "✗",
                                    .maybe = "≈",
                                    .open = "?",
                                    .fault = "▼",
                                    .dead_air = "▒",
                                    .short_wait = "·",
                                    .tick = "╵",
                                    .times = "×",
                                    .middle_dot = "·",
                                    .ellipsis = "…"};
  return signs == Signs::ascii ? kAscii : kUnicode;
}

int columns_of(std::string_view text) {
  int columns = 0;
  for (const char c : text) columns += begins_character(c) ? 1 : 0;
  return columns;
}

std::string fit(std::string_view text, int columns) {
  if (columns_of(text) <= columns) return std::string(text);
  constexpr int kDots = 3;
  std::string out;
  int taken = 0;
  for (const char c : text) {
    if (begins_character(c) && ++taken > columns - kDots) break;
    out += c;
  }
  return out + "...";
}

std::vector<std::string> wrap(std::string_view text, int columns, std::size_t lines_max) {
  std::vector<std::string> lines;
  while (lines.size() + 1 < lines_max && columns_of(text) > columns) {
    // The end of what fits, and the last space in it.
    std::size_t end = 0;
    std::size_t space = 0;
    for (int taken = 0; end < text.size(); ++end) {
      if (begins_character(text[end]) && ++taken > columns + 1) break;
      if (text[end] == ' ' && end > 0) space = end;
    }
    while (space == 0 && columns_of(text.substr(0, end)) > columns) {
      do --end;
      while (!begins_character(text[end]));
    }
    lines.emplace_back(text.substr(0, space > 0 ? space : end));
    text.remove_prefix(space > 0 ? space + 1 : end);
  }
  lines.push_back(fit(text, columns));
  return lines;
}

std::string pad(std::string_view text, int columns) {
  std::string out(text);
  for (int missing = columns - columns_of(text); missing > 0; --missing) out += ' ';
  return out;
}

}  // namespace ringback::sim
