#include "tests/support/any_trace.h"

namespace ringback::trace {
namespace {

struct FieldFiller {
  void operator()(std::uint8_t, const char*, std::int64_t& value) const { value = *any_integer(); }
  void operator()(std::uint8_t, const char*, Bytes& value, FieldForm) const { value = *any_octets(); }
};

// All numbers that name a kind, and some that a newer version may give a meaning.
rc::Gen<EventKind> any_kind() {
  return rc::gen::suchThat(
      rc::gen::map(rc::gen::weightedOneOf<int>({{9, rc::gen::inRange(0, 140)}, {1, rc::gen::inRange(0, 65536)}}),
                   [](int number) { return static_cast<EventKind>(number); }),
      [](EventKind kind) { return kind != EventKind::channel_declared && kind != EventKind::recording_facts; });
}

Bytes any_body(EventKind kind) {
  Bytes body;
  const bool known = with_body_type(kind, [&]<class Body>() {
    Body fields;
    Body::describe(fields, FieldFiller{});
    body = encode_body(fields);
  });
  if (!known) return *any_octets();
  // Now and then a field that this version does not know.
  if (*rc::gen::inRange(0, 8) == 0) append_bytes_field(200, *rc::gen::nonEmpty(any_octets()), body);
  return body;
}

}  // namespace

rc::Gen<Bytes> any_octets() {
  return rc::gen::oneOf(
      rc::gen::element<Bytes>("", "plain", "quote \" back \\ line \n nul \x01", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\x9e",
                              "\xff\xfe", "\xc3", "\xed\xa0\x80", "{\"base64\":\"AA==\"}"),
      rc::gen::container<Bytes>(rc::gen::arbitrary<char>()));
}

rc::Gen<std::int64_t> any_integer() {
  return rc::gen::oneOf(rc::gen::element<std::int64_t>(0, 1, -1, INT64_MAX, INT64_MIN, (std::int64_t{1} << 53) + 1),
                        rc::gen::arbitrary<std::int64_t>());
}

rc::Gen<Event> any_event(ChannelId channels) {
  return rc::gen::exec([channels] {
    Event event;
    event.at = VirtualTime::from_ns(*any_integer());
    event.channel = static_cast<ChannelId>(*rc::gen::inRange(0, channels + 1));
    event.kind = *any_kind();
    event.direction = static_cast<Direction>(*rc::gen::inRange(0, 3));
    event.origin = static_cast<Origin>(*rc::gen::inRange(0, 8));
    event.exchange = *rc::gen::element<std::uint32_t>(0, 0, 1, 7, UINT32_MAX);
    event.body = any_body(event.kind);
    return event;
  });
}

rc::Gen<Trace> any_trace() {
  return rc::gen::exec([] {
    Trace trace;
    const int channels = *rc::gen::inRange(0, 5);
    for (int i = 0; i < channels; ++i) {
      trace.declare({.kind = static_cast<ChannelKind>(*rc::gen::inRange(0, 11)),
                     .name = (*any_octets()).substr(0, 200) + std::to_string(i),
                     .encoding = *any_octets(),
                     .rate = *rc::gen::element(0u, 8'000u, 192'000u),
                     .url = *any_octets()});
    }
    if (*rc::gen::arbitrary<bool>()) {
      Event facts = make_event({.at = VirtualTime::from_ns(*any_integer())}, RecordingFacts{});
      facts.body = any_body(EventKind::recording_facts);
      trace.add(std::move(facts));
    }
    for (Event& event : *rc::gen::container<std::vector<Event>>(any_event(static_cast<ChannelId>(channels)))) {
      trace.add(std::move(event));
    }
    for (const char* key : {"origin", "seed", "a key \"x\""}) {
      if (*rc::gen::arbitrary<bool>()) trace.metadata[key] = *any_octets();
    }
    return trace;
  });
}

}  // namespace ringback::trace
