// The content root: a trace's digest.
//
// leaf_k = SHA-256("ringback leaf v1\0" | rows of events 4096 k .. 4096 k + 4095), root = SHA-256("ringback root v1\0"
// | event count u64 little-endian | leaf_0 | leaf_1 ...), over canonical rows (append_row). Nothing of how a file
// stores them enters.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/base/hash.h"
#include "src/trace/event.h"

namespace ringback::trace {

inline constexpr std::uint64_t kLeafEvents = 4096;

class ContentRoot {
 public:
  ContentRoot() = default;
  // Goes on after `events`, a multiple of kLeafEvents, with the leaves that they made.
  ContentRoot(std::uint64_t events, std::vector<Digest> leaves) : events_(events), leaves_(std::move(leaves)) {}

  void add(const Event& event);
  // The same for a row that append_row made.
  void add_row(BytesView row);
  // The same for `count` rows that stand one after another. Quicker: hashes are made for long stretches.
  void add_rows(BytesView rows, std::uint64_t count);
  std::uint64_t events() const { return events_; }
  // The digest over all that was added. The object is spent afterwards.
  Digest finish();
  // Leaves of whole windows so far; after finish() also that of the last, shorter one.
  const std::vector<Digest>& leaves() const { return leaves_; }

 private:
  Sha256& open_leaf();
  void count_row();
  void hash_waiting();
  void close_leaf();

  std::uint64_t events_ = 0;
  std::optional<Sha256> leaf_;
  std::vector<Digest> leaves_;
  Bytes waiting_;  // rows that are not hashed yet: a call for each would cost as much as the hash
};

}  // namespace ringback::trace
