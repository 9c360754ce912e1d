// What a trace must keep to, whoever writes it.
#include <catch2/catch.hpp>

#include "src/trace/limits.h"
#include "src/trace/reader.h"
#include "tests/trace/sample_traces.h"

namespace ringback::trace {
namespace {

Event declaration(std::int64_t id, const std::string& name) {
  return make_event({}, ChannelDeclared{.id = id, .channel_kind = 6, .name = name});
}

TEST_CASE("an event on a channel that was not declared is refused") {
  CHECK_THROWS_WITH(file_of({make_event({.channel = 1}, Message{.text = "x"})}), Catch::Contains("declaration"));
}

TEST_CASE("channels are declared once, in order, by a name, on the control channel") {
  CHECK_THROWS_AS(file_of({declaration(2, "tool:a")}), Error);
  CHECK_THROWS_AS(file_of({declaration(1, "tool:a"), declaration(1, "tool:b")}), Error);
  CHECK_THROWS_AS(file_of({declaration(1, "tool:a"), declaration(2, "tool:a")}), Error);
  CHECK_THROWS_AS(file_of({declaration(1, "")}), Error);
  CHECK_THROWS_AS(file_of({declaration(1, std::string(kChannelNameBytesMax + 1, 'a'))}), Error);
  Event misplaced = declaration(2, "tool:b");
  misplaced.channel = 1;
  CHECK_THROWS_WITH(file_of({declaration(1, "tool:a"), misplaced}), Catch::Contains("expected 0"));
}

TEST_CASE("a channel of an unknown kind or an impossible rate is refused") {
  CHECK_THROWS_AS(file_of({make_event({}, ChannelDeclared{.id = 1, .channel_kind = 99, .name = "x"})}), Error);
  CHECK_THROWS_AS(file_of({make_event({}, ChannelDeclared{.id = 1, .channel_kind = 2, .name = "x", .rate = -1})}),
                  Error);
}

TEST_CASE("there are at most 4096 channels") {
  std::vector<Event> events;
  for (std::size_t id = 1; id <= kChannelsMax; ++id) {
    events.push_back(declaration(static_cast<std::int64_t>(id), "tool:" + std::to_string(id)));
  }
  CHECK(trace_of(file_of(events)).channels.channels().size() == kChannelsMax);
  events.push_back(declaration(kChannelsMax + 1, "tool:one too many"));
  CHECK_THROWS_WITH(file_of(events), Catch::Contains("4096"));
}

TEST_CASE("a body has at most 16 MiB") {
  Event event{.kind = EventKind::octets, .body = Bytes(kBodyBytesMax + 1, 'x')};
  CHECK_THROWS_WITH(file_of({event}), Catch::Contains("16777216"));
}

TEST_CASE("a direction or origin that is none is refused") {
  CHECK_THROWS_AS(file_of({Event{.kind = EventKind::gap, .direction = static_cast<Direction>(3)}}), Error);
  CHECK_THROWS_AS(file_of({Event{.kind = EventKind::gap, .origin = static_cast<Origin>(8)}}), Error);
}

TEST_CASE("metadata have at most 1024 keys and 1 MiB") {
  Metadata many;
  for (std::size_t i = 0; i < kMetadataEntriesMax; ++i) many[std::to_string(i)] = "v";
  CHECK(trace_of(file_of({}, many)).metadata == many);
  many["one more"] = "v";
  CHECK_THROWS_WITH(file_of({}, many), Catch::Contains("1024"));
  CHECK(trace_of(file_of({}, {{"k", Bytes(kMetadataBytesMax - 1, 'v')}})).metadata.size() == 1);
  CHECK_THROWS_WITH(file_of({}, {{"k", Bytes(kMetadataBytesMax, 'v')}}), Catch::Contains("1048576"));
}

TEST_CASE("a chunk is sealed before it has more streams than it may have") {
  Trace trace;
  const ChannelId channel = trace.declare({.kind = ChannelKind::tcp, .name = "tcp:all"});
  for (std::uint32_t kind = 0; kind < kChunkStreamsMax + 10; ++kind) {
    trace.add({.channel = channel, .kind = static_cast<EventKind>(1000 + kind), .body = "x"});
  }
  const Bytes file = file_of(trace.events.all());
  CHECK(trace_of(file).events == trace.events);
  MemorySource source("streams.rbt", file);
  CHECK(Reader(source).chunks().size() == 2);
}

TEST_CASE("bodies with more different fields than a chunk may have columns are kept") {
  Trace trace;
  const ChannelId channel = trace.declare({.kind = ChannelKind::tcp, .name = "tcp:all"});
  for (int kind = 0; kind < 70; ++kind) {
    Event event{.channel = channel, .kind = static_cast<EventKind>(1000 + kind)};
    for (int tag = 1; tag <= 255; ++tag) append_bytes_field(static_cast<std::uint8_t>(tag), "v", event.body);
    trace.add(event);
    trace.add(event);
  }
  CHECK(trace_of(file_of(trace.events.all())).events == trace.events);
}

}  // namespace
}  // namespace ringback::trace
