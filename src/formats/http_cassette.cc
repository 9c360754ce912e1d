#include "src/formats/http_cassette.h"

#include "src/base/error.h"

namespace ringback::formats {

std::vector<HttpHeader> headers_of(const Node* node) {
  std::vector<HttpHeader> headers;
  if (node == nullptr) return headers;
  for (const Node::Member& member : node->members()) {
    if (!member.second.is_list()) {
      headers.push_back({.name = member.first, .value = member.second.scalar()});
      continue;
    }
    for (const Node& value : member.second.list()) headers.push_back({.name = member.first, .value = value.scalar()});
  }
  return headers;
}

Importer single_file_importer(std::string name, std::string description,
                              std::function<bool(BytesView head, std::string_view filename)> detect,
                              std::function<trace::Trace(std::string_view name, BytesView data)> read) {
  return {.name = name,
          .description = std::move(description),
          .detect = std::move(detect),
          .read = [name, read = std::move(read)](std::span<const ImportInput> inputs) {
            if (inputs.size() != 1) fail("{}: expected one file, found {}", name, inputs.size());
            return read(inputs.front().name, inputs.front().data);
          }};
}

Importer with_cuts(Importer importer, std::function<std::vector<Cut>(BytesView data)> cuts,
                   std::function<std::string(BytesView data)> missing_end) {
  importer.cuts = std::move(cuts);
  importer.missing_end = std::move(missing_end);
  return importer;
}

bool has_line(BytesView head, std::string_view text) {
  for (std::size_t at = head.find(text); at != BytesView::npos; at = head.find(text, at + 1)) {
    if (at == 0 || head[at - 1] == '\n') return true;
  }
  return false;
}

}  // namespace ringback::formats
