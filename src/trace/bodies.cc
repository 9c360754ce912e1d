#include "src/trace/bodies.h"

#include <array>

#include "src/base/suggest.h"
#include "src/trace/little_endian.h"

namespace ringback::trace {
namespace {

constexpr std::size_t kFieldHeadBytes = 5;

template <class Value>
struct Named {
  Value value;
  std::string_view name;
};

constexpr std::array<Named<Direction>, 3> kDirections{
    {{Direction::none, "none"}, {Direction::to_agent, "to_agent"}, {Direction::from_agent, "from_agent"}}};

constexpr std::array<Named<Origin>, 8> kOrigins{{{Origin::captured, "captured"},
                                                 {Origin::recorded, "recorded"},
                                                 {Origin::recorded_repeat, "recorded-repeat"},
                                                 {Origin::recorded_other_args, "recorded-other-args"},
                                                 {Origin::rule, "rule"},
                                                 {Origin::stub, "stub"},
                                                 {Origin::agent, "agent"},
                                                 {Origin::world, "world"}}};

constexpr std::array<Named<EventKind>, 33> kKinds{{{EventKind::channel_declared, "channel_declared"},
                                                   {EventKind::recording_facts, "recording_facts"},
                                                   {EventKind::gap, "gap"},
                                                   {EventKind::audio, "audio"},
                                                   {EventKind::text, "text"},
                                                   {EventKind::dtmf, "dtmf"},
                                                   {EventKind::mark, "mark"},
                                                   {EventKind::mark_played, "mark_played"},
                                                   {EventKind::clear, "clear"},
                                                   {EventKind::call_started, "call_started"},
                                                   {EventKind::hung_up, "hung_up"},
                                                   {EventKind::opened, "opened"},
                                                   {EventKind::message, "message"},
                                                   {EventKind::binary, "binary"},
                                                   {EventKind::closed, "closed"},
                                                   {EventKind::request, "request"},
                                                   {EventKind::response, "response"},
                                                   {EventKind::response_part, "response_part"},
                                                   {EventKind::failed, "failed"},
                                                   {EventKind::abandoned, "abandoned"},
                                                   {EventKind::published, "published"},
                                                   {EventKind::delivered, "delivered"},
                                                   {EventKind::acknowledged, "acknowledged"},
                                                   {EventKind::job_added, "job_added"},
                                                   {EventKind::job_started, "job_started"},
                                                   {EventKind::job_finished, "job_finished"},
                                                   {EventKind::job_failed, "job_failed"},
                                                   {EventKind::octets, "octets"},
                                                   {EventKind::process_started, "process_started"},
                                                   {EventKind::process_signalled, "process_signalled"},
                                                   {EventKind::process_exited, "process_exited"},
                                                   {EventKind::fault_fired, "fault_fired"},
                                                   {EventKind::diverged, "diverged"}}};

constexpr std::array<Named<ChannelKind>, 11> kChannelKinds{{{ChannelKind::control, "control"},
                                                            {ChannelKind::caller, "caller"},
                                                            {ChannelKind::audio, "audio"},
                                                            {ChannelKind::model, "model"},
                                                            {ChannelKind::transcriber, "transcriber"},
                                                            {ChannelKind::synthesizer, "synthesizer"},
                                                            {ChannelKind::tool, "tool"},
                                                            {ChannelKind::bus, "bus"},
                                                            {ChannelKind::queue, "queue"},
                                                            {ChannelKind::tcp, "tcp"},
                                                            {ChannelKind::process, "process"}}};

template <class Value, std::size_t N>
std::string_view find_name(const std::array<Named<Value>, N>& table, Value value) {
  for (const auto& entry : table) {
    if (entry.value == value) return entry.name;
  }
  return {};
}

template <class Value, std::size_t N>
Value find_value(const std::array<Named<Value>, N>& table, std::string_view name, std::string_view what) {
  std::vector<std::string_view> known;
  for (const auto& entry : table) {
    if (entry.name == name) return entry.value;
    known.push_back(entry.name);
  }
  const std::string nearest = nearest_word(name, known);
  fail("expected {}, found '{}'{}", what, name.substr(0, 40),
       nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
}

}  // namespace

void append_row(const Event& event, Bytes& out) {
  RINGBACK_CHECK(event.body.size() <= kBodyBytesMax, "a body has at most {} octets, not {}", kBodyBytesMax,
                 event.body.size());
  char head[kRowHeadBytes];
  store_little_endian(event.at.ns(), head);
  store_little_endian(event.channel, head + 8);
  store_little_endian(static_cast<std::uint16_t>(event.kind), head + 10);
  head[12] = static_cast<char>(event.direction);
  head[13] = static_cast<char>(event.origin);
  store_little_endian<std::uint16_t>(0, head + 14);
  store_little_endian(event.exchange, head + 16);
  store_little_endian(static_cast<std::uint32_t>(event.body.size()), head + 20);
  out.append(head, sizeof head);
  out.append(event.body);
}

void append_integer_field(std::uint8_t tag, std::int64_t value, Bytes& out) {
  out.push_back(static_cast<char>(tag));
  append_little_endian<std::uint32_t>(8, out);
  append_little_endian<std::int64_t>(value, out);
}

void append_bytes_field(std::uint8_t tag, BytesView value, Bytes& out) {
  RINGBACK_CHECK(value.size() <= kBodyBytesMax, "a field has at most {} octets, not {}", kBodyBytesMax, value.size());
  out.push_back(static_cast<char>(tag));
  append_little_endian<std::uint32_t>(static_cast<std::uint32_t>(value.size()), out);
  out.append(value);
}

bool FieldCursor::next() {
  if (rest_.empty()) return false;
  if (rest_.size() < kFieldHeadBytes) fail("event body: expected a field head of 5 octets, found {}", rest_.size());
  const auto tag = static_cast<std::uint8_t>(rest_[0]);
  const auto length = load_little_endian<std::uint32_t>(rest_.data() + 1);
  rest_.remove_prefix(kFieldHeadBytes);
  if (tag <= tag_) fail("event body: expected a tag above {}, found {}", tag_, tag);
  if (length == 0) fail("event body: field {} is empty; a default is left out", tag);
  if (length > rest_.size()) fail("event body: field {} has {} octets, only {} are left", tag, length, rest_.size());
  tag_ = tag;
  value_ = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return true;
}

std::int64_t FieldCursor::integer() const {
  if (value_.size() != 8) fail("event body: field {} is an integer of 8 octets, found {}", tag_, value_.size());
  const auto value = load_little_endian<std::int64_t>(value_.data());
  if (value == 0) fail("event body: field {} is zero; a default is left out", tag_);
  return value;
}

BytesView body_field(BytesView body, std::uint8_t tag) {
  FieldCursor cursor(body);
  while (cursor.next()) {
    if (cursor.tag() == tag) return cursor.value();
  }
  return {};
}

std::string_view name_of(Direction direction) { return find_name(kDirections, direction); }
std::string_view name_of(Origin origin) { return find_name(kOrigins, origin); }
std::string_view name_of(EventKind kind) { return find_name(kKinds, kind); }
std::string_view name_of(ChannelKind kind) { return find_name(kChannelKinds, kind); }
Direction direction_named(std::string_view name) { return find_value(kDirections, name, "a direction"); }
Origin origin_named(std::string_view name) { return find_value(kOrigins, name, "an origin"); }
EventKind kind_named(std::string_view name) { return find_value(kKinds, name, "an event kind"); }
ChannelKind channel_kind_named(std::string_view name) { return find_value(kChannelKinds, name, "a channel kind"); }

}  // namespace ringback::trace
