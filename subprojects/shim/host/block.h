// The memory that a run shares with its processes (protocol.h), and the other things of the operating system that
// belong to one run: all of them go with it.
#pragma once

#include <string>

#include "protocol/protocol.h"
#include "ringback/shim/session.h"

namespace ringback::shim {

// An open file descriptor; closes it.
class File final {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  ~File() { reset(); }
  File(File&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

// The system refused: "what: why".
[[noreturn]] void fail_by_errno(const std::string& what);

// The real clock as files get it: it lags by up to a tick of the kernel.
std::int64_t real_time_of_files();

class Block final {
 public:
  // `started_real_ns`: the real clock before anything of the run was made.
  Block(const Launch& launch, std::int64_t started_real_ns);
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  ShimRun& run() { return *run_; }
  const ShimRun& run() const { return *run_; }
  // RINGBACK_SHIM=... for the process of a page.
  std::string variable(int page) const;

 private:
  File memory_;
  ShimRun* run_ = nullptr;
};

// A fresh folder whose path is the same from run to run as long as runs do not overlap; removed at the end.
class TemporaryFolder final {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  void remove();

  std::string path_;
  File lock_;
};

}  // namespace ringback::shim
