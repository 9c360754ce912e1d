// Files that earlier versions wrote are read for ever: each has beside it, as JSON lines, what is in it.
//
// The files are never made anew. `build/tests/trace/test_trace '[golden]'` writes those of the list below that are not
// there yet, when a feature is new.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "src/formats/jsonl.h"
#include "src/trace/journal.h"
#include "src/trace/little_endian.h"
#include "src/trace/reader.h"
#include "src/trace/recover.h"
#include "src/trace/verify.h"
#include "tests/trace/sample_traces.h"
#include "tests/trace/sound_traces.h"

namespace ringback::trace {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = "tests/trace/golden";

Bytes get(const fs::path& path) {
  std::ostringstream octets;
  octets << std::ifstream(path, std::ios::binary).rdbuf();
  return octets.str();
}

void put(const fs::path& path, BytesView octets) { std::ofstream(path, std::ios::binary) << octets; }

Bytes jsonl_of(const Trace& trace) {
  MemorySink sink;
  formats::write_jsonl(trace, sink);
  return sink.data();
}

// An event of every kind, with every field of its body.
Trace every_kind() {
  struct Filler {
    int& next;
    void operator()(std::uint8_t, const char* name, std::int64_t& value) const {
      if (std::string_view(name) == "id" || std::string_view(name) == "channel_kind" || value != 0) return;
      value = ++next;
    }
    void operator()(std::uint8_t, const char* name, Bytes& value, FieldForm) const {
      value = std::string(name) + " " + std::to_string(++next);
    }
  };
  Trace trace;
  trace.metadata = {{"origin", "golden"}};
  int next = 0;
  for (int kind = 1; kind <= 10; ++kind) {
    trace.declare({.kind = static_cast<ChannelKind>(kind),
                   .name = "channel " + std::to_string(kind),
                   .encoding = kind == 2 ? "mulaw" : "",
                   .rate = kind == 2 ? 8000u : 0u});
  }
  for (int kind = 2; kind < 200; ++kind) {
    with_body_type(static_cast<EventKind>(kind), [&]<class Body>() {
      Body body;
      Body::describe(body, Filler{next});
      const bool is_control = kind < 16;
      trace.add(make_event({.at = VirtualTime{} + milliseconds(kind),
                            .channel = static_cast<ChannelId>(is_control ? 0 : 1 + kind % 10),
                            .direction = static_cast<Direction>(is_control ? 0 : 1 + kind % 2),
                            .origin = static_cast<Origin>(kind % 8),
                            .exchange = static_cast<std::uint32_t>(kind / 16)},
                           body));
    });
  }
  return trace;
}

Bytes continued(const Trace& trace) {
  const auto middle = static_cast<std::ptrdiff_t>(trace.events.size() / 2);
  Bytes file = file_of({trace.events.begin(), trace.events.begin() + middle}, {}, {.chunk_events = 4});
  MemorySource finished("part.rbt", file);
  MemorySink added;
  Writer writer(finished, added, {.chunk_events = 4});
  while (writer.events() < trace.events.size()) writer.append(trace.events[writer.events()]);
  writer.finish(trace.metadata);
  return file + added.data();
}

Trace odd_events() {
  Trace trace = small_call();
  // A body that is no list of fields, a kind of a later version, and times that run backwards.
  trace.add({.at = VirtualTime::from_ns(-5), .channel = 3, .kind = EventKind::octets, .body = "not fields"});
  trace.add({.at = VirtualTime::from_ns(INT64_MAX), .channel = 3, .kind = static_cast<EventKind>(4000), .body = "new"});
  trace.add({.at = VirtualTime::from_ns(INT64_MIN), .channel = 1, .kind = EventKind::clear});
  return trace;
}

TEST_CASE("golden files that are not there yet are written", "[.golden]") {
  fs::create_directories(kFolder);
  const auto add = [](const std::string& name, const Bytes& file) {
    if (fs::exists(kFolder / (name + ".rbt"))) return;
    put(kFolder / (name + ".rbt"), file);
    put(kFolder / (name + ".jsonl"), jsonl_of(trace_of(file)));
  };
  add("continued", continued(small_call()));
  add("empty", file_of({}, {{"origin", "golden"}}));
  add("every-kind", file_of(every_kind().events.all(), every_kind().metadata));
  add("many-chunks", file_of(small_call().events.all(), small_call().metadata, {.chunk_events = 2}));
  add("sound", file_of(sound_trace(8).events.all(), sound_trace(8).metadata));
  add("sound-many-chunks", file_of(sound_trace(8).events.all(), sound_trace(8).metadata, {.chunk_bytes = 4096}));
  add("small-file", file_of(every_kind().events.all(), every_kind().metadata, WriterOptions::smallest()));
  add("odd-events", file_of(odd_events().events.all(), odd_events().metadata));
}

TEST_CASE("every golden file holds what stands beside it") {
  int files = 0;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".rbt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    INFO(path);
    const Bytes file = get(path);
    const Bytes expected = get(fs::path(path).replace_extension(".jsonl"));
    REQUIRE_FALSE(expected.empty());
    CHECK(jsonl_of(trace_of(file)) == expected);
    MemorySource source(path.string(), file);
    const Verification verification = verify(source);
    CHECK(verification.sound());
    MemorySink again;
    CHECK(write_trace(formats::read_jsonl("golden.jsonl", expected), again) == verification.digest);
    MemorySink recovered;
    CHECK(recover(source, nullptr, recovered).is_whole());
    ++files;
  }
  CHECK(files >= 8);
}

// Sets a feature bit and makes the header's hash right again: hash of offset 64 on, seeded with the hash of 0 to 55.
Bytes with_feature(Bytes file, std::size_t offset, std::uint64_t bits) {
  store_little_endian(bits, file.data() + offset);
  const auto length = load_little_endian<std::uint32_t>(file.data() + 12);
  const std::uint64_t seed = hash64(BytesView(file).substr(0, 56));
  store_little_endian(hash64(BytesView(file).substr(64, length - 64), seed), file.data() + 56);
  return file;
}

TEST_CASE("a required feature that is not known is refused by its number, an optional one is read over") {
  const Bytes file = file_of(small_call().events.all());
  for (const int bit : {9, 17, 63}) {
    const Bytes required = with_feature(file, 16, std::uint64_t{1} << bit);
    const std::string expected = fmt::format("requires feature bit {}", bit);
    CHECK_THROWS_WITH(trace_of(required), Catch::Contains(expected));
    MemorySource source("newer.rbt", required);
    MemorySink sink;
    CHECK_THROWS_WITH(verify(source), Catch::Contains(expected));
    CHECK_THROWS_WITH(recover(source, nullptr, sink), Catch::Contains(expected));
    CHECK(trace_of(with_feature(file, 24, std::uint64_t{1} << bit)).events == small_call().events);
  }
  Bytes next_version = file;
  next_version[8] = 2;
  CHECK_THROWS_WITH(trace_of(with_feature(next_version, 24, 0)),
                    Catch::Contains("expected format version 1, found 2.0"));
}

}  // namespace
}  // namespace ringback::trace
