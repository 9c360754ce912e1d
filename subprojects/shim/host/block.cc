#include "host/block.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>

namespace ringback::shim {

void fail_by_errno(const std::string& what) { throw Error(what + ": " + std::strerror(errno)); }

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.fd_;
    other.fd_ = -1;
  }
  return *this;
}

void File::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

namespace {

constexpr std::uint64_t kMonotonicBase = 1'000'000'000'000;  // the machine has been up for 1,000 s

template <std::size_t n>
void put(char (&out)[n], const std::string& text, const char* what) {
  if (text.size() >= n) throw Error(std::string(what) + " is longer than " + std::to_string(n - 1) + " octets");
  std::memcpy(out, text.data(), text.size());
}

std::string random_name() {
  unsigned char octets[8];
  if (::getrandom(octets, sizeof octets, 0) != sizeof octets) fail_by_errno("getrandom");
  std::string name;
  for (unsigned char octet : octets) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", octet);
    name += hex;
  }
  return name;
}

std::uint32_t flags_of(const Launch& launch) {
  std::uint32_t flags = 0;
  if (launch.look_ahead) flags |= SHIM_LOOK_AHEAD;
  if (launch.leaks.entropy) flags |= SHIM_LEAK_ENTROPY;
  if (launch.leaks.openssl) flags |= SHIM_LEAK_OPENSSL;
  if (launch.leaks.time_stamp) flags |= SHIM_LEAK_TIME_STAMP;
  if (launch.measure) flags |= SHIM_MEASURE;
  if (launch.leaks.clock) flags |= SHIM_LEAK_CLOCK;
  if (launch.leaks.threads) flags |= SHIM_LEAK_THREADS;
  if (!launch.trace_file.empty()) flags |= SHIM_TRACE;
  return flags;
}

}  // namespace

std::int64_t real_time_of_files() {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

Block::Block(const Launch& launch, std::int64_t started_real_ns) {
  memory_ = File(::memfd_create("ringback-shim", MFD_CLOEXEC));
  if (!memory_ || ::ftruncate(memory_.get(), sizeof(ShimRun)) != 0) fail_by_errno("memory for a run");
  void* at = ::mmap(nullptr, sizeof(ShimRun), PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
  if (at == MAP_FAILED) fail_by_errno("memory for a run");
  run_ = static_cast<ShimRun*>(at);
  run_->magic = SHIM_MAGIC;
  run_->version = SHIM_VERSION;
  run_->size = sizeof(ShimRun);
  run_->flags = flags_of(launch);
  run_->simulator_pid = ::getpid();
  run_->seed = launch.seed;
  run_->epoch_ns = launch.epoch_ns;
  run_->monotonic_base_ns = kMonotonicBase;
  run_->started_real_ns = started_real_ns;
  run_->cost_call_ns = launch.cost.call_ns;
  run_->cost_kilobyte_ns = launch.cost.kilobyte_ns;
  run_->cost_numerator = run_->cost_denominator = 1;
  run_->next_pid = SHIM_FIRST_PID;
  run_->next_id = 1;
  run_->next_port = 40000;
  put(run_->session, random_name(), "the run's name");
}

Block::~Block() { ::munmap(run_, sizeof(ShimRun)); }

std::string Block::variable(int page) const {
  char text[64];
  std::snprintf(text, sizeof text, "%s=%010d:%010d:%010d", SHIM_VARIABLE, run_->simulator_pid, memory_.get(), page);
  return text;
}

// The first of /tmp/ringback-UID/0, 1, ... that no living run holds.
TemporaryFolder::TemporaryFolder() {
  const std::string root = "/tmp/ringback-" + std::to_string(::getuid());
  if (::mkdir(root.c_str(), 0700) != 0 && errno != EEXIST) fail_by_errno(root);
  struct stat status;
  if (::lstat(root.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::getuid())
    throw Error(root + " is not a folder of ours");
  for (int number = 0; number < 1000; ++number) {
    char digits[16];
    std::snprintf(digits, sizeof digits, "%03d", number);
    const std::string lock = root + "/" + digits + ".lock";
    File file(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) fail_by_errno(lock);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) continue;
    path_ = root + "/" + digits;
    remove();
    for (const std::string& each : {path_, path_ + SHIM_SHARED_SUFFIX})
      if (::mkdir(each.c_str(), 0700) != 0) fail_by_errno(each);
    lock_ = std::move(file);
    return;
  }
  throw Error(root + ": more than 1000 runs at one time");
}

TemporaryFolder::~TemporaryFolder() { remove(); }

void TemporaryFolder::remove() {
  std::error_code ignored;
  for (const std::string& each : {path_, path_ + SHIM_SHARED_SUFFIX}) std::filesystem::remove_all(each, ignored);
}

}  // namespace ringback::shim
