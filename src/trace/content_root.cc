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
  row_.clear();
  append_row(event, row_);
  add_row(row_);
}

void ContentRoot::add_row(BytesView row) {
  open_leaf().add(row);
  if (++events_ % kLeafEvents == 0) close_leaf();
}

void ContentRoot::add_rows(BytesView rows, std::uint64_t count) {
  while (count > 0) {
    const std::uint64_t in_leaf = std::min(count, kLeafEvents - events_ % kLeafEvents);
    std::size_t length = 0;
    for (std::uint64_t i = 0; i < in_leaf; ++i) length += first_row(rows.substr(length)).size();
    open_leaf().add(rows.substr(0, length));
    rows.remove_prefix(length);
    events_ += in_leaf;
    count -= in_leaf;
    if (events_ % kLeafEvents == 0) close_leaf();
  }
}

Digest ContentRoot::finish() {
  if (leaf_.has_value()) close_leaf();
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
  leaves_.push_back(leaf_->finish());
  leaf_.reset();
}

}  // namespace ringback::trace
