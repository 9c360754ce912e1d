// Makes a whole trace of what is whole in a damaged or unfinished one, and says what is not there any more.
//
// Every chunk that is sound is kept, wherever it stands and in whatever order; events that no chunk has any more come
// from the journal where there is one. In the place of events that are lost stands a Gap event, and a channel whose
// declaration is lost with no copy in the footer is declared anew as "lost:N". So a recovery without loss has the
// digest of the original, and one with loss a digest of its own.
//
//   Recovery recovery = recover(source, journal.get(), sink);
//   if (!recovery.is_whole()) for (const EventRange& range : recovery.lost) ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/hash.h"
#include "src/base/io.h"

namespace ringback::trace {

// Events by their numbers in the original, from 0. Without a count: from there on, nobody knows how many.
struct EventRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> count;
  friend bool operator==(const EventRange&, const EventRange&) = default;
};

// Octets of the damaged file that belong to no whole record.
struct DamagedOctets {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  friend bool operator==(const DamagedOctets&, const DamagedOctets&) = default;
};

struct Recovery {
  std::uint64_t chunks = 0;          // that events were taken from
  std::uint64_t events = 0;          // of the original that were kept
  std::uint64_t journal_events = 0;  // of these, how many only the journal had
  std::vector<EventRange> lost;      // ascending
  std::vector<DamagedOctets> damaged;
  std::uint64_t declarations_lost = 0;  // channels that had to be declared anew
  // The file was finished, but its metadata are lost.
  bool metadata_lost = false;
  // All events are there by their numbers, but the file states another digest for them.
  bool digest_differs = false;
  // Of what was written.
  Digest digest;

  // Nothing that was recorded is missing; the damage, if any, was to what can be made again.
  bool is_whole() const { return lost.empty() && declarations_lost == 0 && !metadata_lost && !digest_differs; }
};

// "4 to 7, 20 and what came after"; empty where nothing is lost.
std::string to_text(const std::vector<EventRange>& lost);

// `journal` may be null. Metadata are kept where a footer is whole; after a loss "recovered" says what is missing.
// Throws Error where nothing in the file says that it is a trace, where an intact header asks for a version or feature
// that this reader does not know, or where `out` refuses.
Recovery recover(ByteSource& broken, ByteSource* journal, ByteSink& out);

}  // namespace ringback::trace
