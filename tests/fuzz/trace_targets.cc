// Any octets as a trace, as a file to recover, as a journal and as a footer.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "src/base/error.h"
#include "src/trace/codec/footer.h"
#include "src/trace/journal.h"
#include "src/trace/reader.h"
#include "src/trace/recover.h"
#include "src/trace/verify.h"
#include "tests/fuzz/targets.h"

namespace ringback::fuzz {
namespace {

void read_as_trace(BytesView data) {
  MemorySource source("fuzz.rbt", data);
  try {
    trace::Reader reader(source);
    trace::Event event;
    while (reader.next(event)) continue;
    reader.seek(VirtualTime{});
    while (reader.next_on(1, event)) continue;
  } catch (const Error&) {
    // Damaged: so says `verify` too, or it names a version that it does not know.
  }
  (void)trace::verify(source);
}

void recover_from(ByteSource& source, ByteSource* journal) {
  MemorySink sink;
  const trace::Recovery recovery = trace::recover(source, journal, sink);
  MemorySource recovered("recovered.rbt", sink.data());
  const trace::Verification verification = trace::verify(recovered);
  RINGBACK_CHECK(verification.sound() && verification.digest == recovery.digest, "what was recovered is sound");
}

void recover_a_trace(BytesView data) {
  MemorySource source("fuzz.rbt", data);
  recover_from(source, nullptr);
}

void read_as_journal(BytesView data) {
  MemorySource journal("fuzz.rbt.wal", data);
  for (const trace::JournalHalf& half : trace::read_journal(journal)) {
    RINGBACK_CHECK(half.rows.size() <= data.size(), "rows are octets of the journal");
  }
  MemorySource empty("empty.rbt", {});
  recover_from(empty, &journal);
}

// A footer's segment, without the hashes that keep mutations out of a file.
void read_as_footer(BytesView data) {
  std::vector<std::uint64_t> words(data.size() / 8);
  std::copy_n(data.data(), words.size() * 8, reinterpret_cast<char*>(words.data()));
  const std::string name = "fuzz";
  const trace::Footer footer = trace::parse_footer(words, {.file = name, .offset = 0});
  for (const trace::ChunkEntry& chunk : footer.chunks) (void)chunk.may_have(1);
}

}  // namespace

std::vector<Target> trace_targets() {
  return {
      {"trace", read_as_trace}, {"recover", recover_a_trace}, {"journal", read_as_journal}, {"footer", read_as_footer}};
}

}  // namespace ringback::fuzz
