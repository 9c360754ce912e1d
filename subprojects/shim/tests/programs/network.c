#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

static const char* name_of_error(int error) { return error ? strerror(error) : "none"; }

static struct sockaddr_in address_of(const char* host, int port) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found = NULL;
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (getaddrinfo(host, NULL, &hints, &found) == 0) {
    memcpy(&address, found->ai_addr, sizeof address);
    freeaddrinfo(found);
  }
  address.sin_port = htons((uint16_t)port);
  return address;
}

static int connected(int port, int* error) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = address_of("service.example", port);
  *error = connect(fd, (struct sockaddr*)&address, sizeof address) ? errno : 0;
  return fd;
}

static void try_echo(void) {
  int error, fd = connected(7, &error);
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  getpeername(fd, (struct sockaddr*)&peer, &size);
  char text[64] = {0};
  send(fd, "hello", 5, 0);
  ssize_t got = recv(fd, text, sizeof text, 0);
  printf("echo %s %zd %s from port %d after %ld\n", name_of_error(error), got, text, ntohs(peer.sin_port),
         elapsed_ms());
  struct mmsghdr messages[2] = {0};
  struct iovec parts[2] = {{"ab", 2}, {"cd", 2}};
  for (int i = 0; i < 2; ++i) messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  int sent = sendmmsg(fd, messages, 2, 0);
  got = recv(fd, text, 4, MSG_WAITALL);
  printf("sendmmsg %d, %zd %.4s\n", sent, got, text);
  shutdown(fd, SHUT_WR);
  got = recv(fd, text, sizeof text, 0);
  printf("after shutdown %zd\n", got);
  close(fd);
}

static void try_failures(void) {
  int error, fd = connected(1, &error);
  printf("refused: %s\n", name_of_error(error));
  close(fd);
  fd = connected(82, &error);
  printf("accepted late: %s after %ld\n", name_of_error(error), elapsed_ms());
  close(fd);
  fd = connected(83, &error);
  char octet;
  send(fd, "x", 1, 0);
  ssize_t got = recv(fd, &octet, 1, 0);
  printf("reset: %zd %s\n", got, name_of_error(got < 0 ? errno : 0));
  got = send(fd, "x", 1, MSG_NOSIGNAL);
  printf("after the reset: %zd %s\n", got, name_of_error(got < 0 ? errno : 0));
  close(fd);
  fd = connected(84, &error);
  char text[16] = {0};
  got = recv(fd, text, sizeof text, 0);
  ssize_t end = recv(fd, text + 8, 8, 0);
  printf("closed: %zd %s then %zd\n", got, text, end);
  close(fd);
}

static void try_limits(void) {
  int error, fd = connected(9, &error);
  struct timeval limit = {3, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  char octet;
  ssize_t got = recv(fd, &octet, 1, 0);
  printf("receive limit: %zd %s after %ld\n", got, name_of_error(errno), elapsed_ms());
  static char much[1 << 22];
  got = send(fd, much, sizeof much, 0);
  printf("send limit: %s after %ld\n", got > 0 && got < (ssize_t)sizeof much ? "part" : "all or nothing", elapsed_ms());
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = address_of("hole.example", 81);
  int result = connect(fd, (struct sockaddr*)&address, sizeof address);
  error = errno;
  struct pollfd entry = {fd, POLLOUT, 0};
  int ready = poll(&entry, 1, 2000);
  printf("nobody answers: %d %s, poll %d after %ld\n", result, name_of_error(error), ready, elapsed_ms());
  close(fd);
}

static int broken_pipes;

static void on_broken_pipe(int signal) {
  (void)signal;
  ++broken_pipes;
}

static void tell_write(const char* what, ssize_t result) {
  const char* error = name_of_error(result < 0 ? errno : 0);
  printf("%s: %zd %s, signals %d\n", what, result, error, broken_pipes);
}

static ssize_t send_parts(int fd, int flags) {
  struct iovec parts[2] = {{"ab", 2}, {"c", 1}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  return sendmsg(fd, &message, flags);
}

// What writing meets once the other side has closed or reset, and after our own end of what we say.
int run_broken(void) {
  signal(SIGPIPE, on_broken_pipe);
  char text[8];
  for (int non_blocking = 0; non_blocking < 2; ++non_blocking) {
    int error, fd = connected(84, &error);
    if (non_blocking) fcntl(fd, F_SETFL, O_NONBLOCK);
    while (recv(fd, text, sizeof text, 0) > 0) continue;
    tell_write("closed", send_parts(fd, 0));
    tell_write("once more", send_parts(fd, MSG_NOSIGNAL));
    tell_write("and more", send(fd, "x", 1, 0));
    close(fd);
    fd = connected(83, &error);
    send(fd, "x", 1, 0);
    usleep(1000);
    if (non_blocking) fcntl(fd, F_SETFL, O_NONBLOCK);
    tell_write("reset", write(fd, "x", 1));
    tell_write("once more", send_parts(fd, MSG_NOSIGNAL));
    tell_write("and more", write(fd, "x", 1));
    close(fd);
    fd = connected(7, &error);
    if (non_blocking) fcntl(fd, F_SETFL, O_NONBLOCK);
    shutdown(fd, SHUT_WR);
    tell_write("shut down", write(fd, "x", 1));
    close(fd);
  }
  return 0;
}

int run_sockets(void) {
  try_echo();
  try_failures();
  try_limits();
  return 0;
}

int run_sixth(void) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(7)}, own;
  inet_pton(AF_INET6, "fd99::7", &address.sin6_addr);
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  int result = connect(fd, (struct sockaddr*)&address, sizeof address);
  socklen_t size = sizeof own;
  getsockname(fd, (struct sockaddr*)&own, &size);
  char text[8] = {0};
  send(fd, "six", 3, 0);
  recv(fd, text, sizeof text, 0);
  printf("%d %s family %d\n", result, text, own.sin6_family == AF_INET6);
  return 0;
}

