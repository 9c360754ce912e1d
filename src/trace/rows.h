// Walks canonical rows that stand one after another.
#pragma once

#include "src/trace/event.h"
#include "src/trace/little_endian.h"

namespace ringback::trace {

// The first of `rows`, which must hold at least one whole row.
inline BytesView first_row(BytesView rows) {
  return rows.substr(0, kRowHeadBytes + load_little_endian<std::uint32_t>(rows.data() + 20));
}

inline VirtualTime row_time(BytesView row) {
  return VirtualTime::from_ns(load_little_endian<std::int64_t>(row.data()));
}
inline ChannelId row_channel(BytesView row) { return load_little_endian<ChannelId>(row.data() + 8); }

// Replaces `event` by what `row` says; keeps the memory of its body.
inline void read_row(BytesView row, Event& event) {
  event.at = row_time(row);
  event.channel = row_channel(row);
  event.kind = static_cast<EventKind>(load_little_endian<std::uint16_t>(row.data() + 10));
  event.direction = static_cast<Direction>(row[12]);
  event.origin = static_cast<Origin>(row[13]);
  event.exchange = load_little_endian<std::uint32_t>(row.data() + 16);
  event.body.assign(row.substr(kRowHeadBytes));
}

}  // namespace ringback::trace
