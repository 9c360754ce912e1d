// Canonical rows from any threads to one, in a ring of fixed size.
//
// A producer never waits and takes no memory: it reserves room with one compare-and-swap (again where another thread
// was faster), writes its row in place, and publishes it. Where there is no room nothing happens but that it says so. A
// producer that is stopped between the two holds up the consumer, not the other producers.
//
//   queue.push(row_bytes, [&](char* out) { ... });           queue.pop([&](BytesView row) { ... });
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>

#include "src/base/bytes.h"
#include "src/base/error.h"

namespace ringback::record {

class EventQueue final {
 public:
  // `bytes` is a power of two.
  explicit EventQueue(std::size_t bytes) : bytes_(bytes), memory_(std::make_unique<std::uint64_t[]>(bytes / 8)) {
    RINGBACK_CHECK(std::has_single_bit(bytes) && bytes >= 64, "a ring has a power of two octets, not {}", bytes);
  }

  // A longer row would never find room.
  std::size_t row_bytes_max() const { return bytes_ / 2 - kHeadBytes; }

  // Any thread. `fill(char*)` writes exactly `row_bytes` octets, 1 to row_bytes_max(). False where there is no
  // room.
  template <class Fill>
  bool push(std::size_t row_bytes, Fill&& fill) {
    const std::uint64_t needed = record_bytes(row_bytes);
    std::uint64_t at = reserved_.load(std::memory_order_relaxed);
    std::uint64_t skipped = 0;
    do {
      const std::uint64_t to_end = bytes_ - at % bytes_;
      skipped = needed > to_end ? to_end : 0;
      if (at + skipped + needed - consumed_.load(std::memory_order_acquire) > bytes_) return false;
    } while (!reserved_.compare_exchange_weak(at, at + skipped + needed, std::memory_order_relaxed));
    if (skipped > 0) head(at).store(kSkip, std::memory_order_release);
    fill(octets(at + skipped) + kHeadBytes);
    head(at + skipped).store(row_bytes, std::memory_order_release);
    return true;
  }

  // One thread. Hands the next row to `use` and frees its room; false where there is none.
  template <class Use>
  bool pop(Use&& use) {
    std::uint64_t at = consumed_.load(std::memory_order_relaxed);
    std::uint64_t row_bytes = head(at).load(std::memory_order_acquire);
    if (row_bytes == kSkip) {
      at = release(at, bytes_ - at % bytes_);
      row_bytes = head(at).load(std::memory_order_acquire);
    }
    if (row_bytes == 0) return false;
    use(BytesView(octets(at) + kHeadBytes, row_bytes));
    release(at, record_bytes(row_bytes));
    return true;
  }

 private:
  static constexpr std::size_t kHeadBytes = 8;
  static constexpr std::uint64_t kSkip = UINT64_MAX;  // goes on at the ring's start

  static std::uint64_t record_bytes(std::uint64_t row_bytes) { return (kHeadBytes + row_bytes + 7) / 8 * 8; }
  std::atomic_ref<std::uint64_t> head(std::uint64_t at) { return std::atomic_ref(memory_[at % bytes_ / 8]); }
  char* octets(std::uint64_t at) { return reinterpret_cast<char*>(memory_.get()) + at % bytes_; }
  // Zeros, wherever the next head may come to stand: a head of 0 is a row that is not there yet.
  std::uint64_t release(std::uint64_t at, std::uint64_t length) {
    std::memset(octets(at), 0, length);
    consumed_.store(at + length, std::memory_order_release);
    return at + length;
  }

  std::uint64_t bytes_;
  std::unique_ptr<std::uint64_t[]> memory_;
  std::atomic<std::uint64_t> reserved_ = 0;
  std::atomic<std::uint64_t> consumed_ = 0;
};

}  // namespace ringback::record