int run_server(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)}, peer;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) || listen(listener, 5)) return 1;
  socklen_t size = sizeof peer;
  int fd = accept(listener, (struct sockaddr*)&peer, &size);
  char text[64] = {0}, from[32];
  ssize_t got = recv(fd, text, sizeof text, 0);
  printf("%s:%d says %zd %s after %ld\n", inet_ntop(AF_INET, &peer.sin_addr, from, sizeof from), ntohs(peer.sin_port),
         got, text, elapsed_ms());
  send(fd, "pong", 4, 0);
  close(fd);
  // And a client of its own.
  int own = socket(AF_INET, SOCK_STREAM, 0);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  int result = connect(own, (struct sockaddr*)&address, sizeof address);
  fd = accept(listener, NULL, NULL);
  send(own, "inside", 6, 0);
  memset(text, 0, sizeof text);
  recv(fd, text, sizeof text, 0);
  printf("own client %d %s\n", result, text);
  return 0;
}

// --- ports ---

static int bound_to(int family, int port, int option_level, int option) {
  int fd = socket(family, SOCK_STREAM, 0), one = 1;
  if (option) setsockopt(fd, option_level, option, &one, sizeof one);
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  int result =
      family == AF_INET ? bind(fd, (struct sockaddr*)&four, sizeof four) : bind(fd, (struct sockaddr*)&six, sizeof six);
  if (result == 0) return fd;
  close(fd);
  return -1;
}

static void say_to(int family, const char* host, int port, const char* text) {
  int fd = socket(family, SOCK_STREAM, 0);
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  inet_pton(family, host, family == AF_INET ? (void*)&four.sin_addr : (void*)&six.sin6_addr);
  if (family == AF_INET ? connect(fd, (struct sockaddr*)&four, sizeof four)
                        : connect(fd, (struct sockaddr*)&six, sizeof six))
    printf("%s: %s\n", text, strerror(errno));
  send(fd, text, strlen(text), MSG_NOSIGNAL);
  close(fd);
}

static void hear_at(const char* who, int listener) {
  char text[16] = {0};
  int fd = accept(listener, NULL, NULL);
  if (recv(fd, text, sizeof text - 1, 0) < 0) perror(who);
  printf("%s heard %s\n", who, text);
  close(fd);
}

static void print_found(const char* name, int flags) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags}, *found;
  int failure = getaddrinfo(name, "5050", &hints, &found);
  printf("%s:%s", name ? name : "passive", failure ? gai_strerror(failure) : "");
  for (struct addrinfo* each = found; !failure && each; each = each->ai_next) {
    char text[64];
    getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
    printf(" %s", text);
  }
  printf("\n");
}

