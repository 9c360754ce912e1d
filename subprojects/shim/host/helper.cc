#include "host/helper.h"

#include <dirent.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace ringback::shim {

namespace {

// A wait with a time limit as far away as that is housekeeping, such as a garbage collector's; one that ends sooner is
// waited for.
constexpr std::int64_t kFarMs = 10'000;
constexpr std::int64_t kFarConditionMs = 100;
constexpr std::size_t kThreadsMax = 4096;
constexpr std::int64_t kMomentNs = 100'000;
constexpr int kStopMoments = 50'000;  // 5 s

struct Call {
  long number = -1;
  std::array<std::uint64_t, 6> arguments{};
};

std::string tasks_of(int pid) { return "/proc/" + std::to_string(pid) + "/task/"; }

std::vector<int> threads_of(int pid) {
  std::vector<int> threads;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(tasks_of(pid).c_str()), &::closedir);
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr)
    if (entry->d_name[0] != '.') threads.push_back(std::stoi(entry->d_name));
  return threads;
}

// "running" where it runs; "-1 ..." where it waits outside of a call.
bool read_call(const std::string& thread, Call& out) {
  std::ifstream file(thread + "/syscall");
  std::string line;
  if (!std::getline(file, line)) return false;
  auto& a = out.arguments;
  return std::sscanf(line.c_str(),
                     "%ld 0x%" SCNx64 " 0x%" SCNx64 " 0x%" SCNx64 " 0x%" SCNx64 " 0x%" SCNx64 " 0x%" SCNx64,
                     &out.number, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5]) == 7;
}

// Its state's letter ('X' where it is gone), and how often it was switched off the processor so far.
char read_status(const std::string& thread, std::uint64_t& switches) {
  std::ifstream file(thread + "/status");
  char state = 'X';
  switches = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, value;
    words >> name >> value;
    if (name == "State:" && !value.empty()) state = value[0];
    if (name == "voluntary_ctxt_switches:" || name == "nonvoluntary_ctxt_switches:") switches += std::stoull(value);
  }
  return state;
}

constexpr std::int64_t milliseconds_of(const timespec& time) { return time.tv_sec * 1000 + time.tv_nsec / 1'000'000; }

std::optional<timespec> read_time(int pid, std::uint64_t address) {
  timespec time{};
  iovec here{&time, sizeof time}, there{reinterpret_cast<void*>(address), sizeof time};
  if (::process_vm_readv(pid, &here, 1, &there, 1, 0) != sizeof time) return std::nullopt;
  return time;
}

bool is_far(int pid, std::uint64_t address) {
  if (address == 0) return true;
  const auto time = read_time(pid, address);
  return time && milliseconds_of(*time) >= kFarMs;
}

// Relative in FUTEX_WAIT alone. Until a time of day, as libc's conditions are, less is far: a converter of sound wakes
// so each half second, for its figures, and goes back to it.
bool is_far_futex(int pid, std::uint64_t operation, std::uint64_t address) {
  if (address == 0 || (operation & FUTEX_CMD_MASK) == FUTEX_WAIT) return is_far(pid, address);
  const auto until = read_time(pid, address);
  timespec now;
  ::clock_gettime(operation & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
  return until && milliseconds_of(*until) - milliseconds_of(now) >= kFarConditionMs;
}

bool is_far_ms(std::uint64_t milliseconds) {
  const auto value = static_cast<std::int32_t>(milliseconds);
  return value < 0 || value >= kFarMs;
}

// What waits for others, with its time limit.
bool waits_for_others(int pid, const Call& call) {
  const auto& a = call.arguments;
  switch (call.number) {
    case SYS_read:
    case SYS_readv:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_write:
    case SYS_writev:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_accept:
    case SYS_accept4:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_pause:
    case SYS_rt_sigsuspend:
      return true;
    case SYS_restart_syscall:  // what it was in when it was stopped, at rest
      return true;
    case SYS_futex:
      return is_far_futex(pid, a[1], a[3]);
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
      return is_far_ms(a[3]);
    case SYS_poll:
      return is_far_ms(a[2]);
    case SYS_ppoll:
    case SYS_rt_sigtimedwait:
      return is_far(pid, a[2]);
    case SYS_epoll_pwait2:
      return is_far(pid, a[3]);
    case SYS_pselect6:
      return is_far(pid, a[4]);
    case SYS_nanosleep:
      return is_far(pid, a[0]);
    case SYS_clock_nanosleep:
      return a[1] == 0 && is_far(pid, a[2]);
    default:
      return false;
  }
}

void wait_a_moment() {
  const timespec moment{0, kMomentNs};
  ::nanosleep(&moment, nullptr);
}

}  // namespace

bool Helper::look(int pid, Switches& seen) {
  processes_.insert(pid);
  for (const int thread : threads_of(pid)) {
    const std::string folder = tasks_of(pid) + std::to_string(thread);
    Call call;
    std::uint64_t switches;
    const char state = read_status(folder, switches);
    if (state == 'Z' || state == 'X') continue;  // a thread that ended, or a child that nobody has waited for
    if (state != 'S' || !read_call(folder, call) || !waits_for_others(pid, call)) return false;
    if (seen.size() == kThreadsMax) return false;
    seen[thread] = switches;
    std::ifstream children(folder + "/children");
    for (int child; children >> child;)
      if (!look(child, seen)) return false;
  }
  return true;
}

bool Helper::is_at_rest() {
  Switches seen;
  processes_.clear();
  const bool all_wait = look(pid_, seen);
  // Equal to the last look: nothing went on in between.
  const bool same = all_wait && !seen.empty() && seen == last_;
  last_ = all_wait ? std::move(seen) : Switches();
  return same;
}

void Helper::send(int signal) const {
  for (const int pid : processes_) ::kill(pid, signal);
}

void Helper::go_on() {
  last_.clear();
  send(SIGCONT);
}

void Helper::stop() {
  send(SIGSTOP);
  for (int moments = 0; !all_stopped() && moments < kStopMoments; ++moments) wait_a_moment();
}

bool Helper::all_stopped() const {
  for (const int pid : processes_) {
    for (const int thread : threads_of(pid)) {
      std::uint64_t switches;
      const char state = read_status(tasks_of(pid) + std::to_string(thread), switches);
      if (state != 'T' && state != 'Z' && state != 'X') return false;
    }
  }
  return true;
}

bool Helper::has_moved_octets() {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/io");
  std::uint64_t octets = 0, value;
  for (std::string name; file >> name >> value;)
    if (name == "rchar:" || name == "wchar:") octets += value;
  const bool moved = octets != octets_;
  octets_ = octets;
  return moved;
}

}  // namespace ringback::shim
