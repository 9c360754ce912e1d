// One run of an unmodified program in virtual time: the program, its children, their clocks and their network.
//
// The preloaded library serves every system call of the program that could see the real world. One thread of the whole
// run goes at a time; when none can go on, `resume` returns. Between two calls of `resume` nothing in the program
// moves, so whatever is done here (bytes written, a connect accepted, a signal sent) happens at one exact virtual time.
//
//   Session session({.command = {"node", "agent.mjs"}, .seed = 7});
//   for (Turn turn = session.resume(0, kNever); !turn.exited; turn = session.resume(next, after_next))
//     for (const Occurrence& occurrence : turn.occurrences) ...   // accept, answer, write
//
// Times are nanoseconds since the start of the run. Nothing that the program does reaches the network: every connection
// ends here, every name is answered here, and what nobody accepts stays unconnected.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringback::shim {

// A refusing operating system or a command that cannot be started; `what()` is one line.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::int64_t kNever = INT64_MAX;

enum class AddressSpace {
  fixed,       // no randomisation; where the kernel refuses that: as `randomised`, and Facts says so
  randomised,  // the machine's own habit: programs whose behaviour hangs on addresses differ from run to run
};

// For the tests that show that the comparison of two runs is not an empty one: each lets one kind of leak in.
struct Leaks {
  bool entropy = false;     // random bytes come from the kernel
  bool openssl = false;     // OpenSSL keeps its own generator, which mixes addresses and the time-stamp counter
  bool time_stamp = false;  // RDTSC reads the machine's counter
  bool clock = false;       // clocks tell the machine's time; waits still end on the virtual one
  bool threads = false;     // a new thread goes at once, beside the others, until its first system call
};

// What work costs in virtual time; without it, it costs none.
struct Cost {
  std::uint64_t call_ns = 0;      // a system call
  std::uint64_t kilobyte_ns = 0;  // 1,000 octets that a read or write carried
};

struct Launch {
  std::vector<std::string> command;                              // looked up in PATH like a shell would; not empty
  std::vector<std::pair<std::string, std::string>> environment;  // all of it; what the shim needs is added unseen
  std::string working_directory;                                 // "": the caller's
  std::uint64_t seed = 0;                                        // of every random byte that the program gets
  std::int64_t epoch_ns = 1'767'225'600'000'000'000;             // CLOCK_REALTIME at the start: 2026-01-01 00:00 UTC
  AddressSpace address_space = AddressSpace::fixed;
  bool look_ahead = true;  // timers of the program may fire without a return to us, where that changes nothing
  std::int64_t hang_after_ms = 60'000;  // real time that a thread may go without a system call, a clock read or a wait
  std::string certificates;             // read wherever the program opens a bundle of certificates; "": what is there
  std::string library;                  // libringback-shim.so; "": beside this program, then the installed one
  std::string output_file;              // standard output and error, appended; "": kept in memory, see Session::output
  std::string trace_file;     // one line for each thing that happens inside the shim, for finding leaks; "": none
  bool split_output = false;  // standard error is kept apart, see Session::error_output
  bool measure = false;       // see Counters::cpu_ns
  Leaks leaks;
  Cost cost;
};

// A connection, a name lookup or a datagram socket of the program. Never used twice in a run.
using Id = std::uint32_t;

// The program called connect() on a TCP socket. It waits until accept, refuse, or its own time limit.
struct Connect {
  Id id;
  std::string host;     // the name that was looked up for this address, or else the address
  std::string address;  // as text, "10.99.0.1" or "fd99::1"
  std::uint16_t port;
  std::int32_t pid;  // as the program sees it
};
// It listens on a TCP port; `dial` reaches it from now on.
struct Listen {
  std::uint16_t port;
  std::int32_t pid;
};
// It called accept() on what `dial` began.
struct Accepted {
  Id id;
};
struct Data {
  Id id;
  std::string octets;
};
// It will send no more on this connection (shutdown); it may still read.
struct EndOfStream {
  Id id;
};
// It closed the connection or ended. Nothing more comes for this id, and nothing can be written.
struct Closed {
  Id id;
};
// It looks a name up (getaddrinfo, or a DNS question on UDP port 53) and waits for `answer` or `answer_failure`.
struct Resolve {
  Id id;
  std::string name;
  bool over_udp;
};
// It sent a datagram elsewhere than to port 53.
struct Datagram {
  Id id;
  std::string host;
  std::string address;
  std::uint16_t port;
  std::string octets;
};
// A process of the run ended: `signal` is 0, or what ended it and then `status` is 0. -1: not known (not our child and
// it did not say).
struct Exit {
  std::int32_t pid;
  int status;
  int signal;
  bool first;  // the process that was launched
};
// The run can no longer be called deterministic; `what` names the cause in one line. Said once for each cause.
struct Taint {
  std::string what;
};
// A process of the run goes on as a program that the library cannot be loaded into, but of which it is known that it
// only answers what it is asked (any other is a Taint). It has no network and sees the real clock; what it does takes
// no virtual time. It goes in turn with the others, until it is at rest.
struct HelperStarted {
  std::string what;  // "PROGRAM cannot be followed: WHY"
};
// A thread ran for Launch::hang_after_ms of real time without a call that the shim sees: it spins on memory. The run is
// over: every process of it is dead.
struct Hang {
  std::string stack;  // one frame a line, innermost first
};

