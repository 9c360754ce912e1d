// Random events for properties: any times and heads; bodies that are lists of fields, integers among them, and bodies
// that are nothing at all.
#pragma once

#include <vector>

#include <rapidcheck.h>

#include "src/trace/bodies.h"
#include "src/trace/event.h"
#include "src/trace/trace.h"

namespace ringback::trace {

inline constexpr int kRandomChannels = 5;

inline rc::Gen<Bytes> random_octets(int length_max) {
  return rc::gen::mapcat(rc::gen::inRange(0, length_max + 1), [](int length) {
    return rc::gen::container<Bytes>(static_cast<std::size_t>(length), rc::gen::arbitrary<char>());
  });
}

inline rc::Gen<Bytes> random_fields() {
  return rc::gen::exec([] {
    Bytes body;
    int tag = 0;
    while (tag < 255 && *rc::gen::inRange(0, 4) != 0) {
      tag += *rc::gen::weightedOneOf<int>({{8, rc::gen::just(1)}, {1, rc::gen::inRange(1, 256 - tag)}});
      if (*rc::gen::arbitrary<bool>()) {
        append_integer_field(static_cast<std::uint8_t>(tag), *rc::gen::arbitrary<std::int64_t>(), body);
      } else {
        append_bytes_field(static_cast<std::uint8_t>(tag), *random_octets(60) + "x", body);
      }
    }
    return body;
  });
}

inline rc::Gen<Event> random_event() {
  return rc::gen::exec([] {
    Event event;
    event.at = VirtualTime::from_ns(*rc::gen::weightedOneOf<std::int64_t>(
        {{3, rc::gen::inRange<std::int64_t>(0, 1'000'000'000)}, {1, rc::gen::arbitrary<std::int64_t>()}}));
    event.channel = static_cast<ChannelId>(*rc::gen::inRange(0, kRandomChannels + 1));
    event.kind = static_cast<EventKind>(
        *rc::gen::weightedOneOf<int>({{6, rc::gen::inRange(16, 20)}, {1, rc::gen::inRange(4, 65536)}}));
    event.direction = static_cast<Direction>(*rc::gen::inRange(0, 3));
    event.origin = static_cast<Origin>(*rc::gen::inRange(0, 8));
    event.exchange = *rc::gen::weightedOneOf<std::uint32_t>(
        {{3, rc::gen::inRange<std::uint32_t>(0, 9)}, {1, rc::gen::arbitrary<std::uint32_t>()}});
    event.body = *rc::gen::weightedOneOf<Bytes>({{6, random_fields()}, {1, random_octets(40)}});
    return event;
  });
}

// A whole trace: kRandomChannels declarations, then anything.
inline rc::Gen<std::vector<Event>> random_events() {
  return rc::gen::map(rc::gen::container<std::vector<Event>>(random_event()), [](std::vector<Event> events) {
    Trace trace;
    for (int id = 1; id <= kRandomChannels; ++id) {
      trace.declare({.kind = static_cast<ChannelKind>(id), .name = "channel " + std::to_string(id)});
    }
    for (Event& event : events) trace.add(std::move(event));
    return trace.events.all();
  });
}

}  // namespace ringback::trace
