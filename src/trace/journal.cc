#include "src/trace/journal.h"

#include <algorithm>

#include "src/trace/little_endian.h"
#include "src/trace/rows.h"

namespace ringback::trace {
namespace {

constexpr std::size_t kHashAt = 8;
constexpr std::size_t kHashedFrom = 16;

// True where `row` has the length that it states and a head that a row may have.
bool is_row(BytesView row) {
  return row.size() >= kRowHeadBytes && first_row(row).size() == row.size() &&
         row.size() - kRowHeadBytes <= kBodyBytesMax &&
         static_cast<std::uint8_t>(row[12]) <= static_cast<std::uint8_t>(Direction::from_agent) &&
         static_cast<std::uint8_t>(row[13]) <= static_cast<std::uint8_t>(Origin::world) && row[14] == 0 && row[15] == 0;
}

void read_rows(BytesView octets, JournalHalf& half) {
  std::size_t at = kJournalHeadBytes;
  while (octets.size() - at >= kJournalRowHeadBytes) {
    const auto length = load_little_endian<std::uint32_t>(octets.data() + at);
    if (length == 0) return;
    half.is_torn = true;
    if (journal_row_bytes(length) > octets.size() - at) return;
    const BytesView row = octets.substr(at + kJournalRowHeadBytes, length);
    const auto check = load_little_endian<std::uint32_t>(octets.data() + at + 4);
    if (check != journal_check(row, half.first_event + half.events) || !is_row(row)) return;
    half.rows.append(row);
    ++half.events;
    half.is_torn = false;
    at += journal_row_bytes(length);
  }
}

void read_half(BytesView octets, std::vector<JournalHalf>& halves) {
  if (octets.substr(0, kJournalMagic.size()) != kJournalMagic) return;
  const BytesView hashed = octets.substr(kHashedFrom, kJournalHeadBytes - kHashedFrom);
  if (load_little_endian<std::uint64_t>(octets.data() + kHashAt) != hash64(hashed)) return;
  JournalHalf half{.first_event = load_little_endian<std::uint64_t>(hashed.data()),
                   .trace_id = {.high = load_little_endian<std::uint64_t>(hashed.data() + 16),
                                .low = load_little_endian<std::uint64_t>(hashed.data() + 8)},
                   .rows = {}};
  read_rows(octets, half);
  halves.push_back(std::move(half));
}

}  // namespace

std::uint32_t journal_check(BytesView row, std::uint64_t number) {
  return static_cast<std::uint32_t>(hash64(row, number));
}

Bytes write_journal_head(std::uint64_t first_event, const Hash128& trace_id) {
  Bytes head(kJournalMagic);
  append_little_endian<std::uint64_t>(0, head);
  append_little_endian(first_event, head);
  append_little_endian(trace_id.low, head);
  append_little_endian(trace_id.high, head);
  head.resize(kJournalHeadBytes);
  store_little_endian(hash64(BytesView(head).substr(kHashedFrom)), head.data() + kHashAt);
  return head;
}

std::vector<JournalHalf> read_journal(ByteSource& source) {
  std::vector<JournalHalf> halves;
  const std::uint64_t half_bytes = source.size() / 2;
  if (half_bytes < kJournalHeadBytes || half_bytes > kJournalHalfBytesMax) return halves;
  Bytes octets(half_bytes, '\0');
  for (const std::uint64_t offset : {std::uint64_t{0}, half_bytes}) {
    source.read_at(offset, octets.data(), octets.size());
    read_half(octets, halves);
  }
  std::stable_sort(halves.begin(), halves.end(),
                   [](const JournalHalf& a, const JournalHalf& b) { return a.first_event < b.first_event; });
  return halves;
}

}  // namespace ringback::trace
