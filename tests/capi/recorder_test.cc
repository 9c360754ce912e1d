// The public library, as a program outside sees it: header, C++ face, and the example.
#include <sys/wait.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "ringback/recorder.hpp"
#include "src/host/file.h"
#include "src/record/event_queue.h"
#include "src/trace/bodies.h"
#include "src/trace/trace.h"
#include "tests/support/temporary_folder.h"

namespace ringback {
namespace {

using std::chrono::milliseconds;

trace::Trace trace_at(const std::string& path) {
  host::FileSource source(path);
  return trace::read_trace(source);
}

TEST_CASE("the example program records a trace") {
  const TemporaryFolder folder;
  const std::string path = folder.file("example.rbt");
  REQUIRE(std::system((std::string(RINGBACK_EXAMPLE) + " " + path).c_str()) == 0);
  const trace::Trace trace = trace_at(path);
  CHECK(trace.events.size() == 104);
  CHECK(trace.metadata.at("origin") == "example");
  CHECK(trace.channels.find("tool:weather")->kind == trace::ChannelKind::tool);
  const trace::Event& response = trace.events[54];
  CHECK(trace::body_of<trace::Response>(response).status == 200);
  CHECK(trace::body_of<trace::Response>(response).body == "{\"sky\":\"clear\"}");
  CHECK(response.direction == trace::Direction::to_agent);
  // Recorded over nothing.
  CHECK(std::system((std::string(RINGBACK_EXAMPLE) + " " + path + " 2> /dev/null").c_str()) != 0);
}

TEST_CASE("what many threads send is all there, each thread's in its order") {
  const TemporaryFolder folder;
  const std::string path = folder.file("threads.rbt");
  constexpr int kThreads = 4;
  constexpr int kMessages = 5000;
  Recorder recorder(path, {.queue_bytes = 16u << 20});
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&recorder, i] {
      const auto channel = recorder.declare(RINGBACK_CHANNEL_MODEL, "model " + std::to_string(i));
      for (int n = 0; n < kMessages; ++n) {
        recorder.message(milliseconds(n), channel, RINGBACK_TO_AGENT, std::to_string(n));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(recorder.counts().dropped == 0);
  recorder.finish("test");
  const trace::Trace trace = trace_at(path);
  std::vector<int> next(kThreads + 1);
  for (const trace::Event& event : trace.events) {
    if (event.kind != trace::EventKind::message) continue;
    CHECK(trace::body_of<trace::Message>(event).text == std::to_string(next.at(event.channel)++));
  }
  CHECK(next == std::vector<int>{0, kMessages, kMessages, kMessages, kMessages});
}

TEST_CASE("what finds no room is dropped, counted, and recorded as a gap") {
  const TemporaryFolder folder;
  const std::string path = folder.file("gap.rbt");
  Recorder recorder(path, {.queue_bytes = 64u << 10});
  const auto channel = recorder.declare(RINGBACK_CHANNEL_MODEL, "model");
  const std::string text(10'000, 'x');
  std::uint64_t dropped = 0;
  std::uint64_t queued = 0;
  while (dropped < 5) {
    const int outcome = recorder.message(milliseconds(1), channel, RINGBACK_TO_AGENT, text);
    if (outcome == RINGBACK_DROPPED) ++dropped;
    if (outcome == RINGBACK_QUEUED) ++queued;
  }
  recorder.flush();
  CHECK(recorder.counts().dropped == dropped);
  recorder.finish("test");
  std::uint64_t lost = 0;
  std::uint64_t kept = 0;
  for (const trace::Event& event : trace_at(path).events) {
    if (event.kind == trace::EventKind::gap) lost += trace::body_of<trace::Gap>(event).events_lost;
    if (event.kind == trace::EventKind::message) ++kept;
  }
  CHECK(lost == dropped);
  CHECK(kept == queued);
}

TEST_CASE("what no trace may have is refused") {
  const TemporaryFolder folder;
  Recorder recorder(folder.file("refused.rbt"));
  CHECK(recorder.message({}, 1, RINGBACK_TO_AGENT, "x") == RINGBACK_REFUSED);
  const auto channel = recorder.declare(RINGBACK_CHANNEL_MODEL, "model");
  CHECK_THROWS_AS(recorder.declare(RINGBACK_CHANNEL_MODEL, "model"), std::runtime_error);
  CHECK_THROWS_AS(recorder.declare(99, "other"), std::runtime_error);
  CHECK(recorder.message({}, channel, 3, "x") == RINGBACK_REFUSED);
  CHECK(recorder.message({}, channel, -1, "x") == RINGBACK_REFUSED);
  CHECK(recorder.message({}, channel, RINGBACK_TO_AGENT, std::string(3u << 20, 'x')) == RINGBACK_REFUSED);
  const ringback_field twice[] = {{.tag = 1, .data = "a", .length = 1}, {.tag = 1, .data = "b", .length = 1}};
  CHECK(ringback_append(recorder.get(), 0, channel, 33, 1, 0, twice, 2) == RINGBACK_REFUSED);
  CHECK(ringback_append(recorder.get(), 0, 0, 1, 0, 0, twice, 1) == RINGBACK_REFUSED);
  CHECK_THROWS_AS(Recorder(folder.file("refused.rbt")), std::runtime_error);
  CHECK_THROWS_AS(Recorder(folder.file("no/such/folder.rbt")), std::runtime_error);
  recorder.finish("");
  CHECK(trace_at(folder.file("refused.rbt")).events.size() == 1);
}

TEST_CASE("a ring gives out every row once, whatever their lengths, and says when it is full") {
  record::EventQueue queue(1024);
  std::uint64_t put = 0;
  std::uint64_t got = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::size_t length = 8 + (put * 37) % 300;
    const bool fits = queue.push(length, [&](char* out) { std::memset(out, static_cast<int>(put % 251), length); });
    if (fits) ++put;
    if (!fits || round % 3 == 0) {
      const bool any = queue.pop([&](BytesView row) {
        CHECK(row.size() == 8 + (got * 37) % 300);
        CHECK(row.find_first_not_of(static_cast<char>(got % 251)) == BytesView::npos);
        ++got;
      });
      CHECK(any);
    }
  }
  CHECK(put > 600);
}

}  // namespace
}  // namespace ringback
