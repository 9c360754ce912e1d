#include "host/processes.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

namespace ringback::shim {

namespace {

constexpr int kWatchdogSignal = 63;
constexpr std::int64_t kGlanceNs = 50'000'000;   // how often a process that has the turn is looked at
constexpr std::int64_t kRestGlanceNs = 200'000;  // the same, of a helper

std::int64_t real_ms() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

long futex(std::uint32_t* word, int operation, std::uint32_t value, const timespec* timeout) {
  return ::syscall(SYS_futex, word, operation, value, timeout, nullptr, 0);
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

void add(ShimCounters& to, const ShimCounters& from) {
  to.clock_reads += from.clock_reads;
  to.hops += from.hops;
  to.switches += from.switches;
  to.random_draws += from.random_draws;
  to.time_stamp_reads += from.time_stamp_reads;
  to.trapped_calls += from.trapped_calls;
  to.charged_spins += from.charged_spins;
  to.threads += from.threads;
  to.calls += from.calls;
  to.cpu_ns += from.cpu_ns;
}

}  // namespace

Processes::Processes(Block& block, Network& network, std::int64_t hang_after_ms, int trace_file)
    : block_(block), network_(network), hang_after_ms_(hang_after_ms), trace_file_(trace_file) {}

Processes::~Processes() {
  std::vector<Occurrence> ignored;
  kill_all(ignored);
}

void Processes::begin(int real_pid) {
  ShimPage& first = page(0);
  first.real_pid = real_pid;
  see_new_pages();
}

// Whoever makes a page takes a pid.
void Processes::see_new_pages() {
  if (next_pid_ == block_.run().next_pid) return;
  next_pid_ = block_.run().next_pid;
  for (int at = 0; at < SHIM_PROCESSES_MAX; ++at) {
    if (page(at).state != SHIM_PAGE_LIVE || is_alive(at)) continue;
    if (page(at).real_pid == 0) {
      next_pid_ = 0;  // it comes to be; look again
      continue;
    }
    known_[at].handle = File(static_cast<int>(::syscall(SYS_pidfd_open, page(at).real_pid, 0)));
    if (!known_[at].handle) fail_by_errno("a process of the run");
    known_[at].pid = page(at).pid;
    known_[at].needs_turn = true;
    living_.insert(std::upper_bound(living_.begin(), living_.end(), at), at);
    ++count_;
    if (first_pid_ == 0) first_pid_ = page(at).pid;
  }
}

// --- the turn ---

// The first behind the current one, else the first of all.
int Processes::next_in_need() const {
  int first = -1;
  for (const int at : living_) {
    if (!known_[at].needs_turn) continue;
    if (at > current_) return at;
    if (first < 0) first = at;
  }
  return first;
}

// A helper knows nothing of time and network.
void Processes::give_everyone_a_turn() {
  for (const int at : living_)
    if (!page(at).foreign) known_[at].needs_turn = true;
}

void Processes::give_turn(int at, std::int64_t now_ns, std::int64_t next_event_ns) {
  ShimPage& to = page(at);
  to.now_ns = static_cast<std::uint64_t>(now_ns);
  // Alone it may let its timers fire by itself; with others it must not run ahead of them.
  to.next_event_ns = static_cast<std::uint64_t>(living_.size() == 1 ? next_event_ns : now_ns);
  to.progress = 0;
  known_[at].needs_turn = false;
  ++round_trips_;
  __atomic_store_n(&to.turn, SHIM_TURN_PROCESS, __ATOMIC_RELEASE);
  futex(&to.turn, FUTEX_WAKE, 1, nullptr);
}

bool Processes::has_died(int at) const {
  pollfd entry{known_[at].handle.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

Processes::Returned Processes::wait_for_turn(int at) {
  ShimPage& of = page(at);
  std::uint64_t alive_count = 0;
  std::int64_t since = 0;
  for (;;) {
    if (__atomic_load_n(&of.turn, __ATOMIC_ACQUIRE) == SHIM_TURN_SIMULATOR) return Returned::turn;
    if (__atomic_load_n(&of.foreign, __ATOMIC_ACQUIRE)) return wait_for_rest(at);
    const timespec glance{0, kGlanceNs};
    if (futex(&of.turn, FUTEX_WAIT, SHIM_TURN_PROCESS, &glance) == 0 || errno != ETIMEDOUT) continue;
    if (has_died(at)) return Returned::died;
    const std::uint64_t count = __atomic_load_n(&of.alive, __ATOMIC_RELAXED);
    if (since == 0 || count != alive_count) {
      since = real_ms();
      alive_count = count;
    } else if (real_ms() - since > hang_after_ms_) {
      return Returned::hung;
    }
  }
}

// A helper: it keeps the turn as far as it knows. What it may take is counted in glances, which are rarer on a machine
// that is busy.
Processes::Returned Processes::wait_for_rest(int at) {
  ShimPage& of = page(at);
  std::optional<Helper>& helper = known_[at].helper;
  if (!helper) helper.emplace(of.real_pid);
  for (int signal = 1; signal <= 64; ++signal)
    if (signal != SIGCHLD && signal != SIGSTOP && (of.signals >> (signal - 1) & 1)) ::kill(of.real_pid, signal);
  of.signals = 0;
  helper->go_on();
  for (std::int64_t left_ns = hang_after_ms_ * 1'000'000; !has_died(at); left_ns -= kRestGlanceNs) {
    if (!__atomic_load_n(&of.foreign, __ATOMIC_ACQUIRE)) return wait_for_turn(at);  // the program could not be started
    if (left_ns <= 0) return Returned::hung;
    if (helper->is_at_rest()) {
      helper->stop();
      of.op = SHIM_OP_IDLE;
      of.idle_until_ns = SHIM_NEVER;
      of.progress = 1;
      return Returned::turn;
    }
    const timespec moment{0, kRestGlanceNs};
    ::nanosleep(&moment, nullptr);
  }
  return Returned::died;
}

void Processes::run_until_idle(std::int64_t& now_ns, std::int64_t next_event_ns, bool everyone,
                               std::vector<Occurrence>& out) {
  for (const int at : living_) {
    if (page(at).foreign && page(at).signals == 0) continue;
    if (everyone || page(at).signals != 0 || page(at).idle_until_ns <= static_cast<std::uint64_t>(now_ns))
      known_[at].needs_turn = true;
  }
  for (int at; (at = next_in_need()) >= 0;) {
    current_ = at;
    // What occurred must be told before time goes on.
    give_turn(at, now_ns, out.empty() ? next_event_ns : now_ns);
    const Returned returned = wait_for_turn(at);
    if (returned == Returned::hung) return hang(at, out);
    now_ns = std::max(now_ns, static_cast<std::int64_t>(page(at).now_ns));
    write_trace(page(at));
    if (returned == Returned::died || page(at).op == SHIM_OP_EXIT) {
      bury(at, out);
    } else {
      network_.collect(page(at), out);
      take_turn_back(at, out);
    }
    bury_the_killed(out);
    see_new_pages();
    if (network_.take_delivered()) give_everyone_a_turn();
  }
}

void Processes::take_turn_back(int at, std::vector<Occurrence>& out) {
  (void)out;
  ShimPage& from = page(at);
  schedule_hash_ = mixed(mixed(schedule_hash_, static_cast<std::uint64_t>(from.pid)), from.schedule_hash);
  openssl_hooked_ = openssl_hooked_ || from.openssl_hooked;
  if (from.op == SHIM_OP_FLUSH) known_[at].needs_turn = true;
  // What it did may be what others wait for.
  const bool reaches_helpers = from.foreign ? known_[at].helper->has_moved_octets() : from.spoke != 0;
  from.spoke = 0;
  for (const int other : living_) {
    if (other == at) continue;
    if (page(other).foreign ? reaches_helpers || page(other).signals != 0 : from.progress != 0)
      known_[other].needs_turn = true;
  }
}

std::uint64_t Processes::earliest_deadline() const {
  std::uint64_t earliest = SHIM_NEVER;
  for (const int at : living_) earliest = std::min(earliest, page(at).idle_until_ns);
  return earliest;
}

// --- the end of a process ---

// A process that says that it ends still holds its connections for a moment: only the kernel knows when it has let them
// go.
void Processes::await_death(int at) {
  pollfd entry{known_[at].handle.get(), POLLIN, 0};
  while (::poll(&entry, 1, -1) < 0 && errno == EINTR) {
  }
}

void Processes::bury(int at, std::vector<Occurrence>& out) {
  ShimPage& dead = page(at);
  await_death(at);
  dead.outward = SHIM_OUT_ANY | SHIM_OUT_DATAGRAM;
  network_.collect(dead, out);
  const bool first = dead.pid == first_pid_;
  const bool said = dead.op == SHIM_OP_EXIT && !dead.killed;
  int status = said ? dead.status : -1, signal = said ? dead.end_signal : dead.killed ? SIGKILL : 0;
  if (signal != 0) status = 0;
  int wait_status;
  if (first && ::waitpid(dead.real_pid, &wait_status, 0) == dead.real_pid) {
    status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;
    signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
  }
  dead.status = status;
  dead.end_signal = signal;
  schedule_hash_ = mixed(mixed(schedule_hash_, static_cast<std::uint64_t>(dead.pid)), dead.schedule_hash);
  add(of_the_dead_, dead.counters);
  openssl_hooked_ = openssl_hooked_ || dead.openssl_hooked;
  out.push_back(Exit{.pid = dead.pid, .status = status, .signal = signal, .first = first});
  known_[at] = Known{};
  std::erase(living_, at);
  bool has_parent = false;
  for (int other = 0; other < SHIM_PROCESSES_MAX; ++other) {
    ShimPage& its = page(other);
    if (other == at || its.state == SHIM_PAGE_FREE) continue;
    if (its.pid == dead.parent_pid && its.state == SHIM_PAGE_LIVE) {
      has_parent = true;
      its.signals |= std::uint64_t{1} << (SIGCHLD - 1);
      its.signal_sender[SIGCHLD - 1] = static_cast<std::uint64_t>(dead.pid);
    }
    if (its.parent_pid != dead.pid) continue;
    its.parent_pid = 1;
    if (its.state == SHIM_PAGE_ZOMBIE) its.state = SHIM_PAGE_FREE;
  }
  dead.state = has_parent ? SHIM_PAGE_ZOMBIE : SHIM_PAGE_FREE;
  for (const int other : living_) known_[other].needs_turn = true;  // a helper too: ends of pipes were closed
}

void Processes::bury_the_killed(std::vector<Occurrence>& out) {
  for (std::size_t i = 0; i < living_.size();) {
    const int at = living_[i];
    if (page(at).killed) {
      bury(at, out);  // it is in the list no more
    } else {
      ++i;
    }
  }
}

void Processes::kill_all(std::vector<Occurrence>& out) {
  for (int at = 0; at < SHIM_PROCESSES_MAX; ++at) {
    if (page(at).state != SHIM_PAGE_LIVE || page(at).real_pid == 0) continue;
    if (known_[at].helper) known_[at].helper->send(SIGKILL);
    if (is_alive(at)) ::syscall(SYS_pidfd_send_signal, known_[at].handle.get(), SIGKILL, nullptr, 0);
    page(at).killed = 1;
  }
  bury_the_killed(out);
}

void Processes::hang(int at, std::vector<Occurrence>& out) {
  ShimPage& of = page(at);
  network_.collect(of, out);  // such as that it is a program which cannot be followed
  if (of.foreign) {
    out.push_back(Hang{.stack = "in a program that is linked statically, which did not come to rest"});
    return kill_all(out);
  }
  ::syscall(SYS_tgkill, of.real_pid, of.real_tid, kWatchdogSignal);
  for (int glances = 0; glances < 40 && !__atomic_load_n(&of.stack_ready, __ATOMIC_ACQUIRE); ++glances) {
    const timespec glance{0, kGlanceNs};
    futex(&of.stack_ready, FUTEX_WAIT, 0, &glance);
  }
  Hang found;
  if (__atomic_load_n(&of.stack_ready, __ATOMIC_ACQUIRE)) {
    of.stack[SHIM_TEXT_MAX - 1] = 0;
    found.stack = of.stack;
  }
  out.push_back(std::move(found));
  kill_all(out);
}

void Processes::signal(int signal, std::int32_t pid) {
  for (int at = 0; at < SHIM_PROCESSES_MAX; ++at) {
    if (!is_alive(at) || known_[at].pid != (pid ? pid : first_pid_)) continue;
    known_[at].needs_turn = true;
    if (signal == SIGKILL) {
      ::syscall(SYS_pidfd_send_signal, known_[at].handle.get(), SIGKILL, nullptr, 0);
      page(at).killed = 1;
    } else {
      page(at).signals |= std::uint64_t{1} << (signal - 1);
      page(at).signal_sender[signal - 1] = 0;
    }
  }
}

ShimCounters Processes::counters() const {
  ShimCounters sum = of_the_dead_;
  for (const int at : living_) add(sum, page(at).counters);
  return sum;
}

void Processes::write_trace(ShimPage& from) {
  if (from.text_size == 0) return;
  if (trace_file_ >= 0) (void)!::write(trace_file_, from.text, from.text_size);
  from.text_size = 0;
}

}  // namespace ringback::shim
