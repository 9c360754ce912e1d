#include "src/formats/har_socket.h"

#include <algorithm>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/formats/cassette_layout.h"
#include "src/formats/timed_trace.h"

namespace ringback::formats {
namespace {

using trace::Direction;

struct SocketMessage {
  std::string place;
  VirtualTime at;
  bool is_sent = false;
  bool is_binary = false;
  Bytes data;
};

std::vector<SocketMessage> read_messages(const Node& list, std::int64_t start_ns, VirtualTime opened,
                                         Redactor& redactor) {
  if (list.list().size() > kSocketMessagesMax) {
    fail("{}: expected at most {} messages, found {}", list.place(), kSocketMessagesMax, list.list().size());
  }
  std::vector<SocketMessage> messages;
  VirtualTime now = opened;
  for (const Node& node : list.list()) {
    const Bytes& type = node.text_at("type");
    if (type != "send" && type != "receive") {
      fail("{}: expected type send or receive, found {}", node.place(), type.substr(0, 40));
    }
    SocketMessage message{.place = node.place(), .is_sent = type == "send"};
    now = std::max(now, VirtualTime() + (node.at("time").duration(seconds(1)) - nanoseconds(start_ns)));
    message.at = now;
    const Node* opcode = node.find("opcode");
    message.is_binary = opcode != nullptr && opcode->integer(-1, 15) == 2;
    if (message.is_binary) {
      std::optional<Bytes> octets = base64_decode(node.text_at("data"));
      if (!octets.has_value()) fail("{}: expected base64 under \"data\", found something else", node.place());
      message.data = std::move(*octets);
    } else {
      message.data = redactor.text(node.text_at("data"));
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

// The "type" of a JSON object; empty for anything else.
Bytes frame_type(const SocketMessage& message) {
  if (message.is_binary || !message.data.starts_with('{')) return {};
  try {
    const Document document = parse_json_document(message.place, message.data);
    const Node* type = document.root().find("type");
    return type != nullptr && type->is_text() ? type->text() : Bytes();
  } catch (const Error&) {
    return {};
  }
}

// Frames of Realtime have a type each, and some of them are about the session or a response.
bool is_realtime(const std::vector<SocketMessage>& messages) {
  bool has_known_type = false;
  for (const SocketMessage& message : messages) {
    const Bytes type = frame_type(message);
    if (type.empty()) return false;
    has_known_type = has_known_type || type.starts_with("session.") || type.starts_with("response.") ||
                     type.starts_with("conversation.item.") || type.starts_with("input_audio_buffer.");
  }
  return has_known_type;
}

trace::Trace realtime_of(std::vector<SocketMessage> messages) {
  std::vector<CassetteEntry> entries;
  for (SocketMessage& message : messages) {
    entries.push_back({.place = std::move(message.place),
                       .is_sent = message.is_sent,
                       .has_type = true,
                       .json = std::move(message.data),
                       .at = message.at});
  }
  return lay_out_realtime(entries, {.source = "har", .times = "", .description = "import har"});
}

// "tool:host/path"
std::string channel_name(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return fmt::format("tool:{}", url.substr(0, url.find_first_of("?#")))
      .substr(0, trace::kChannelNameBytesMax - 8);  // room for a number, should another have the name
}

trace::Trace stream_of(std::string_view place, const Bytes& url, VirtualTime opened,
                       const std::vector<SocketMessage>& messages) {
  TimedTrace timed(trace::RecordingFacts{.source = "har", .audio = "none"});
  const trace::ChannelId channel = timed.declare({.kind = trace::ChannelKind::tool,
                                                  .name = channel_name(url),
                                                  .encoding = "websocket",
                                                  .url = url.substr(0, std::min<std::size_t>(url.find('?'), 4096))});
  timed.add(opened, channel, Direction::from_agent, trace::Opened{.url = url});
  for (const SocketMessage& message : messages) {
    const Direction direction = message.is_sent ? Direction::from_agent : Direction::to_agent;
    if (message.is_binary) {
      timed.add(message.at, channel, direction, trace::Binary{.data = message.data});
    } else {
      timed.add(message.at, channel, direction, trace::Message{.text = message.data});
    }
  }
  return std::move(timed).finish(place);
}

}  // namespace

const Node* socket_messages(const Node& entry) {
  const Node* messages = entry.find("_webSocketMessages");
  return messages == nullptr || messages->list().empty() ? nullptr : messages;
}

trace::Trace read_socket(const Node& entry, std::int64_t start_ns, VirtualTime opened, Redactor& redactor) {
  std::vector<SocketMessage> messages = read_messages(*socket_messages(entry), start_ns, opened, redactor);
  if (is_realtime(messages)) return realtime_of(std::move(messages));
  return stream_of(entry.place(), redactor.url(entry.at("request").text_at("url")), opened, messages);
}

}  // namespace ringback::formats
