#include "src/trace/fields.h"

#include <algorithm>

namespace ringback::trace {
namespace {

struct Collector {
  std::vector<NamedValue>& values;
  void operator()(std::uint8_t, const char* name, const std::int64_t& value) const {
    if (value != 0) values.push_back({.name = name, .value = std::to_string(value)});
  }
  void operator()(std::uint8_t, const char* name, const Bytes& value, FieldForm form) const {
    if (!value.empty()) values.push_back({.name = name, .value = value, .is_octets = form == FieldForm::octets});
  }
};

std::string channel_name(ChannelId id, const ChannelTable& channels) {
  if (id == kControlChannel) return "control";
  const Channel* channel = channels.find(id);
  return channel != nullptr ? channel->name : fmt::format("channel {}", id);
}

std::string kind_name(EventKind kind) {
  const std::string_view name = name_of(kind);
  return name.empty() ? fmt::format("kind {}", static_cast<int>(kind)) : std::string(name);
}

// True where writing the fields again gives the same octets: fields of a newer version are not hidden.
template <class Body>
bool add_fields(const Event& event, std::vector<NamedValue>& values) {
  try {
    const Body body = body_of<Body>(event);
    if (encode_body(body) != event.body) return false;
    Body::describe(body, Collector{values});
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<NamedValue> body_values(const Event& event) {
  std::vector<NamedValue> values;
  bool is_taken_apart = false;
  with_body_type(event.kind, [&]<class Body>() { is_taken_apart = add_fields<Body>(event, values); });
  if (!is_taken_apart && !event.body.empty())
    values.push_back({.name = "octets", .value = event.body, .is_octets = true});
  return values;
}

void append_escaped(char octet, std::string& line) {
  if (octet == '\n') {
    line += "\\n";
  } else if (octet == '"' || octet == '\\') {
    line += '\\';
    line += octet;
  } else if (static_cast<std::uint8_t>(octet) < 0x20 || static_cast<std::uint8_t>(octet) >= 0x7f) {
    line += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(octet));
  } else {
    line += octet;
  }
}

}  // namespace

std::vector<NamedValue> values_of(const Event& event, const ChannelTable& channels) {
  std::vector<NamedValue> values{{.name = "at", .value = to_text(event.at.since_start())},
                                 {.name = "channel", .value = channel_name(event.channel, channels)},
                                 {.name = "kind", .value = kind_name(event.kind)},
                                 {.name = "direction", .value = Bytes(name_of(event.direction))},
                                 {.name = "origin", .value = Bytes(name_of(event.origin))},
                                 {.name = "exchange", .value = std::to_string(event.exchange)}};
  for (NamedValue& value : body_values(event)) values.push_back(std::move(value));
  return values;
}

std::string to_line(BytesView octets, std::size_t length_max) {
  std::string line;
  for (const char octet : octets) {
    std::string next;
    append_escaped(octet, next);
    if (line.size() + next.size() > length_max) {
      line.resize(std::min(line.size(), length_max - std::min<std::size_t>(length_max, 3)));
      return line + "...";
    }
    line += next;
  }
  return line;
}

std::string summary_of(const Event& event, const ChannelTable& channels) {
  std::string line = fmt::format("{:>12}  {}  {}", to_seconds_text(event.at.since_start()),
                                 channel_name(event.channel, channels), kind_name(event.kind));
  if (event.direction != Direction::none) line += fmt::format("  {}", name_of(event.direction));
  if (event.exchange != 0) line += fmt::format("  exchange {}", event.exchange);
  for (const NamedValue& value : body_values(event)) {
    line += value.is_octets ? fmt::format("  {}: {} octets", value.name, value.value.size())
                            : fmt::format("  {}: {}", value.name, to_line(value.value, 60));
  }
  return line;
}

}  // namespace ringback::trace
