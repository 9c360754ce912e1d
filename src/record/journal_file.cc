#include "src/record/journal_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "src/base/error.h"
#include "src/trace/journal.h"
#include "src/trace/little_endian.h"

namespace ringback::record {
namespace {

int create(const std::string& path) {
  const int number = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (number >= 0) return number;
  const int error = errno;
  if (error == EEXIST) {
    fail("{}: the journal of a recording that was not finished is there; 'ringback recover' saves it", path);
  }
  fail("{}: cannot be created: {}", path, std::strerror(error));
}

// The length word is what makes a row exist, so it is stored after everything else.
void store_length(char* at, std::uint32_t length) {
  std::atomic_ref<std::uint32_t>(*reinterpret_cast<std::uint32_t*>(at))
      .store(trace::load_little_endian<std::uint32_t>(reinterpret_cast<const char*>(&length)),
             std::memory_order_release);
}

}  // namespace

JournalFile::JournalFile(const std::string& path, std::size_t half_bytes)
    : path_(path), file_(create(path)), half_bytes_(half_bytes) {
  RINGBACK_CHECK(half_bytes >= 4096 && half_bytes % 4096 == 0 && half_bytes <= trace::kJournalHalfBytesMax,
                 "half a journal has 4096 to {} octets, whole pages of them", trace::kJournalHalfBytesMax);
  const auto length = static_cast<off_t>(2 * half_bytes);
  if (const int error = ::posix_fallocate(file_.number(), 0, length); error != 0) {
    ::unlink(path.c_str());
    fail("{}: {} octets cannot be allocated: {}", path, length, std::strerror(error));
  }
  // All pages at once: `append` is not to wait for one.
  void* memory = ::mmap(nullptr, 2 * half_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file_.number(), 0);
  if (memory == MAP_FAILED) {
    const int error = errno;
    ::unlink(path.c_str());
    fail("{}: cannot be mapped: {}", path, std::strerror(error));
  }
  memory_ = static_cast<char*>(memory);
}

JournalFile::~JournalFile() {
  if (memory_ != nullptr) ::munmap(memory_, 2 * half_bytes_);
}

std::size_t JournalFile::first_row_at() { return trace::kJournalHeadBytes; }

bool JournalFile::takes(std::size_t row_bytes) const {
  // The word after the last row says that it is the last.
  return trace::journal_row_bytes(row_bytes) + trace::kJournalHeadBytes + trace::kJournalRowHeadBytes <= half_bytes_;
}

void JournalFile::begin(int half, std::uint64_t first_event, const Hash128& trace_id) {
  char* const start = start_of(half);
  // No rows first: a head must never stand over the rows of another.
  store_length(start + first_row_at(), 0);
  const Bytes head = trace::write_journal_head(first_event, trace_id);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::memcpy(start, head.data(), head.size());
  half_ = half;
  end_ = first_row_at();
}

bool JournalFile::append(BytesView row, std::uint64_t number) {
  const std::size_t after = end_ + trace::journal_row_bytes(row.size());
  if (after + trace::kJournalRowHeadBytes > half_bytes_) return false;
  char* const at = start_of(half_) + end_;
  store_length(start_of(half_) + after, 0);
  trace::store_little_endian(trace::journal_check(row, number), at + 4);
  std::memcpy(at + trace::kJournalRowHeadBytes, row.data(), row.size());
  store_length(at, static_cast<std::uint32_t>(row.size()));
  end_ = after;
  return true;
}

BytesView JournalFile::row_at(int half, std::size_t& at) const {
  const char* const record = start_of(half) + at;
  const auto length = trace::load_little_endian<std::uint32_t>(record);
  at += trace::journal_row_bytes(length);
  return {record + trace::kJournalRowHeadBytes, length};
}

void JournalFile::sync() {
  if (::msync(memory_, 2 * half_bytes_, MS_SYNC) != 0) {
    const int error = errno;
    fail("{}: cannot be flushed to disk: {}", path_, std::strerror(error));
  }
}

void JournalFile::remove() { ::unlink(path_.c_str()); }

}  // namespace ringback::record
