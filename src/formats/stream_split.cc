#include "src/formats/stream_split.h"

#include <cstdint>
#include <string>

namespace ringback::formats {
namespace {

std::vector<BytesView> split_server_sent_events(BytesView body) {
  std::vector<BytesView> parts;
  std::size_t begin = 0;
  std::size_t line = 0;
  while (line < body.size()) {
    const std::size_t feed = body.find('\n', line);
    const std::size_t end = feed == BytesView::npos ? body.size() : feed + 1;
    const BytesView content = body.substr(line, end - line);
    const bool is_blank = content == "\n" || content == "\r\n";
    // Blank lines before an event belong to it.
    const bool has_content = body.substr(begin, line - begin).find_first_not_of("\r\n") != BytesView::npos;
    if (is_blank && has_content) {
      parts.push_back(body.substr(begin, end - begin));
      begin = end;
    }
    line = end;
  }
  if (begin < body.size()) parts.push_back(body.substr(begin));
  return parts;
}

std::vector<BytesView> split_lines(BytesView body) {
  std::vector<BytesView> parts;
  while (!body.empty()) {
    const std::size_t feed = body.find('\n');
    const BytesView line = body.substr(0, feed == BytesView::npos ? body.size() : feed + 1);
    parts.push_back(line);
    body.remove_prefix(line.size());
  }
  return parts;
}

// Each message begins with its whole length, big-endian; one that states more than there is ends the splitting.
std::vector<BytesView> split_aws_events(BytesView body) {
  constexpr std::size_t kLeast = 16;  // prelude of 12, checksum of 4
  std::vector<BytesView> parts;
  while (body.size() >= kLeast) {
    std::uint32_t length = 0;
    for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(body[static_cast<std::size_t>(i)]);
    if (length < kLeast || length > body.size()) break;
    parts.push_back(body.substr(0, length));
    body.remove_prefix(length);
  }
  if (!body.empty()) parts.push_back(body);
  return parts;
}

bool begins_like_event_stream(BytesView body) {
  return body.starts_with("data:") || body.starts_with("event:") || body.starts_with("id:") || body.starts_with(": ");
}

}  // namespace

std::vector<BytesView> stream_parts(std::string_view content_type, BytesView body) {
  std::string type(content_type);
  for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (body.empty()) return {};
  if (type.starts_with("text/event-stream") || (type.empty() && begins_like_event_stream(body))) {
    return split_server_sent_events(body);
  }
  if (type.find("ndjson") != std::string::npos || type.find("jsonl") != std::string::npos ||
      type.find("stream+json") != std::string::npos) {
    return split_lines(body);
  }
  if (type.starts_with("application/vnd.amazon.eventstream")) return split_aws_events(body);
  return {body};
}

}  // namespace ringback::formats