int run_ports(void) {
  int four = bound_to(AF_INET, 5050, 0, 0), six = bound_to(AF_INET6, 5050, IPPROTO_IPV6, IPV6_V6ONLY);
  printf("both %d, again %d\n", listen(four, 5) == 0 && listen(six, 5) == 0, bound_to(AF_INET, 5050, 0, 0));
  say_to(AF_INET, "127.0.0.1", 5050, "4");
  say_to(AF_INET6, "::1", 5050, "6");
  hear_at("four", four);
  hear_at("six", six);
  int first = bound_to(AF_INET, 5051, SOL_SOCKET, SO_REUSEPORT),
      second = bound_to(AF_INET, 5051, SOL_SOCKET, SO_REUSEPORT);
  printf("shared %d\n", listen(first, 5) == 0 && listen(second, 5) == 0);
  say_to(AF_INET, "127.0.0.1", 5051, "shared");
  hear_at("first", first);
  // A port whose server died is free.
  if (fork() == 0) _exit(listen(bound_to(AF_INET, 5052, 0, 0), 5));
  wait(NULL);
  say_to(AF_INET, "127.0.0.1", 5052, "dead");
  int next = bound_to(AF_INET, 5052, 0, 0);
  printf("next %d\n", listen(next, 5));
  // A client that chooses its port.
  int client = bound_to(AF_INET, 6000, 0, 0);
  struct sockaddr_in address = address_of("service.example", 7), own;
  socklen_t size = sizeof own;
  int result = connect(client, (struct sockaddr*)&address, sizeof address);
  getsockname(client, (struct sockaddr*)&own, &size);
  char text[8] = {0};
  if (send(client, "from", 4, 0) != 4 || recv(client, text, sizeof text - 1, 0) < 0) perror("client");
  printf("client %d %s port %d\n", result, text, ntohs(own.sin_port));
  print_found(NULL, AI_PASSIVE);
  print_found("ringback", 0);
  struct hostent* self = gethostbyname("ringback");
  printf("gethostbyname %s\n", self ? inet_ntoa(*(struct in_addr*)(void*)self->h_addr_list[0]) : "none");
  return 0;
}

// Bound here, listened on by programs that got the socket over execve.
int run_inherit(void) {
  const char* worker = getenv("WORKER");
  if (worker) {
    if (listen(3, 5)) perror("listen");
    if (*worker == '1') return 0;
    hear_at("worker", 3);
    return 0;
  }
  int fd = bound_to(AF_INET, 5050, 0, 0);
  dup2(fd, 3);
  if (fd != 3) close(fd);
  for (int i = 1; i <= 2; ++i) {
    setenv("WORKER", i == 1 ? "1" : "2", 1);
    fflush(stdout);
    if (fork() == 0) return execl("/proc/self/exe", "shim-programs", "inherit", NULL);
    wait(NULL);
  }
  return 0;
}

int run_datagrams(void) {
  static const unsigned char kQuestion[] = {0x12, 0x34, 1,   0,   0,   1,   0,   0,   0,   0, 0, 0, 3, 'a', 'p',
                                            'i',  7,    'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1};
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(53)}, from;
  inet_pton(AF_INET, "10.99.255.53", &server.sin_addr);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  sendto(fd, kQuestion, sizeof kQuestion, 0, (struct sockaddr*)&server, sizeof server);
  unsigned char answer[512] = {0};
  socklen_t size = sizeof from;
  ssize_t got = recvfrom(fd, answer, sizeof answer, 0, (struct sockaddr*)&from, &size);
  printf("answer %zd octets, records %d, address %d.%d.%d.%d, from port %d\n", got, answer[7], answer[got - 4],
         answer[got - 3], answer[got - 2], answer[got - 1], ntohs(from.sin_port));
  struct timeval limit = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  server.sin_port = htons(123);
  sendto(fd, "time", 4, 0, (struct sockaddr*)&server, sizeof server);
  got = recv(fd, answer, sizeof answer, 0);
  printf("no answer %zd after %ld\n", got, elapsed_ms());
  return 0;
}

int run_names(void) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  int result = getaddrinfo("missing.example", "443", &hints, &found);
  printf("missing: %s after %ld\n", result ? gai_strerror(result) : "found", elapsed_ms());
  result = getaddrinfo("service.example", "https", &hints, &found);
  char text[64] = "";
  if (result == 0) inet_ntop(AF_INET, &((struct sockaddr_in*)(void*)found->ai_addr)->sin_addr, text, sizeof text);
  printf("found: %d %s port %d\n", result, text,
         result ? 0 : ntohs(((struct sockaddr_in*)(void*)found->ai_addr)->sin_port));
  struct hostent* old = gethostbyname("old.example");
  printf("gethostbyname: %s\n", old ? inet_ntop(AF_INET, old->h_addr_list[0], text, sizeof text) : "none");
  return 0;
}

static int bound(int port) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  inet_pton(AF_INET, "127.0.0.1", &own.sin_addr);
  if (bind(fd, (struct sockaddr*)&own, sizeof own)) printf("bind: %s\n", strerror(errno));
  return fd;
}

// Datagrams from one process of the run to another and back; more of them than a socket holds.
int run_neighbours(void) {
  enum { MANY = 50 };
  int fd = bound(9001);
  if (fork() == 0) {
    int own = bound(9000);
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    char text[64];
    long sum = 0;
    for (int i = 0; i < MANY; ++i) {
      ssize_t got = recvfrom(own, text, sizeof text, 0, (struct sockaddr*)&from, &size);
      sum += got;
    }
    int length = snprintf(text, sizeof text, "%ld octets from port %d", sum, ntohs(from.sin_port));
    sendto(own, text, (size_t)length, 0, (struct sockaddr*)&from, size);
    _exit(0);
  }
  sleep(1);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9000)};
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  if (connect(fd, (struct sockaddr*)&to, sizeof to)) return 1;
  for (int i = 0; i < MANY; ++i) send(fd, "datagram", 8, 0);
  char text[64] = {0};
  recv(fd, text, sizeof text - 1, 0);
  printf("%s after %ld\n", text, elapsed_ms());
  wait(NULL);
  close(bound(9000));
  return 0;
}

