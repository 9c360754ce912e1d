// What the preloaded library and the simulator share: one block of memory, a page for each process of the run.
//
// Whoever holds a page's `turn` owns the page and, for the run page, the whole block: at any time one thread of one
// process goes, or the simulator does. A process gives the turn back with an `op`, having written until when it can
// wait; the simulator gives it with `now_ns` and `next_event_ns` set. Octets travel on AF_UNIX sockets, not here.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Both halves come from one build; the version catches a library of another one.
#define SHIM_MAGIC UINT64_C(0x314d494853464252)
#define SHIM_VERSION 3u

enum {
  SHIM_PROCESSES_MAX = 64,  // alive at one time
  SHIM_MESSAGES_MAX = 32,   // when they are full the process hands the turn over, so none is lost
  SHIM_LOOKUPS_MAX = 32,    // names that the threads of one process wait for at one time
  SHIM_LOOKUP_ADDRESSES_MAX = 8,
  SHIM_NAME_MAX = 256,
  SHIM_BORROWED_OCTETS = 768,
  SHIM_TEXT_MAX = 8192,             // a stack, or lines for the trace
  SHIM_CONNECTIONS_MAX = 1 << 16,   // open at one time
  SHIM_PORTS_MAX = 256,             // of UDP, bound at one time
  SHIM_FILES_MAX = 4096,            // made by the run and looked at
  SHIM_FIRST_FILE = 1000000,        // their inode numbers
  SHIM_TIMER_SLACK_NS = 50000,      // a sleep or a wait ends this much after its time, as under Linux
  SHIM_FIRST_SPIN_READS = 1000000,  // clock reads without a wait after which a program spins
  SHIM_SPIN_READS = 20000,          // the same for a program that has spun before
  SHIM_TIME_STAMP_READS = 8,        // for so many a time stamp counts: each is a trap
  SHIM_FIRST_SPIN_POLLS = 10000,    // empty polls without a wait after which a program spins
  SHIM_SPIN_POLLS = 200,            // the same for a program that has spun on polls before
  SHIM_SPIN_CHARGE_NS = 50000,      // what that costs: for 64 reads, or for a poll
  SHIM_FIRST_PID = 4200000,         // above every pid that Linux gives, so that the two are never confused
};
#define SHIM_NEVER UINT64_MAX
// What the program knows its temporary folder by.
#define SHIM_TEMPORARY_FOLDER "/tmp/ringback"
#define SHIM_SHARED_SUFFIX ".shm"  // behind the temporary folder's real name: what the program knows by /dev/shm
#define SHIM_HOST_NAME "ringback"

enum ShimTurn { SHIM_TURN_PROCESS = 0, SHIM_TURN_SIMULATOR = 1 };

enum ShimOp {
  SHIM_OP_IDLE = 1,   // nothing can go on before idle_until_ns
  SHIM_OP_FLUSH = 2,  // take the messages and give the turn back
  SHIM_OP_EXIT = 3,   // the process ends now, with `status` or `end_signal`
};

enum ShimPageState {
  SHIM_PAGE_FREE = 0,
  SHIM_PAGE_LIVE = 1,
  SHIM_PAGE_ZOMBIE = 2,  // ended; its parent has not waited for it
};

enum ShimFlag {
  SHIM_LOOK_AHEAD = 1u << 0,
  SHIM_LEAK_ENTROPY = 1u << 1,
  SHIM_LEAK_OPENSSL = 1u << 2,
  SHIM_LEAK_TIME_STAMP = 1u << 3,
  SHIM_TRACE = 1u << 4,
  SHIM_LEAK_CLOCK = 1u << 5,
  SHIM_LEAK_THREADS = 1u << 6,
  SHIM_MEASURE = 1u << 7,
};

// What ShimPage::outward says is there.
enum ShimOutward { SHIM_OUT_ANY = 1, SHIM_OUT_DATAGRAM = 2 };

enum ShimMessageType {
  SHIM_CONNECT = 1,
  SHIM_LISTEN = 2,
  SHIM_ACCEPTED = 3,
  SHIM_RESOLVE = 4,
  SHIM_TAINT = 5,
  SHIM_HELPER = 6,
};

struct ShimMessage {
  uint32_t type;
  uint32_t id;
  uint16_t port;
  uint16_t lookup;  // RESOLVE: index into ShimPage::lookups
  uint32_t filler;  // CONNECT: octets in front of the stream that only keep the socket from being writable
  uint8_t family;   // 4 or 6
  uint8_t address[16];
  char name[SHIM_NAME_MAX];
};

enum ShimLookupState { SHIM_LOOKUP_FREE = 0, SHIM_LOOKUP_ASKED = 1, SHIM_LOOKUP_DONE = 2 };

struct ShimLookup {
  uint32_t state;
  uint32_t id;
  int32_t failure;  // an EAI_ constant, or 0
  uint32_t count;
  struct {
    uint8_t family;
    uint8_t octets[16];
  } addresses[SHIM_LOOKUP_ADDRESSES_MAX];
};

enum ShimConnectionState {
  SHIM_CONNECTION_NONE = 0,
  SHIM_CONNECTION_ASKED = 1,  // connect() was called, nobody has answered
  SHIM_CONNECTION_OPEN = 2,
  SHIM_CONNECTION_FAILED = 3,  // refused, or reset: `error` is read once
};

