// A damaged file is refused, never read as something else.
#include <catch2/catch.hpp>

#include "src/trace/damage.h"
#include "src/trace/reader.h"
#include "src/trace/verify.h"
#include "tests/trace/sample_traces.h"

namespace ringback::trace {
namespace {

Bytes flip_bit(Bytes file, std::size_t bit) {
  file[bit / 8] = static_cast<char>(static_cast<unsigned char>(file[bit / 8]) ^ 1u << (bit % 8));
  return file;
}

Bytes cut_tail(const Bytes& file, std::size_t bytes_left) { return file.substr(0, bytes_left); }

Bytes append_octet(Bytes file) { return file + '\0'; }

Verification verify_file(const Bytes& file) {
  MemorySource source("damaged.rbt", file);
  return verify(source);
}

std::string refusal_of(const Bytes& file) {
  try {
    trace_of(file);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

Bytes chunked_call() {
  const Trace call = small_call();
  return file_of(call.events.all(), call.metadata, {.chunk_events = 4});
}

TEST_CASE("every single flipped bit is found by reading and by verifying") {
  const Bytes file = chunked_call();
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    const Bytes broken = flip_bit(file, bit);
    if (refusal_of(broken).empty()) FAIL("bit " << bit << " of " << file.size() * 8 << " was read over");
    if (verify_file(broken).sound()) FAIL("bit " << bit << " of " << file.size() * 8 << " was verified");
  }
  SUCCEED();
}

TEST_CASE("a file that was cut anywhere is refused, and recover is named where the end is missing") {
  const Bytes file = chunked_call();
  for (std::size_t bytes_left = 0; bytes_left < file.size(); ++bytes_left) {
    const std::string refusal = refusal_of(cut_tail(file, bytes_left));
    if (refusal.empty() || verify_file(cut_tail(file, bytes_left)).sound()) FAIL("cut to " << bytes_left);
  }
  CHECK_THAT(refusal_of(cut_tail(file, file.size() - 1)),
             Catch::Contains("ringback recover") && Catch::Contains("offset"));
  CHECK_THAT(refusal_of(cut_tail(file, 120)), Catch::Contains("ringback recover"));
}

TEST_CASE("a trace that was never finished is refused with where its trailer is missing") {
  MemorySink sink;
  {
    Writer writer(sink, {.chunk_events = 4});
    for (const Event& event : small_call().events) writer.append(event);
  }
  CHECK_THAT(refusal_of(sink.data()), Catch::Contains("sample.rbt: offset ") && Catch::Contains("trailer") &&
                                          Catch::Contains("ringback recover"));
  const Verification verification = verify_file(sink.data());
  CHECK(verification.events == 8);
  REQUIRE_FALSE(verification.sound());
  CHECK(verification.damage->record_offset == sink.data().size());
}

TEST_CASE("octets after the end are refused") {
  CHECK_FALSE(refusal_of(append_octet(chunked_call())).empty());
  CHECK_FALSE(verify_file(append_octet(chunked_call())).sound());
}

TEST_CASE("verifying names the first damaged chunk and its events") {
  const Bytes file = chunked_call();
  MemorySource source("call.rbt", file);
  const ChunkEntry second = Reader(source).chunks().at(1);
  const Verification verification = verify_file(flip_bit(file, (second.offset + 130) * 8));
  REQUIRE_FALSE(verification.sound());
  CHECK(verification.chunks == 1);
  CHECK(verification.events == 4);
  CHECK(verification.damage->record == "chunk");
  CHECK(verification.damage->record_offset == second.offset);
  CHECK(verification.damage->first_event == 4);
  CHECK(verification.damage->events == std::uint64_t{4});
}

TEST_CASE("what is no trace at all is refused with what it is not") {
  CHECK_THAT(refusal_of("{\"type\": \"session.created\"}"), Catch::Contains("a ringback trace"));
  CHECK_THAT(refusal_of(Bytes(1000, 'a')), Catch::Contains("a ringback trace"));
  CHECK_FALSE(verify_file(Bytes(1000, 'a')).sound());
}

TEST_CASE("records that are sound but not of one trace are refused") {
  const Bytes file = chunked_call();
  MemorySource source("call.rbt", file);
  const ChunkEntry second = Reader(source).chunks().at(1);
  Bytes without_second = file;
  without_second.erase(second.offset, Reader(source).chunks().at(2).offset - second.offset);
  CHECK_FALSE(refusal_of(without_second).empty());
  const Verification verification = verify_file(without_second);
  REQUIRE_FALSE(verification.sound());
  CHECK(verification.damage->record_offset == second.offset);
  CHECK(verification.damage->first_event == 4);
}

TEST_CASE("a chunk of another trace is not taken for one's own") {
  const Trace call = small_call();
  std::vector<Event> other = small_call().events.all();
  other[3].at += milliseconds(1);
  const Bytes file = file_of(call.events.all(), {}, {.chunk_events = 20});
  const Bytes stranger = file_of(other, {}, {.chunk_events = 20});
  MemorySource source("call.rbt", file);
  const std::size_t offset = Reader(source).chunks().at(0).offset;
  Bytes swapped = file;
  swapped.replace(offset, 112, stranger.substr(offset, 112));
  CHECK_FALSE(refusal_of(swapped).empty());
}

}  // namespace
}  // namespace ringback::trace
