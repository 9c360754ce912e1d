#include "src/wire/server_sent_events.h"

#include <utility>

#include "src/base/error.h"

namespace ringback::wire {

std::vector<ServerSentEvent> ServerSentEvents::feed(BytesView octets) {
  std::vector<ServerSentEvent> events;
  while (!octets.empty()) {
    const std::size_t feed = octets.find('\n');
    const BytesView piece = octets.substr(0, feed);
    if (line_.size() + piece.size() + event_.data.size() > kEventBytesMax)
      fail("server-sent events: expected an event of at most {} bytes, found more", kEventBytesMax);
    line_.append(piece);
    if (feed == BytesView::npos) break;
    octets.remove_prefix(feed + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    take_line(std::exchange(line_, {}), events);
  }
  return events;
}

std::vector<ServerSentEvent> ServerSentEvents::finish() {
  std::vector<ServerSentEvent> events;
  if (!line_.empty()) take_line(std::exchange(line_, {}), events);
  take_line({}, events);
  return events;
}

void ServerSentEvents::take_line(BytesView line, std::vector<ServerSentEvent>& events) {
  if (line.empty()) {
    if (std::exchange(has_data_, false)) events.push_back(std::move(event_));
    event_ = {};
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0) return;  // a comment
  const BytesView field = line.substr(0, colon);
  BytesView value = colon == BytesView::npos ? BytesView() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") {
    event_.name = value;
  } else if (field == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  }
}

Bytes server_sent_event(std::string_view name, BytesView data) {
  Bytes text;
  if (!name.empty()) text.append("event: ").append(name).append("\n");
  return text.append("data: ").append(data).append("\n\n");
}

}  // namespace ringback::wire
