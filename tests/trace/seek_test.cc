// Seeking finds what reading would find, and reads no more than it needs.
#include <algorithm>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "src/trace/reader.h"
#include "tests/trace/random_events.h"
#include "tests/trace/sample_traces.h"

namespace ringback::trace {
namespace {

// Counts what is read.
class CountingSource final : public ByteSource {
 public:
  explicit CountingSource(const Bytes& data) : memory_("counted.rbt", data) {}
  const std::string& name() const override { return memory_.name(); }
  std::uint64_t size() const override { return memory_.size(); }
  void read_at(std::uint64_t offset, char* out, std::size_t length) override {
    octets += length;
    memory_.read_at(offset, out, length);
  }
  std::uint64_t octets = 0;

 private:
  MemorySource memory_;
};

std::vector<Event> read_on(Reader& reader) {
  std::vector<Event> events;
  for (Event event; reader.next(event);) events.push_back(event);
  return events;
}

std::vector<Event> read_channel(Reader& reader, ChannelId channel) {
  std::vector<Event> events;
  for (Event event; reader.next_on(channel, event);) events.push_back(event);
  return events;
}

// 50 seconds of noise, which no compressor makes smaller, and a word of the model every second.
Trace noisy_call() {
  Trace trace;
  const ChannelId audio =
      trace.declare({.kind = ChannelKind::audio, .name = "audio", .encoding = "mulaw", .rate = 8000});
  const ChannelId model = trace.declare({.kind = ChannelKind::model, .name = "model"});
  std::uint64_t noise = 1;
  for (int frame = 0; frame < 2500; ++frame) {
    Bytes samples;
    for (int i = 0; i < 160; ++i) {
      noise = noise * 6364136223846793005u + 1442695040888963407u;
      samples.push_back(static_cast<char>(noise >> 56));
    }
    const VirtualTime at = VirtualTime{} + milliseconds(20 * frame);
    trace.add(make_event({.at = at, .channel = audio, .direction = Direction::to_agent}, Audio{.samples = samples}));
    if (frame % 50 == 0) trace.add(make_event({.at = at, .channel = model}, Message{.text = std::to_string(frame)}));
  }
  return trace;
}

TEST_CASE("events of one channel, from any event and any time on, are those that reading all finds") {
  const bool held = rc::check([] {
    const std::vector<Event> events = *random_events();
    const auto size = *rc::gen::inRange<std::uint32_t>(1, 20);
    const Bytes file = file_of(events, {}, {.chunk_events = size});
    MemorySource source("random.rbt", file);
    Reader reader(source);
    const auto number = *rc::gen::inRange<std::size_t>(0, events.size() + 2);
    reader.seek_event(number);
    const auto from = events.begin() + static_cast<std::ptrdiff_t>(std::min(number, events.size()));
    RC_ASSERT(read_on(reader) == std::vector<Event>(from, events.end()));

    const auto channel = static_cast<ChannelId>(*rc::gen::inRange(0, kRandomChannels + 1));
    std::vector<Event> expected;
    std::copy_if(from, events.end(), std::back_inserter(expected),
                 [&](const Event& e) { return e.channel == channel; });
    reader.seek_event(number);
    RC_ASSERT(read_channel(reader, channel) == expected);
  });
  REQUIRE(held);
}

TEST_CASE("a seek to a time finds the first event that is not before it, though times run backwards") {
  Trace trace;
  const ChannelId model = trace.declare({.kind = ChannelKind::model, .name = "model"});
  const ChannelId tool = trace.declare({.kind = ChannelKind::tool, .name = "tool"});
  const std::vector<int> times = {5, 9, 3, 12, 1, 12, 20, 4};
  for (std::size_t i = 0; i < times.size(); ++i) {
    trace.add(make_event({.at = VirtualTime{} + milliseconds(times[i]), .channel = i % 2 == 0 ? model : tool},
                         Message{.text = std::to_string(times[i])}));
  }
  const Bytes file = file_of(trace.events.all(), {}, {.chunk_events = 3});
  MemorySource source("backwards.rbt", file);
  Reader reader(source);
  Event event;
  for (int wanted = 0; wanted <= 21; ++wanted) {
    const VirtualTime at = VirtualTime{} + milliseconds(wanted);
    const auto expected =
        std::find_if(trace.events.begin(), trace.events.end(), [&](const Event& e) { return e.at >= at; });
    reader.seek(at);
    CHECK(read_on(reader) == std::vector<Event>(expected, trace.events.end()));
    const auto on_tool = std::find_if(trace.events.begin(), trace.events.end(),
                                      [&](const Event& e) { return e.at >= at && e.channel == tool; });
    reader.seek(at);
    CHECK(reader.next_on(tool, event) == (on_tool != trace.events.end()));
    if (on_tool != trace.events.end()) CHECK(event == *on_tool);
  }
}

TEST_CASE("reading all goes on behind what reading one channel gave last") {
  const Trace call = small_call();
  const Bytes file = file_of(call.events.all(), {}, {.chunk_events = 4});
  MemorySource source("call.rbt", file);
  Reader reader(source);
  Event event;
  REQUIRE(reader.next_on(2, event));
  CHECK(event == call.events[8]);
  REQUIRE(reader.next(event));
  CHECK(event == call.events[9]);
  REQUIRE(reader.next_on(2, event));
  CHECK(event == call.events[11]);
  CHECK_FALSE(reader.next_on(2, event));
  CHECK_FALSE(reader.next(event));
}

TEST_CASE("one channel is read without the octets of the others") {
  const Trace call = noisy_call();
  const Bytes file = file_of(call.events.all(), {}, {.chunk_bytes = 40'000});
  CountingSource source(file);
  Reader reader(source);
  const std::uint64_t opening = source.octets;
  CHECK(opening < file.size() / 20);
  CHECK(read_channel(reader, 2).size() == 50);
  CHECK(source.octets - opening < file.size() / 10);
}

TEST_CASE("a seek reads one chunk, and seeks without reading read nothing") {
  const Trace call = noisy_call();
  const Bytes file = file_of(call.events.all(), {}, {.chunk_bytes = 40'000});
  CountingSource source(file);
  Reader reader(source);
  REQUIRE(reader.chunks().size() > 9);
  source.octets = 0;
  reader.seek(VirtualTime{} + seconds(30));
  reader.seek_event(2000);
  CHECK(source.octets == 0);
  Event event;
  REQUIRE(reader.next(event));
  CHECK(event == call.events[2000]);
  CHECK(source.octets < 45'000);
  source.octets = 0;
  reader.seek(VirtualTime{} + seconds(30));
  REQUIRE(reader.next_on(2, event));
  CHECK(event.at == VirtualTime{} + seconds(30));
  CHECK(source.octets < 8'000);
}

TEST_CASE("damage in the block of one channel does not keep another from being read, and is found in its own") {
  const Trace call = noisy_call();
  Bytes file = file_of(call.events.all(), {}, {.chunk_bytes = 40'000});
  CountingSource intact(file);
  const ChunkEntry second = Reader(intact).chunks().at(1);
  const std::uint64_t end = Reader(intact).chunks().at(2).offset;
  file[end - 1000] = static_cast<char>(file[end - 1000] ^ 1);
  CountingSource source(file);
  Reader reader(source);
  CHECK(read_channel(reader, 2).size() == 50);
  Event event;
  reader.seek_event(second.first_event);
  CHECK_THROWS_WITH(reader.next_on(1, event), Catch::Contains("block with hash"));
}

TEST_CASE("a trace that was finished and continued is one trace") {
  const Trace call = small_call();
  const Bytes whole = file_of(call.events.all(), {{"a", "1"}}, {.chunk_events = 4});
  for (std::size_t first = 0; first <= call.events.size(); ++first) {
    INFO("continued after " << first);
    Bytes file = file_of({call.events.begin(), call.events.begin() + static_cast<std::ptrdiff_t>(first)}, {},
                         {.chunk_events = 4});
    // In two steps, of which one may add nothing.
    for (const std::size_t upto : {(first + call.events.size()) / 2, call.events.size()}) {
      MemorySource finished("part.rbt", file);
      MemorySink added;
      Writer writer(finished, added, {.chunk_events = 4});
      while (writer.events() < upto) writer.append(call.events[writer.events()]);
      writer.finish({{"a", "1"}});
      file += added.data();
    }
    const Trace read = trace_of(file);
    CHECK(read.events == call.events);
    CHECK(read.metadata.at("a") == "1");
    MemorySource source("continued.rbt", file);
    MemorySource source_of_whole("whole.rbt", whole);
    CHECK(Reader(source).digest() == Reader(source_of_whole).digest());
  }
}

TEST_CASE("a trace of many leaves is continued with the digest of the whole") {
  const Trace call = noisy_call();
  std::vector<Event> events;
  for (int i = 0; i < 3; ++i) events.insert(events.end(), call.events.begin() + (i == 0 ? 0 : 2), call.events.end());
  const Bytes whole = file_of(events);
  const Bytes part = file_of({events.begin(), events.begin() + 5000}, {}, {.chunk_events = 700});
  MemorySource finished("part.rbt", part);
  MemorySink added;
  Writer writer(finished, added);
  while (writer.events() < events.size()) writer.append(events[writer.events()]);
  MemorySource source("whole.rbt", whole);
  CHECK(writer.finish({}) == Reader(source).digest());
  CHECK(trace_of(part + added.data()).events == events);
}

}  // namespace
}  // namespace ringback::trace
