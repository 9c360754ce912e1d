// Whatever happens to a file: every whole chunk is found again, and what is lost is said.
#include <catch2/catch.hpp>

#include "src/trace/journal.h"
#include "src/trace/little_endian.h"
#include "src/trace/reader.h"
#include "src/trace/recover.h"
#include "tests/trace/sample_traces.h"

namespace ringback::trace {
namespace {

struct Recovered {
  Recovery recovery;
  Trace trace;
};

Recovered recover_file(const Bytes& file, const std::optional<Bytes>& journal = std::nullopt) {
  MemorySource source("broken.rbt", file);
  MemorySource journal_source("broken.rbt.wal", journal.has_value() ? BytesView(*journal) : BytesView());
  MemorySink sink;
  Recovered recovered{.recovery = recover(source, journal.has_value() ? &journal_source : nullptr, sink), .trace = {}};
  recovered.trace = trace_of(sink.data());
  return recovered;
}

// Three chunks of four events; the first has the declarations.
const Trace& call() {
  static const Trace trace = small_call();
  return trace;
}
Bytes chunked_call() { return file_of(call().events.all(), call().metadata, {.chunk_events = 4}); }
Digest digest_of(const Bytes& file) {
  MemorySource source("whole.rbt", file);
  return Reader(source).digest();
}
std::vector<ChunkEntry> chunks_of(const Bytes& file) {
  MemorySource source("whole.rbt", file);
  return Reader(source).chunks();
}
std::uint64_t end_of_chunk(const Bytes& file, std::size_t chunk) {
  const auto chunks = chunks_of(file);
  return chunk + 1 < chunks.size() ? chunks[chunk + 1].offset
                                   : load_little_endian<std::uint64_t>(file.data() + file.size() - 96 + 8);
}
Bytes chunk_octets(const Bytes& file, std::size_t chunk) {
  const std::uint64_t from = chunks_of(file)[chunk].offset;
  return file.substr(from, end_of_chunk(file, chunk) - from);
}
Bytes destroy(Bytes file, std::uint64_t from, std::uint64_t to) {
  std::fill(file.begin() + static_cast<std::ptrdiff_t>(from), file.begin() + static_cast<std::ptrdiff_t>(to), '\x55');
  return file;
}

// What is there but the gaps.
std::vector<Event> without_gaps(const Trace& trace) {
  std::vector<Event> events;
  for (const Event& event : trace.events) {
    if (event.kind != EventKind::gap) events.push_back(event);
  }
  return events;
}
std::vector<Event> part(std::size_t from, std::size_t to) {
  const auto& events = call().events;
  return {events.begin() + static_cast<std::ptrdiff_t>(from), events.begin() + static_cast<std::ptrdiff_t>(to)};
}

TEST_CASE("a whole trace is recovered whole, with its digest and metadata") {
  const Recovered recovered = recover_file(chunked_call());
  CHECK(recovered.recovery.is_whole());
  CHECK(recovered.recovery.damaged.empty());
  CHECK(recovered.recovery.digest == digest_of(chunked_call()));
  CHECK(recovered.trace.metadata == call().metadata);
}

TEST_CASE("a destroyed chunk costs its own events, and a gap says how many") {
  const Bytes file = chunked_call();
  for (std::size_t chunk = 1; chunk < 3; ++chunk) {
    INFO("chunk " << chunk);
    const Recovered recovered =
        recover_file(destroy(file, chunks_of(file)[chunk].offset + 20, chunks_of(file)[chunk].offset + 60));
    CHECK(recovered.recovery.lost == std::vector<EventRange>{{.first = 4 * chunk, .count = 4}});
    CHECK(recovered.recovery.events == 8);
    REQUIRE(recovered.recovery.damaged.size() == 1);
    CHECK(recovered.recovery.damaged[0].offset == chunks_of(file)[chunk].offset);
    REQUIRE(recovered.trace.events.size() == 9);
    const Event& gap = recovered.trace.events[4 * chunk];
    REQUIRE(gap.kind == EventKind::gap);
    CHECK(body_of<Gap>(gap).events_lost == 4);
    CHECK_THAT(recovered.trace.metadata.at("recovered"), Catch::Contains(fmt::format("{} to", 4 * chunk + 1)));
    CHECK(recovered.trace.metadata.at("origin") == "scenario small");
  }
}

TEST_CASE("the channels of a destroyed first chunk come from the footer") {
  const Bytes file = chunked_call();
  const Recovered recovered = recover_file(destroy(file, chunks_of(file)[0].offset, chunks_of(file)[1].offset));
  CHECK(recovered.recovery.lost == std::vector<EventRange>{{.first = 0, .count = 4}});
  CHECK(recovered.recovery.declarations_lost == 0);
  CHECK(recovered.trace.channels.channels() == call().channels.channels());
}

TEST_CASE("without first chunk and footer, channels are declared anew") {
  Bytes file = chunked_call();
  file.resize(end_of_chunk(file, 2));
  const auto chunks = chunks_of(chunked_call());
  const Recovered recovered = recover_file(destroy(file, chunks[0].offset, chunks[1].offset));
  CHECK(recovered.recovery.declarations_lost == 3);
  CHECK(recovered.trace.channels.find("lost:2") != nullptr);
  CHECK(recovered.recovery.lost.size() == 2);
  CHECK_FALSE(recovered.recovery.lost[1].count.has_value());
}

TEST_CASE("header, footer and trailer can be destroyed without the loss of an event") {
  const Bytes file = chunked_call();
  const std::uint64_t footer = end_of_chunk(file, 2);
  const std::uint64_t trailer = file.size() - 96;
  const std::uint64_t first = chunks_of(file)[0].offset;
  const Digest digest = digest_of(file);
  const Recovered header = recover_file(destroy(file, 0, first));
  CHECK(header.recovery.is_whole());
  CHECK(header.recovery.digest == digest);
  CHECK(header.trace.metadata == call().metadata);
  const Recovered index = recover_file(destroy(file, footer, trailer));
  CHECK(index.recovery.lost.empty());
  CHECK(index.recovery.metadata_lost);
  CHECK(index.recovery.digest == digest);
  const Recovered end = recover_file(destroy(file, trailer, file.size()));
  CHECK(end.recovery.is_whole());
  CHECK(end.recovery.digest == digest);
  // The first chunk is the last that knows what the hashes are seeded with.
  const Recovered both = recover_file(destroy(destroy(file, 0, first), footer, file.size()));
  CHECK(without_gaps(both.trace) == call().events);
  CHECK_FALSE(both.recovery.is_whole());
}

TEST_CASE("what is left of a file that was cut anywhere is its whole chunks") {
  const Bytes file = chunked_call();
  const std::uint64_t first_end = end_of_chunk(file, 0);
  for (std::uint64_t length = first_end; length < file.size(); ++length) {
    const Recovered recovered = recover_file(file.substr(0, length));
    std::size_t whole = 0;
    while (whole < 3 && end_of_chunk(file, whole) <= length) ++whole;
    if (without_gaps(recovered.trace) != part(0, 4 * whole)) FAIL("cut to " << length);
    if (recovered.recovery.is_whole() != (length >= file.size() - 96)) FAIL("cut to " << length);
  }
  CHECK(file.size() > end_of_chunk(file, 2));  // the cuts went through every chunk
}

TEST_CASE("chunks that stand twice, in another order, or apart by octets of any number are all found") {
  const Bytes file = chunked_call();
  const std::uint64_t first = chunks_of(file)[0].offset;
  const Bytes head = file.substr(0, first);
  const Bytes tail = file.substr(end_of_chunk(file, 2));
  const Bytes a = chunk_octets(file, 0);
  const Bytes b = chunk_octets(file, 1);
  const Bytes c = chunk_octets(file, 2);
  for (const Bytes& chunks : {c + a + b, a + a + b + c + b, a + "x" + b + "\x8eRBC\r\n\x1a\n" + c, "abc" + b + c + a}) {
    const Recovered recovered = recover_file(head + chunks + tail);
    CHECK(recovered.recovery.is_whole());
    CHECK(recovered.recovery.digest == digest_of(file));
  }
}

TEST_CASE("chunks of another trace are not taken") {
  std::vector<Event> other = small_call().events.all();
  other[3].at += milliseconds(1);
  const Bytes stranger = file_of(other, {}, {.chunk_events = 4});
  const Bytes file = chunked_call();
  Bytes mixed = file;
  mixed.replace(chunks_of(file)[1].offset, chunk_octets(file, 1).size(), chunk_octets(stranger, 1));
  const Recovered recovered = recover_file(mixed);
  CHECK(recovered.recovery.lost == std::vector<EventRange>{{.first = 4, .count = 4}});
}

TEST_CASE("what is no trace is refused") {
  CHECK_THROWS_WITH(recover_file("{\"type\": \"session.created\"}"), Catch::Contains("no part of one"));
  CHECK_THROWS_AS(recover_file(""), Error);
  CHECK_THROWS_AS(recover_file(Bytes(100'000, '\x8e')), Error);
}

// A journal as a recorder leaves it, with events `first`.. of the call in one half.
Bytes journal_of(std::size_t first, std::size_t count, const Hash128& trace_id) {
  Bytes half = write_journal_head(first, trace_id);
  for (std::size_t number = first; number < first + count; ++number) {
    Bytes row;
    append_row(call().events[number], row);
    append_little_endian(static_cast<std::uint32_t>(row.size()), half);
    append_little_endian(journal_check(row, number), half);
    half.append(row);
    half.resize((half.size() + 7) / 8 * 8);
  }
  half.resize(8192);
  return half + Bytes(8192, '\0');
}

Hash128 trace_id_of(const Bytes& file) {
  return {.high = load_little_endian<std::uint64_t>(file.data() + 40),
          .low = load_little_endian<std::uint64_t>(file.data() + 32)};
}

TEST_CASE("what the file lacks comes from the journal, and then nothing is lost") {
  const Bytes file = chunked_call();
  const Bytes torn = file.substr(0, end_of_chunk(file, 1) + 50);
  const Recovered recovered = recover_file(torn, journal_of(6, 6, trace_id_of(file)));
  CHECK(recovered.recovery.is_whole());
  CHECK(recovered.recovery.journal_events == 4);
  CHECK(recovered.trace.events == call().events);
  // Before the first chunk is written there is nothing but the journal.
  const Recovered early = recover_file("", journal_of(0, 5, {}));
  CHECK(early.recovery.is_whole());
  CHECK(early.trace.events == part(0, 5));
}

TEST_CASE("a journal of another trace is not used") {
  const Bytes file = chunked_call();
  const Recovered recovered =
      recover_file(file.substr(0, end_of_chunk(file, 1)), journal_of(8, 4, {.high = 1, .low = 2}));
  CHECK(recovered.recovery.journal_events == 0);
  CHECK_FALSE(recovered.recovery.is_whole());
}

TEST_CASE("a journal is read up to the first row that is not whole") {
  const Bytes file = chunked_call();
  const Bytes torn = file.substr(0, end_of_chunk(file, 0));
  const Bytes journal = journal_of(4, 8, trace_id_of(file));
  bool has_lost_rows = false;
  const std::size_t whole = without_gaps(recover_file(torn, journal).trace).size();
  for (std::size_t bit = 0; bit < 4000 * 8; bit += 7) {
    Bytes broken = journal;
    broken[bit / 8] = static_cast<char>(static_cast<unsigned char>(broken[bit / 8]) ^ 1u << (bit % 8));
    const std::vector<Event> events = without_gaps(recover_file(torn, broken).trace);
    if (events != part(0, events.size())) FAIL("bit " << bit);
    has_lost_rows = has_lost_rows || events.size() < whole;
  }
  CHECK(has_lost_rows);  // the bits hit rows that count
}

}  // namespace
}  // namespace ringback::trace
