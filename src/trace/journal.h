// The journal that stands beside a recording while it is made (`<file>.wal`): its layout, and how it is read again.
//
// A journal is two halves of equal length. Events go into one while the other is being written to the trace as a chunk;
// then they change places. So whatever was put there and is not yet in the trace is in one of the halves, also when the
// process was killed between two instructions. src/record/journal_file.h writes it, in mapped memory.
//
//   for (const JournalHalf& half : read_journal(source)) use(half.first_event, half.rows);
#pragma once

#include <cstdint>
#include <vector>

#include "src/base/hash.h"
#include "src/base/io.h"

namespace ringback::trace {

inline constexpr BytesView kJournalMagic{"\x8eRBJ\r\n\x1a\n", 8};
inline constexpr std::size_t kJournalHeadBytes = 64;
// Before each row: its length and its check.
inline constexpr std::size_t kJournalRowHeadBytes = 8;
inline constexpr std::uint64_t kJournalHalfBytesMax = 32u << 20;

// How many octets a row takes in a journal.
constexpr std::uint64_t journal_row_bytes(std::uint64_t row) { return (kJournalRowHeadBytes + row + 7) / 8 * 8; }

// What a row's check must be; `number` is the event's in the trace.
std::uint32_t journal_check(BytesView row, std::uint64_t number);

// The head of a half. `trace_id` is all zeros while the trace has no chunk yet.
Bytes write_journal_head(std::uint64_t first_event, const Hash128& trace_id);

struct JournalHalf {
  std::uint64_t first_event = 0;
  Hash128 trace_id;
  Bytes rows;  // canonical rows, one after another
  std::uint64_t events = 0;
  // Something other than the end follows the last row: events were lost with the machine's power.
  bool is_torn = false;
};

// The halves that have a sound head, by first event; rows up to the first that is not sound. Throws Error only where
// the source cannot be read; what is no journal has no halves.
std::vector<JournalHalf> read_journal(ByteSource& source);

}  // namespace ringback::trace
