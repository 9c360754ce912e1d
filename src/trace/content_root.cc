#include "src/trace/content_root.h"

#include <algorithm>

#include "src/trace/rows.h"

namespace ringback::trace {
namespace {

// The terminating zero is part of the prefix.
constexpr BytesView kLeafPrefix{"ringback leaf v1", 17};
constexpr BytesView kRootPrefix{"ringback root v1", 17};

}  // namespace

void ContentRoot::add(const Event& event) {
  append_row(event, waiting_);
  count_row();
}

void ContentRoot::add_row(BytesView row) {
  waiting_.append(row);
  count_row();
}

void ContentRoot::count_row() {
  constexpr std::size_t kWaitingBytes = 16u << 10;
  if (waiting_.size() >= kWaitingBytes) hash_waiting();
  if (++events_ % kLeafEvents == 0) close_leaf();
}

void ContentRoot::hash_waiting() {
  if (waiting_.empty()) return;
  open_leaf().add(waiting_);
  waiting_.clear();
}

void ContentRoot::add_rows(BytesView rows, std::uint64_t count) {
  while (count > 0) {
    const std::uint64_t in_leaf = std::min(count, kLeafEvents - events_ % kLeafEvents);
    std::size_t length = 0;
    for (std::uint64_t i = 0; i < in_leaf; ++i) length += first_row(rows.substr(length)).size();
    hash_waiting();
    open_leaf().add(rows.substr(0, length));
    rows.remove_prefix(length);
    events_ += in_leaf;
    count -= in_leaf;
    if (events_ % kLeafEvents == 0) close_leaf();
  }
}

Digest ContentRoot::finish() {
  if (leaf_.has_value() || !waiting_.empty()) close_leaf();
  Sha256 root;
  root.add(kRootPrefix);
  Bytes count;
  for (int shift = 0; shift < 64; shift += 8) count.push_back(static_cast<char>(events_ >> shift));
  root.add(count);
  for (const Digest& leaf : leaves_) {
    root.add(BytesView(reinterpret_cast<const char*>(leaf.octets.data()), leaf.octets.size()));
  }
  return root.finish();
}

Sha256& ContentRoot::open_leaf() {
  if (!leaf_.has_value()) {
    leaf_.emplace();
    leaf_->add(kLeafPrefix);
  }
  return *leaf_;
}

void ContentRoot::close_leaf() {
  hash_waiting();
  leaves_.push_back(leaf_->finish());
  leaf_.reset();
}

}  // namespace ringback::trace
