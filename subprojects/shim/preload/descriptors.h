// What we know of each file descriptor of this process. Found out at the first use; forgotten at close.
#pragma once

#include "preload/state.h"

enum { DESCRIPTORS_MAX = 65536 };

enum DescriptorKind {
  FD_UNKNOWN,
  FD_PLAIN,    // never waits: files, folders, devices
  FD_RANDOM,   // /dev/urandom and /dev/random
  FD_WAITING,  // a pipe, a local socket, an eventfd: may make its reader or writer wait
  FD_TIMER,    // a timerfd: an eventfd underneath
  FD_SIGNAL,   // a signalfd: an eventfd underneath
  FD_ROUTES,   // asks for interfaces and routes: a local socket that its answers are sent to
  FD_STREAM,   // stands for a TCP socket: a local one underneath
  FD_LISTENER,
  FD_DATAGRAM,  // stands for a UDP socket
};

struct Endpoint {
  u8 family;  // 4 or 6; 0: none
  u8 address[16];
  u16 port;
};

struct Descriptor {
  u8 kind;
  u8 family;                                // of a stand-in: 4 or 6
  u8 non_blocking;                          // 0: not known, 1: it waits, 2: it does not
  bool between;                             // a pipe or a local socket: another process may be at its end
  bool made_up;                             // a file with a text of ours: of /proc or /sys
  bool written;                             // a file: its times are set at the close
  bool local_peer;                          // a stream between two processes of the run
  bool write_ended;                         // a stream: a write meets a broken pipe
  bool follows_peer;                        // a datagram socket: connect chose its local address
  bool six_alone, shares_port;              // IPV6_V6ONLY, SO_REUSEPORT
  u32 id;                                   // connection or datagram socket
  int timer;                                // or signal file: its index
  u64 receive_timeout_ns, send_timeout_ns;  // 0: none
  struct Endpoint local, peer;
};

struct Descriptor* descriptor(int fd);      // classified; never null
struct Descriptor* raw_descriptor(int fd);  // as it stands, unclassified
void forget_descriptor(int fd);
void copy_descriptor(int from, int to);
bool is_blocking(int fd);  // O_NONBLOCK is not set
static inline bool is_stand_in(const struct Descriptor* d) { return d->kind >= FD_STREAM; }
// A connection of a stand-in that came over execve or a Unix socket: its name tells which.
void recognise_socket(int fd, struct Descriptor* d);

long call_close(const long* a);
long call_close_range(const long* a);
long call_dup(const long* a);
long call_dup2(const long* a);
long call_dup3(const long* a);
long call_fcntl(const long* a);
long call_ioctl(const long* a);
