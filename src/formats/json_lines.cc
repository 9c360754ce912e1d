#include "src/formats/json_lines.h"

#include <algorithm>

#include "src/base/error.h"

namespace ringback::formats {

void for_each_json_line(std::string_view name, BytesView data, const std::function<void(const Node& line)>& use) {
  std::size_t used = 0;
  for (int number = 1; !data.empty(); ++number) {
    const std::size_t end = std::min(data.find('\n'), data.size());
    const BytesView line = data.substr(0, end);
    data.remove_prefix(std::min(end + 1, data.size()));
    if (line.find_first_not_of(" \t\r") == BytesView::npos) continue;
    if (++used > kJsonLinesMax) fail("{}: line {}: expected at most {} lines, found more", name, number, kJsonLinesMax);
    const Document document = parse_json_document(name, line, number);
    use(document.root());
  }
  if (used == 0) fail("{}: line 1: expected a line with JSON, found none", name);
}

BytesView first_line(BytesView head) {
  const std::size_t begin = head.find_first_not_of(" \t\r\n");
  if (begin == BytesView::npos) return {};
  head.remove_prefix(begin);
  return head.substr(0, head.find('\n'));
}

}  // namespace ringback::formats
