// The journal of a live recording, as mapped memory over a file (layout: src/trace/journal.h).
//
// A row is there for whoever reads the file from the moment `append` returns, whatever becomes of this process: no call
// to the system is needed for it. Against a loss of power `sync` is.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/host/file.h"

namespace ringback::record {

class JournalFile final {
 public:
  // Creates `path` with two halves of `half_bytes` (a multiple of 4096, at most kJournalHalfBytesMax), all of it
  // allocated on the disk, so that a full disk is an Error here and no crash later. Throws Error where there is one
  // already.
  JournalFile(const std::string& path, std::size_t half_bytes);
  // Leaves the file where it is.
  ~JournalFile();
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;

  // Whether an empty half takes a row of this length.
  bool takes(std::size_t row_bytes) const;
  // Empties a half and goes on there.
  void begin(int half, std::uint64_t first_event, const Hash128& trace_id);
  // False where the half has no room left.
  bool append(BytesView row, std::uint64_t number);
  int half() const { return half_; }
  // Calls `use(row)` for each row of a half that nobody appends to meanwhile.
  template <class Use>
  void for_each_row(int half, Use&& use) const {
    std::size_t at = first_row_at();
    for (BytesView row = row_at(half, at); !row.empty(); row = row_at(half, at)) use(row);
  }
  // Everything so far to the disk. May run beside `append`.
  void sync();
  // Deletes the file.
  void remove();

 private:
  static std::size_t first_row_at();
  // The row at `at`, and moves `at` behind it; empty after the last.
  BytesView row_at(int half, std::size_t& at) const;
  char* start_of(int half) const { return memory_ + static_cast<std::size_t>(half) * half_bytes_; }

  std::string path_;
  host::Descriptor file_;
  std::size_t half_bytes_;
  char* memory_ = nullptr;
  int half_ = 0;
  std::size_t end_ = 0;  // of the rows in the half at hand
};

}  // namespace ringback::record
