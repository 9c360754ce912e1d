// What is written is what is read: events, metadata, digest.
#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "src/trace/content_root.h"
#include "src/trace/little_endian.h"
#include "src/trace/reader.h"
#include "src/trace/verify.h"
#include "tests/trace/random_events.h"
#include "tests/trace/sample_traces.h"

namespace ringback::trace {
namespace {

Digest digest_of(const EventLog& events) {
  ContentRoot root;
  for (const Event& event : events) root.add(event);
  return root.finish();
}

TEST_CASE("a trace is read as it was written") {
  const Trace call = small_call();
  MemorySink sink;
  const Digest digest = write_trace(call, sink);
  const Trace read = trace_of(sink.data());
  CHECK(read.events == call.events);
  CHECK(read.metadata == call.metadata);
  CHECK(read.channels.channels() == call.channels.channels());
  CHECK(digest == digest_of(call.events));
}

TEST_CASE("an empty trace is a trace") {
  const Bytes file = file_of({});
  CHECK(trace_of(file).events.empty());
  MemorySource source("empty.rbt", file);
  const Verification verification = verify(source);
  CHECK(verification.sound());
  CHECK(verification.digest == digest_of(EventLog()));
}

TEST_CASE("the same trace is written to the same octets") {
  const Trace call = small_call();
  CHECK(file_of(call.events.all(), call.metadata) == file_of(call.events.all(), call.metadata));
}

TEST_CASE("metadata changes the file and not the digest") {
  const Trace call = small_call();
  const Bytes plain = file_of(call.events.all());
  const Bytes noted = file_of(call.events.all(), {{"seed", "7"}});
  CHECK(plain != noted);
  MemorySource plain_source("plain.rbt", plain);
  MemorySource noted_source("noted.rbt", noted);
  CHECK(Reader(plain_source).digest() == Reader(noted_source).digest());
}

TEST_CASE("a digest that is not that of the events is found, unless it is not to be proven") {
  Bytes file = file_of(small_call().events.all());
  constexpr std::size_t kRootFromEnd = 56;  // of a trailer of 96 octets, at 40
  char* trailer = file.data() + file.size() - 96;
  file[file.size() - kRootFromEnd] = static_cast<char>(file[file.size() - kRootFromEnd] ^ 1);
  store_little_endian(hash64(BytesView(trailer + 8, 88), load_little_endian<std::uint64_t>(trailer + 72)), trailer);
  MemorySource source("forged.rbt", file);
  const auto count = [&](Proof proof) {
    Reader reader(source, proof);
    std::size_t events = 0;
    for (Event event; reader.next(event);) ++events;
    return events;
  };
  CHECK_THROWS_WITH(count(Proof::digest), Catch::Contains("events with digest"));
  CHECK(count(Proof::hashes) == small_call().events.size());
}

TEST_CASE("equal times and times that run backwards keep their order") {
  Trace trace;
  const ChannelId bus = trace.declare({.kind = ChannelKind::bus, .name = "bus:jobs"});
  const ChannelId queue = trace.declare({.kind = ChannelKind::queue, .name = "queue:jobs"});
  for (const std::int64_t ns : {INT64_MAX, std::int64_t{5}, std::int64_t{5}, INT64_MIN, std::int64_t{0}, INT64_MAX}) {
    trace.add(make_event({.at = VirtualTime::from_ns(ns), .channel = queue}, JobAdded{.id = "a"}));
    trace.add(make_event({.at = VirtualTime::from_ns(ns), .channel = bus}, Acknowledged{.id = "b"}));
  }
  CHECK(trace_of(file_of(trace.events.all())).events == trace.events);
}

TEST_CASE("a kind that this version does not know is kept") {
  Trace trace;
  const ChannelId channel = trace.declare({.kind = ChannelKind::tcp, .name = "tcp:db"});
  trace.add({.channel = channel, .kind = static_cast<EventKind>(999), .body = "anything"});
  CHECK(trace_of(file_of(trace.events.all())).events == trace.events);
}

TEST_CASE("a body of many chunks' size has a chunk of its own") {
  Trace trace;
  const ChannelId tool = trace.declare({.kind = ChannelKind::tool, .name = "tool:huge"});
  trace.add(make_event({.channel = tool}, Response{.body = Bytes(kBodyBytesMax - 5, 'x')}));
  trace.add(make_event({.channel = tool}, Response{.body = "small"}));
  const Bytes file = file_of(trace.events.all());
  CHECK(trace_of(file).events == trace.events);
  MemorySource source("huge.rbt", file);
  CHECK(Reader(source).chunks().size() == 3);
}

TEST_CASE("seeking gives the first event that is not before a time") {
  Trace trace;
  const ChannelId track =
      trace.declare({.kind = ChannelKind::audio, .name = "caller.audio", .encoding = "mulaw", .rate = 8000});
  for (int frame = 0; frame < 100; ++frame) {
    trace.add(make_event({.at = VirtualTime{} + milliseconds(20 * frame), .channel = track}, Audio{.samples = "s"}));
  }
  const Bytes file = file_of(trace.events.all(), {}, {.chunk_events = 7});
  MemorySource source("track.rbt", file);
  Reader reader(source);
  Event event;
  for (int ms = 1980; ms >= 0; ms -= 30) {
    reader.seek(VirtualTime{} + milliseconds(ms));
    REQUIRE(reader.next(event));
    CHECK(event.at.since_start().ms() == (ms + 19) / 20 * 20);
  }
  reader.seek(VirtualTime{} + milliseconds(1981));
  CHECK_FALSE(reader.next(event));
}

TEST_CASE("one channel is read without the others") {
  const Trace call = small_call();
  const Bytes file = file_of(call.events.all(), {}, {.chunk_events = 3});
  MemorySource source("call.rbt", file);
  for (ChannelId channel = 0; channel <= call.channels.channels().size() + 1; ++channel) {
    std::vector<Event> expected;
    for (const Event& event : call.events) {
      if (event.channel == channel) expected.push_back(event);
    }
    std::vector<Event> found;
    Reader reader(source);
    Event event;
    while (reader.next_on(channel, event)) found.push_back(event);
    CHECK(found == expected);
  }
}

TEST_CASE("any events survive, and their digest does not depend on the size of chunks") {
  const bool held = rc::check("any events survive", [] {
    const std::vector<Event> events = *random_events();
    const auto chunk_events = *rc::gen::inRange<std::uint32_t>(1, 40);
    const auto chunk_bytes = *rc::gen::inRange<std::size_t>(1, 4000);
    const Bytes file = file_of(events, {}, {.chunk_bytes = chunk_bytes, .chunk_events = chunk_events});
    RC_ASSERT(trace_of(file).events == events);
    MemorySource source("random.rbt", file);
    const Verification verification = verify(source);
    RC_ASSERT(verification.sound());
    RC_ASSERT(verification.events == events.size());
    RC_ASSERT(verification.digest == digest_of(events));
  });
  CHECK(held);
}

}  // namespace
}  // namespace ringback::trace
