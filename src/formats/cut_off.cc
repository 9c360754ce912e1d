#include "src/formats/cut_off.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/formats/document.h"

namespace ringback::formats {
namespace {

// A list or map that is open while JSON is walked.
struct Open {
  char bracket = '{';
  std::size_t whole_until = 0;  // of a list: the end of its last element that is a list or map
};

// Brackets that are open at the end of `data`; nothing where it is no beginning of JSON.
std::vector<Open> open_brackets(BytesView data) {
  std::vector<Open> open;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const char c = data[i];
    if (c == '"') {
      for (++i; i < data.size() && data[i] != '"'; ++i) i += data[i] == '\\' ? 1 : 0;
    } else if (c == '{' || c == '[') {
      if (open.size() >= static_cast<std::size_t>(kDocumentDepthMax)) return {};
      open.push_back({.bracket = c});
    } else if (c == '}' || c == ']') {
      if (open.empty() || open.back().bracket != (c == '}' ? '{' : '[')) return {};
      open.pop_back();
      if (open.empty()) return {};
      open.back().whole_until = i + 1;
    }
  }
  return open;
}

std::size_t indentation_of(BytesView line) { return std::min(line.find_first_not_of(' '), line.size()); }

bool is_blank(BytesView line) { return line.find_first_not_of(" \t\r") == BytesView::npos; }

// Where the last entry of the outermost list begins; npos where there is none, or where something follows the list.
std::size_t last_yaml_entry(BytesView data) {
  std::size_t entry = BytesView::npos;
  std::size_t indentation = 0;
  for (std::size_t at = 0; at < data.size();) {
    const std::size_t end = std::min(data.find('\n', at), data.size());
    const BytesView line = data.substr(at, end - at);
    const std::size_t spaces = indentation_of(line);
    const bool is_entry = line.substr(spaces).starts_with("- ");
    if (entry == BytesView::npos && is_entry) indentation = spaces;
    if (is_entry && spaces == indentation) {
      entry = at;
    } else if (entry != BytesView::npos && spaces <= indentation && !is_blank(line) && line[spaces] != '#') {
      return BytesView::npos;
    }
    at = end + 1;
  }
  return entry;
}

}  // namespace

std::string line_of(BytesView data, std::size_t at) {
  return fmt::format("line {}", 1 + std::count(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

std::vector<Cut> cut_lines(BytesView data) {
  const std::size_t last = data.rfind('\n');
  if (last == BytesView::npos || last + 1 == data.size()) return {};
  return {{.length = last + 1, .from = line_of(data, last + 1)}};
}

std::vector<Cut> cut_server_events(BytesView data) { return cut_lines(data); }

std::vector<Cut> cut_json(BytesView data) {
  const std::vector<Open> open = open_brackets(data);
  std::vector<Cut> cuts;
  for (std::size_t i = open.size(); i-- > 0;) {
    if (open[i].bracket != '[' || open[i].whole_until == 0) continue;
    Cut cut{.length = open[i].whole_until, .from = line_of(data, open[i].whole_until)};
    for (std::size_t j = i + 1; j-- > 0;) cut.closing += open[j].bracket == '[' ? ']' : '}';
    cuts.push_back(std::move(cut));
  }
  return cuts;
}

std::vector<Cut> cut_yaml(BytesView data) {
  const std::size_t entry = last_yaml_entry(data);
  if (entry == BytesView::npos) return {};
  return {{.length = entry, .from = line_of(data, entry)}};
}

std::vector<Cut> cut_json_or_yaml(BytesView data) {
  const std::size_t first = data.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  const bool is_json = first != BytesView::npos && (data[first] == '{' || data[first] == '[');
  return is_json ? cut_json(data) : cut_yaml(data);
}

// Whoever writes YAML ends its last line; a person may not, after a bracket or a quote.
std::string yaml_without_end(BytesView data) {
  constexpr std::string_view kEnds = "\n}]\"'";
  if (data.empty() || kEnds.find(data.back()) != std::string_view::npos) return {};
  return "the last line has no end";
}

std::string server_events_without_end(BytesView data) {
  const bool is_wire = data.starts_with("data:") || data.starts_with("event:") || data.starts_with(": ");
  if (!is_wire || data.ends_with("\n\n") || data.ends_with("\n\r\n") || data.ends_with("\r\r")) return {};
  return "the last event has no end";
}

}  // namespace ringback::formats