struct ShimConnection {
  uint32_t id;
  uint16_t state;
  uint16_t error;
};

struct ShimCounters {
  uint64_t clock_reads, hops, switches, random_draws, time_stamp_reads, trapped_calls, charged_spins, threads;
  uint64_t calls, cpu_ns;  // served, and what they took: with SHIM_MEASURE
};

// One process. `pid` is what the program sees.
struct ShimPage {
  uint32_t turn;  // futex
  uint32_t op;
  uint32_t state;
  int32_t pid, parent_pid;
  int32_t real_pid, real_tid;  // the kernel's; real_tid: the thread that runs
  int32_t status, end_signal;  // with SHIM_OP_EXIT
  uint32_t killed;             // by SIGKILL of another process: the kernel has been told
  uint32_t progress;           // something happened that another process may wait for
  uint32_t spoke;              // something happened to a pipe or a local socket, which a helper may wait for
  uint32_t outward;            // something may be there for the simulator: ShimOutward
  uint32_t attached;           // the library has begun in this process: an execve keeps the page and the turn
  uint32_t openssl_hooked;
  uint32_t released;  // a child of vfork: 1 it runs another program, 2 it ended before that
  uint32_t foreign;   // a helper: runs a program that the library cannot be loaded into
  uint32_t session_id, group_id;
  uint64_t now_ns, next_event_ns, idle_until_ns;
  uint64_t signals;  // pending for the process: bit n-1 for signal n
  uint64_t signal_sender[64];
  uint64_t signal_value[64];
  int32_t signal_code[64];  // 0: of a process, without a value
  uint64_t mask, ignored;   // across execve
  uint64_t random[4];
  uint64_t schedule_hash;
  uint64_t cpu_charged_ns;
  uint64_t cycles;  // that the time-stamp counter is ahead of the virtual time
  uint64_t alive;   // counts calls and clock reads: stands still in a spin on memory
  struct ShimCounters counters;
  uint32_t messages_count;
  uint32_t text_size;  // of trace lines
  struct ShimMessage messages[SHIM_MESSAGES_MAX];
  struct ShimLookup lookups[SHIM_LOOKUPS_MAX];
  char stack[SHIM_TEXT_MAX];            // answer to SIGUSR of the watchdog; ends in a zero
  char borrowed[SHIM_BORROWED_OCTETS];  // released 2: what it wrote into its parent's frame
  uint32_t stack_ready;                 // futex
  char text[SHIM_TEXT_MAX];
};

// A UDP port that a socket of the run is bound to.
struct ShimDatagramPort {
  uint16_t port;
  int32_t pid;
  uint32_t id;  // of the socket
};

struct ShimFile {
  uint64_t device, number;
};

// The whole block.
struct ShimRun {
  uint64_t magic;
  uint32_t version, size;
  uint32_t flags;
  int32_t simulator_pid;
  uint64_t seed;
  int64_t epoch_ns;            // CLOCK_REALTIME at 0
  uint64_t monotonic_base_ns;  // CLOCK_MONOTONIC at 0
  int64_t started_real_ns;     // files changed since then were changed by the run
  // What work costs (cost.h): for a system call, and for 1,000 octets read or written; both times the factor.
  uint64_t cost_call_ns, cost_kilobyte_ns;
  uint32_t cost_numerator, cost_denominator;
  char session[24];  // names our sockets: "\0rb.<session>."
  char library[1024];
  char temporary_folder[256];
  char certificates[256];  // the file that stands for every bundle of certificates; "": none does
  int32_t next_pid;
  uint32_t next_id;
  uint16_t next_port;
  uint32_t datagram_ports_count;
  struct ShimDatagramPort datagram_ports[SHIM_PORTS_MAX];
  uint32_t files_count;
  struct ShimFile files[SHIM_FILES_MAX];
  struct ShimConnection connections[SHIM_CONNECTIONS_MAX];  // at id % SHIM_CONNECTIONS_MAX
  struct ShimPage pages[SHIM_PROCESSES_MAX];
};

// Names of sockets in the abstract namespace, after the leading zero octet; S is ShimRun::session.
//   rb.S.sim       the simulator's listener for connections
//   rb.S.udp       the simulator's socket for datagrams
//   rb.S.c<id>     the program's end of a connection that it began
//   rb.S.h<id>     our end of one that we began
//   rb.S.l<port>   a TCP port that a socket of the program is bound to, and maybe listens on; of IPv4, or of both
//   rb.S.v<port>   the same, of IPv6 alone
//   rb.S.r<id>     one that shares its port with an earlier one (SO_REUSEPORT): the earlier one gets all connections
//   rb.S.d<id>     a datagram socket of the program
// In front of every datagram; address and port are of the other side than the socket `id`: from the program to us,
// where it goes; else where it comes from.
struct ShimDatagramHead {
  uint32_t id;
  uint16_t port;
  uint8_t family;
  uint8_t pad;
  uint8_t address[16];
};

// RINGBACK_SHIM=<pid>:<fd>:<page>, each ten digits wide: where the block is (/proc/<pid>/fd/<fd>) and which page is the
// process's. The library takes it and LD_PRELOAD out of the environment before the program sees it.
#define SHIM_VARIABLE "RINGBACK_SHIM"

#ifdef __cplusplus
}
#endif
