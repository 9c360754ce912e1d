#include "src/trace/verify.h"

#include "src/trace/codec/trace_file.h"
#include "src/trace/reader.h"

namespace ringback::trace {
namespace {

Verification read_whole(ByteSource& source) {
  Reader reader(source);
  Event event;
  while (reader.next(event)) continue;
  return {
      .chunks = reader.chunks().size(), .events = reader.events(), .digest = reader.digest(), .damage = std::nullopt};
}

// Walks a damaged file record by record, without its index. Damage leaves as DamageError; `result` then holds what is
// sound before it, and `record` the record that the walk was in.
class Walk {
 public:
  explicit Walk(ByteSource& source) : source_(source) {}

  void run();

  Verification result;
  Damage record{.record = "file header", .expected = {}, .found = {}, .events = std::nullopt};

 private:
  std::uint64_t walk_chunks(TraceFile& file);
  void enter(const char* name, std::uint64_t offset) {
    record.record = name;
    record.record_offset = offset;
    record.first_event = result.events;
    record.events.reset();
  }
  // Behind the chunks: no event is concerned.
  void enter_end(const char* name, std::uint64_t offset) {
    enter(name, offset);
    record.events = 0;
  }

  ByteSource& source_;
};

void Walk::run() {
  TraceFile file(source_);
  const std::uint64_t footer_offset = walk_chunks(file);
  enter_end("trailer", file.size() >= kTrailerBytes ? file.trailer_offset() : file.size());
  const Trailer trailer = file.trailer();
  enter_end("footer", footer_offset);
  if (trailer.footer_offset != footer_offset) {
    damaged({.file = file.name(), .offset = footer_offset}, fmt::format("the footer at {}", trailer.footer_offset),
            "it here");
  }
  file.footer(trailer);
}

// Returns where the footer stands.
std::uint64_t Walk::walk_chunks(TraceFile& file) {
  std::uint64_t offset = file.first_record();
  Bytes rows;
  const std::uint64_t end = file.size() >= kTrailerBytes ? file.trailer_offset() : file.size();
  for (;;) {
    if (file.is_footer_at(offset)) {
      enter("footer", offset);
      const std::uint64_t after = file.after_old_footers(offset, end);
      if (after == offset) break;
      offset = after;
      continue;
    }
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
  return offset;
}

Verification damaged_at(const Walk& walk, const DamageError& damage) {
  Verification verification = walk.result;
  verification.damage = walk.record;
  verification.damage->offset = damage.offset();
  verification.damage->expected = damage.expected();
  verification.damage->found = damage.found();
  return verification;
}

}  // namespace

Verification verify(ByteSource& source) {
  try {
    return read_whole(source);
  } catch (const DamageError& first) {
    Walk walk(source);
    try {
      walk.run();
    } catch (const DamageError& damage) {
      return damaged_at(walk, damage);
    }
    // Every record is sound by itself, but they are not of one trace.
    return damaged_at(walk, first);
  }
}

}  // namespace ringback::trace