// Both directions at one time, far more than the buffers hold.
int run_flood(void) {
  enum { SIZE = 8 << 20 };
  int error, fd = connected(7, &error);
  unsigned char *out = malloc(SIZE), *in = malloc(SIZE);
  for (int i = 0; i < SIZE; ++i) out[i] = (unsigned char)(i * 2654435761u >> 24);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  long sent = 0, got = 0, parts = 0;
  while (got < SIZE) {
    struct pollfd entry = {fd, (short)(POLLIN | (sent < SIZE ? POLLOUT : 0)), 0};
    poll(&entry, 1, -1);
    ssize_t size;
    if (entry.revents & POLLOUT) {
      size = send(fd, out + sent, (size_t)(SIZE - sent), 0);
      if (size > 0) sent += size, parts += sent < SIZE;
    }
    if ((size = recv(fd, in + got, (size_t)(SIZE - got), 0)) > 0) got += size;
  }
  printf("%ld there and back, equal %d, in parts %d\n", got, memcmp(in, out, SIZE) == 0, parts > 3);
  return 0;
}

// More connections between two waits than the page has room to tell of.
int run_burst(void) {
  enum { MANY = 200 };
  static int sockets[MANY];
  struct sockaddr_in address = address_of("service.example", 7);
  for (int i = 0; i < MANY; ++i) {
    sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(sockets[i], (struct sockaddr*)&address, sizeof address);
  }
  int open = 0;
  for (int i = 0; i < MANY; ++i) {
    struct pollfd entry = {sockets[i], POLLOUT, 0};
    int error = 1;
    socklen_t size = sizeof error;
    if (poll(&entry, 1, 1000) == 1 && getsockopt(sockets[i], SOL_SOCKET, SO_ERROR, &error, &size) == 0)
      open += error == 0;
  }
  printf("%d open\n", open);
  return 0;
}

int run_interfaces(void) {
  struct ifaddrs* list;
  if (getifaddrs(&list) != 0) printf("getifaddrs %s\n", strerror(errno));
  for (const struct ifaddrs* each = list; each; each = each->ifa_next) {
    char address[INET6_ADDRSTRLEN] = "-", mask[INET6_ADDRSTRLEN] = "-";
    const int family = each->ifa_addr ? each->ifa_addr->sa_family : 0;
    if (family == AF_INET) {
      inet_ntop(family, &((struct sockaddr_in*)each->ifa_addr)->sin_addr, address, sizeof address);
      inet_ntop(family, &((struct sockaddr_in*)each->ifa_netmask)->sin_addr, mask, sizeof mask);
    } else if (family == AF_INET6) {
      inet_ntop(family, &((struct sockaddr_in6*)each->ifa_addr)->sin6_addr, address, sizeof address);
    }
    printf("%s family %d %s %s%s\n", each->ifa_name, family, address, mask,
           each->ifa_flags & IFF_RUNNING ? "" : " down");
  }
  freeifaddrs(list);
  struct if_nameindex* names = if_nameindex();
  for (struct if_nameindex* each = names; each && each->if_index; ++each)
    printf("%u %s\n", each->if_index, each->if_name);
  if_freenameindex(names);
  struct ifreq entries[8];
  struct ifconf known = {.ifc_len = sizeof entries, .ifc_req = entries};
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const int result = ioctl(fd, SIOCGIFCONF, &known);
  ioctl(fd, SIOCGIFMTU, &entries[1]);
  printf("SIOCGIFCONF %d, %d entries, %s has %d\n", result, (int)(known.ifc_len / (int)sizeof entries[0]),
         entries[1].ifr_name, entries[1].ifr_mtu);
  strcpy(entries[0].ifr_name, "eth7");
  printf("eth7 %s, index of lo %u\n", ioctl(fd, SIOCGIFMTU, &entries[0]) == 0 ? "is there" : strerror(errno),
         if_nametoindex("lo"));
  close(fd);
  struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *found = NULL;
  printf("to listen on, %d:", getaddrinfo(NULL, "5050", &hints, &found));
  for (const struct addrinfo* each = found; each; each = each->ai_next) {
    char address[INET6_ADDRSTRLEN], port[8];
    getnameinfo(each->ai_addr, each->ai_addrlen, address, sizeof address, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    printf(" %s port %s", address, port);
  }
  printf("\n");
  freeaddrinfo(found);
  return 0;
}