using Occurrence = std::variant<Connect, Listen, Accepted, Data, EndOfStream, Closed, Resolve, Datagram, Exit, Taint,
                                HelperStarted, Hang>;

struct Turn {
  std::int64_t now_ns = 0;                  // when all of `occurrences` happened, and when the program fell idle
  std::optional<std::int64_t> deadline_ns;  // its earliest timer; none: it waits for us alone
  bool exited = false;                      // no process of the run is left
  std::vector<Occurrence> occurrences;      // in the order in which they happened; of one step: by id
};

struct Counters {
  std::uint64_t clock_reads = 0;
  std::uint64_t hops_inside = 0;  // times at which the clock moved without us
  std::uint64_t round_trips = 0;  // times that a process was handed the run
  std::uint64_t switches = 0;     // from thread to thread
  std::uint64_t random_draws = 0;
  std::uint64_t time_stamp_reads = 0;  // RDTSC, trapped
  std::uint64_t trapped_calls = 0;     // system calls that did not come through an exported function of libc
  std::uint64_t charged_spins = 0;     // times that a spin on the clock or on empty polls was charged virtual time
  std::uint64_t threads = 0;
  std::uint64_t calls = 0;   // system calls, trapped and not; clock reads are none. Counted with Launch::measure
  std::uint64_t cpu_ns = 0;  // that serving them took, in the library and in the kernel below it. Changes no run
  std::uint64_t processes = 0;
  std::uint64_t schedule_hash = 0;  // over every switch, every move of the clock and every random draw
};

// What the environment granted.
struct Facts {
  bool address_space_fixed = false;
  bool openssl_hooked = false;  // in some process
  std::string library;
};

enum class ConnectFailure { refused, timed_out, host_unreachable, network_unreachable };
enum class NameFailure { not_found, try_again, no_address };

// Throws Error where the library cannot be loaded into this program: it is linked statically, or for another machine or
// libc. A script can be.
void check_takes_library(const std::string& program);

// Not copied and not moved; destroying it kills every process of the run. Throws Error where the system refuses.
class Session final {
 public:
  explicit Session(const Launch& launch);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Lets the program run from `now_ns` until none of its threads can go on before `next_event_ns`, or until something
  // occurred. `now_ns` is not before the last Turn's, and not after its deadline plus the timer slack unless the
  // program is to be late (a pause). Its own timers before `next_event_ns` fire inside this call. After `exited` it
  // returns at once.
  Turn resume(std::int64_t now_ns, std::int64_t next_event_ns);

  // --- connections; calls for an id that is closed do nothing ---
  void accept(Id id);
  void refuse(Id id, ConnectFailure failure = ConnectFailure::refused);
  void write(Id id, std::string_view octets);  // kept here while the program's buffer is full
  // Octets of `write` that the program's socket has not taken yet.
  std::size_t unsent(Id id) const;
  void finish(Id id);  // we send no more: the program reads an end after what was written
  void close(Id id);   // both directions
  void reset(Id id);   // the program gets ECONNRESET; what it has not read yet is lost
  // While reading is off nothing is taken from the connection: once its buffers are full the program's writes wait.
  void set_reading(Id id, bool on);
  // A connection to a port that the program listens on, as from `from_address`. Accepted follows when it accepts;
  // octets may be written before. No id when nobody listens there.
  std::optional<Id> dial(std::uint16_t port, std::string_view from_address = "127.0.0.1", std::uint16_t from_port = 0);

  // --- names and datagrams ---
  // The address stands for the name from now on: a Connect to it has the name as its host.
  void answer(Id id);                                      // an address that we invent, always the same for one name
  void answer(Id id, std::vector<std::string> addresses);  // IPv4 or IPv6, as text
  void answer_failure(Id id, NameFailure failure);
  void send_datagram(Id id, std::string_view from_address, std::uint16_t from_port, std::string_view octets);

  // --- processes and clocks; between two calls of resume ---
  void signal(int signal, std::int32_t pid = 0);  // delivered at the next resume; 0: the first process
  void kill();                                    // every process, at once; the next Turn has their Exit
  void step_realtime(std::int64_t by_ns);         // CLOCK_REALTIME jumps; CLOCK_MONOTONIC does not
  // From here on work costs so many times as much. `denominator` is not 0.
  void set_cost_factor(std::uint32_t numerator, std::uint32_t denominator);

  // Standard output (and error, unless split) so far. Empty with Launch::output_file.
  std::string output() const;
  std::string error_output() const;
  // The real place of the folder that the program knows as /tmp/ringback (its TMPDIR): fresh, removed at the end.
  const std::string& temporary_folder() const;

  Counters counters() const;
  const Facts& facts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ringback::shim
