#include "src/trace/verify.h"

#include <memory>

#include "src/trace/codec/trace_file.h"
#include "src/trace/reader.h"
#include "src/trace/rows.h"

namespace ringback::trace {
namespace {

// Walks a file from its start. Damage leaves as DamageError; what was sound before it stays in `result`, and `record`
// tells where the walk was.
class Walk {
 public:
  explicit Walk(ByteSource& source) : source_(source) {}

  void run();

  Verification result;
  Damage record{.record = "file header", .expected = {}, .found = {}, .events = std::nullopt};

 private:
  void walk_chunks(TraceFile& file);
  void enter(const char* name, std::uint64_t offset) {
    record.record = name;
    record.record_offset = offset;
    record.first_event = result.events;
    record.events.reset();
  }

  ByteSource& source_;
};

void Walk::run() {
  TraceFile file(source_);
  walk_chunks(file);
  const std::uint64_t footer_offset = record.record_offset;
  record.events = 0;
  enter("trailer", file.size() >= kTrailerBytes ? file.trailer_offset() : file.size());
  record.events = 0;
  const Trailer trailer = file.trailer();
  enter("footer", footer_offset);
  record.events = 0;
  if (trailer.footer_offset != footer_offset) {
    damaged({.file = file.name(), .offset = footer_offset}, fmt::format("the footer at {}", trailer.footer_offset),
            "it here");
  }
  // Each record is sound by itself: now that they fit each other.
  Reader reader(source_);
  Event event;
  while (reader.next(event)) continue;
  result.digest = reader.digest();
}

// Ends at the footer.
void Walk::walk_chunks(TraceFile& file) {
  std::uint64_t offset = file.first_record();
  Bytes rows;
  for (;; enter("footer", offset)) {
    if (file.is_footer_at(offset)) break;
    enter("chunk", offset);
    const ChunkHeader header = file.chunk_header(offset, file.size());
    record.events = header.events;
    if (header.first_event != result.events) {
      damaged({.file = file.name(), .offset = offset}, fmt::format("a chunk that starts with event {}", result.events),
              fmt::format("{}", header.first_event));
    }
    file.chunk_rows(offset, header, rows);
    result.events += header.events;
    ++result.chunks;
    offset = TraceFile::after(offset, header);
  }
  enter("footer", offset);
}

}  // namespace

Verification verify(ByteSource& source) {
  Walk walk(source);
  try {
    walk.run();
  } catch (const DamageError& damage) {
    walk.record.offset = damage.offset();
    walk.record.expected = damage.expected();
    walk.record.found = damage.found();
    walk.result.damage = walk.record;
  }
  return walk.result;
}

}  // namespace ringback::trace
