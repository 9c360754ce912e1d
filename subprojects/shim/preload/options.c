#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>

#include "preload/sockets.h"

enum { BUFFER_OCTETS = 1 << 20 };

static u64 timeout_of(const struct timeval* time) { return (u64)time->tv_sec * NS_PER_S + (u64)time->tv_usec * 1000; }

long call_setsockopt(const long* a) {
  struct Descriptor* d = descriptor((int)a[0]);
  bool of_socket = a[1] == SOL_SOCKET;
  if (of_socket && (a[2] == SO_RCVTIMEO || a[2] == SO_SNDTIMEO)) {
    if (a[4] < (long)sizeof(struct timeval)) return -EINVAL;
    u64 timeout = timeout_of((const struct timeval*)a[3]);
    *(a[2] == SO_RCVTIMEO ? &d->receive_timeout_ns : &d->send_timeout_ns) = timeout;
    return 0;
  }
  if (is_stand_in(d) && a[1] == IPPROTO_IPV6 && a[2] == IPV6_V6ONLY) d->six_alone = *(const int*)a[3] != 0;
  if (is_stand_in(d) && of_socket && a[2] == SO_REUSEPORT) d->shares_port = *(const int*)a[3] != 0;
  // Buffers keep their size: the wait for room is part of the schedule.
  if (is_stand_in(d) || d->kind == FD_ROUTES) return 0;
  return KERNEL5(SYS_setsockopt, a[0], a[1], a[2], a[3], a[4]);
}

static long give_option(const long* a, const void* value, socklen_t size) {
  socklen_t* room = (socklen_t*)a[4];
  if (*room > size) *room = size;
  memcpy((void*)a[3], value, *room);
  return 0;
}

static long give_number(const long* a, int value) { return give_option(a, &value, sizeof value); }

static long option_of_stand_in(const long* a, struct Descriptor* d) {
  if (a[1] != SOL_SOCKET) {
    if (a[1] == IPPROTO_TCP && a[2] == TCP_MAXSEG) return give_number(a, 1460);
    if (a[1] == IPPROTO_TCP && a[2] == TCP_INFO) return -ENOPROTOOPT;
    if (a[1] == IPPROTO_IPV6 && a[2] == IPV6_V6ONLY) return give_number(a, d->six_alone);
    return give_number(a, 0);
  }
  switch (a[2]) {
    case SO_ERROR: {
      long error = d->kind == FD_STREAM ? take_connection_error(d, 0) : 0;
      return give_number(a, (int)-error);
    }
    case SO_TYPE:
      return give_number(a, d->kind == FD_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM);
    case SO_DOMAIN:
      return give_number(a, d->family == 6 ? AF_INET6 : AF_INET);
    case SO_PROTOCOL:
      return give_number(a, d->kind == FD_DATAGRAM ? IPPROTO_UDP : IPPROTO_TCP);
    case SO_ACCEPTCONN:
      return give_number(a, d->kind == FD_LISTENER);
    case SO_SNDBUF:
    case SO_RCVBUF:
      return give_number(a, BUFFER_OCTETS);
    case SO_REUSEPORT:
      return give_number(a, d->shares_port);
    case SO_PEERCRED:
      return -ENOPROTOOPT;
    default:
      return give_number(a, 0);
  }
}

long call_getsockopt(const long* a) {
  struct Descriptor* d = descriptor((int)a[0]);
  if (a[1] == SOL_SOCKET && (a[2] == SO_RCVTIMEO || a[2] == SO_SNDTIMEO)) {
    u64 ns = a[2] == SO_RCVTIMEO ? d->receive_timeout_ns : d->send_timeout_ns;
    struct timeval time = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S / 1000)};
    return give_option(a, &time, sizeof time);
  }
  if (is_stand_in(d)) return option_of_stand_in(a, d);
  return KERNEL5(SYS_getsockopt, a[0], a[1], a[2], a[3], a[4]);
}
