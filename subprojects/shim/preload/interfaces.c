#include "preload/interfaces.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include "preload/state.h"

struct Interface {
  int number;
  const char* name;
  u32 flags;
  u16 type;
  u32 mtu;
  u8 hardware[6], hardware_of_all[6];
  u8 address[4], of_all[4];
  u8 prefix_bits;
};

static const struct Interface kInterfaces[] = {
    {1, "lo", IFF_UP | IFF_LOOPBACK | IFF_RUNNING, ARPHRD_LOOPBACK, 65536, {0}, {0}, {127, 0, 0, 1}, {0}, 8},
    {2,
     "eth0",
     IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST,
     ARPHRD_ETHER,
     1500,
     {2, 0, 10, 99, 255, 2},
     {255, 255, 255, 255, 255, 255},
     {10, 99, 255, 2},
     {10, 99, 255, 255},
     16},
};
enum { INTERFACES = sizeof kInterfaces / sizeof kInterfaces[0], ANSWER_OCTETS = 2048 };

// --- answers over netlink ---

struct Answer {
  struct nlmsghdr* message;  // the one that grows
  size_t size;
  _Alignas(NLMSG_ALIGNTO) u8 octets[ANSWER_OCTETS];
};

static void* begin_message(struct Answer* answer, const struct nlmsghdr* request, u16 type, size_t size) {
  answer->message = (struct nlmsghdr*)(void*)(answer->octets + answer->size);
  *answer->message = (struct nlmsghdr){.nlmsg_len = (u32)NLMSG_LENGTH(size),
                                       .nlmsg_type = type,
                                       .nlmsg_flags = NLM_F_MULTI,
                                       .nlmsg_seq = request->nlmsg_seq,
                                       .nlmsg_pid = (u32)page->pid};
  answer->size += NLMSG_SPACE(size);
  return NLMSG_DATA(answer->message);
}

static void put_attribute(struct Answer* answer, u16 type, const void* value, size_t size) {
  struct rtattr* attribute = (struct rtattr*)(void*)(answer->octets + answer->size);
  *attribute = (struct rtattr){.rta_len = (u16)RTA_LENGTH(size), .rta_type = type};
  memcpy(RTA_DATA(attribute), value, size);
  answer->size += RTA_SPACE(size);
  answer->message->nlmsg_len = (u32)(answer->octets + answer->size - (u8*)answer->message);
}

static void put_link(struct Answer* answer, const struct nlmsghdr* request, const struct Interface* each) {
  *(struct ifinfomsg*)begin_message(answer, request, RTM_NEWLINK, sizeof(struct ifinfomsg)) =
      (struct ifinfomsg){.ifi_type = each->type, .ifi_index = each->number, .ifi_flags = each->flags | IFF_LOWER_UP};
  put_attribute(answer, IFLA_IFNAME, each->name, strlen(each->name) + 1);
  put_attribute(answer, IFLA_MTU, &each->mtu, sizeof each->mtu);
  put_attribute(answer, IFLA_ADDRESS, each->hardware, sizeof each->hardware);
  put_attribute(answer, IFLA_BROADCAST, each->hardware_of_all, sizeof each->hardware_of_all);
}

static void put_address_of(struct Answer* answer, const struct nlmsghdr* request, const struct Interface* each) {
  *(struct ifaddrmsg*)begin_message(answer, request, RTM_NEWADDR, sizeof(struct ifaddrmsg)) =
      (struct ifaddrmsg){.ifa_family = AF_INET,
                         .ifa_prefixlen = each->prefix_bits,
                         .ifa_flags = IFA_F_PERMANENT,
                         .ifa_scope = each->number == 1 ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
                         .ifa_index = (u32)each->number};
  put_attribute(answer, IFA_ADDRESS, each->address, 4);
  put_attribute(answer, IFA_LOCAL, each->address, 4);
  if (each->flags & IFF_BROADCAST) put_attribute(answer, IFA_BROADCAST, each->of_all, 4);
  put_attribute(answer, IFA_LABEL, each->name, strlen(each->name) + 1);
}

static void put_newer_loopback(struct Answer* answer, const struct nlmsghdr* request) {
  static const u8 kLoopback[16] = {[15] = 1};
  *(struct ifaddrmsg*)begin_message(answer, request, RTM_NEWADDR, sizeof(struct ifaddrmsg)) =
      (struct ifaddrmsg){.ifa_family = AF_INET6,
                         .ifa_prefixlen = 128,
                         .ifa_flags = IFA_F_PERMANENT,
                         .ifa_scope = RT_SCOPE_HOST,
                         .ifa_index = 1};
  put_attribute(answer, IFA_ADDRESS, kLoopback, 16);
}

static void put_error(struct Answer* answer, const struct nlmsghdr* request, int error) {
  struct nlmsgerr* out = begin_message(answer, request, NLMSG_ERROR, sizeof *out);
  *out = (struct nlmsgerr){.error = error, .msg = *request};
}

static void put_answer(struct Answer* answer, const struct nlmsghdr* request) {
  const u8 family = request->nlmsg_len > NLMSG_HDRLEN ? *(const u8*)NLMSG_DATA(request) : AF_UNSPEC;
  switch (request->nlmsg_type) {
    case RTM_GETLINK:
      for (int i = 0; i < INTERFACES; ++i) put_link(answer, request, &kInterfaces[i]);
      break;
    case RTM_GETADDR:
      for (int i = 0; i < INTERFACES && family != AF_INET6; ++i) put_address_of(answer, request, &kInterfaces[i]);
      if (family != AF_INET) put_newer_loopback(answer, request);
      break;
    case RTM_GETROUTE:
    case RTM_GETNEIGH:
    case RTM_GETRULE:
      break;  // none
    default:
      put_error(answer, request, -EOPNOTSUPP);
      return;
  }
  *(int*)begin_message(answer, request, NLMSG_DONE, sizeof(int)) = 0;
}

long open_routes(int flags) {
  const long fd = KERNEL3(SYS_socket, AF_UNIX, SOCK_DGRAM | flags, 0);
  if (fd < 0) return fd;
  // A name that the kernel chooses: it is told to nobody, and answers are sent to it.
  const sa_family_t family = AF_UNIX;
  KERNEL3(SYS_bind, fd, &family, sizeof family);
  *raw_descriptor((int)fd) = (struct Descriptor){.kind = FD_ROUTES, .non_blocking = flags & SOCK_NONBLOCK ? 2 : 1};
  return fd;
}

long ask_routes(int fd, const void* request, size_t size) {
  const struct nlmsghdr* head = request;
  if (size < NLMSG_HDRLEN || head->nlmsg_len < NLMSG_HDRLEN || head->nlmsg_len > size) return -EINVAL;
  struct Answer answer = {0};
  put_answer(&answer, head);
  struct sockaddr_un own;
  socklen_t own_size = sizeof own;
  KERNEL3(SYS_getsockname, fd, &own, &own_size);
  const long sent = KERNEL6(SYS_sendto, fd, answer.octets, answer.size, MSG_DONTWAIT, &own, own_size);
  return sent < 0 ? -ENOBUFS : (long)size;
}

long ask_routes_by_parts(int fd, const struct msghdr* message) {
  _Alignas(NLMSG_ALIGNTO) u8 request[512];
  size_t size = 0;
  for (size_t i = 0; i < message->msg_iovlen; ++i) {
    if (message->msg_iov[i].iov_len > sizeof request - size) return -EMSGSIZE;
    memcpy(request + size, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
    size += message->msg_iov[i].iov_len;
  }
  return ask_routes(fd, request, size);
}

void tell_routes_address(bool near, struct sockaddr* out, socklen_t* size) {
  const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_pid = near ? (u32)page->pid : 0};
  memcpy(out, &address, *size < sizeof address ? *size : sizeof address);
  *size = sizeof address;
}

// --- answers by ioctl ---

static void put_internet(struct sockaddr* out, const u8* octets) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  memcpy(&address.sin_addr, octets, 4);
  memcpy(out, &address, sizeof address);
}

static long list(struct ifconf* out) {
  int size = 0;
  for (int i = 0; i < INTERFACES; ++i) {
    if (out->ifc_buf) {
      if (size + (int)sizeof(struct ifreq) > out->ifc_len) break;
      struct ifreq* entry = &out->ifc_req[i];
      memset(entry, 0, sizeof *entry);
      memcpy(entry->ifr_name, kInterfaces[i].name, strlen(kInterfaces[i].name));
      put_internet(&entry->ifr_addr, kInterfaces[i].address);
    }
    size += (int)sizeof(struct ifreq);
  }
  out->ifc_len = size;
  return 0;
}

static long tell(long request, const struct Interface* each, struct ifreq* out) {
  const u32 bits = htonl(UINT32_MAX << (32 - each->prefix_bits));
  switch (request) {
    case SIOCGIFNAME:
      memset(out->ifr_name, 0, sizeof out->ifr_name);
      memcpy(out->ifr_name, each->name, strlen(each->name));
      return 0;
    case SIOCGIFFLAGS:
      out->ifr_flags = (short)each->flags;
      return 0;
    case SIOCGIFINDEX:
      out->ifr_ifindex = each->number;
      return 0;
    case SIOCGIFMTU:
      out->ifr_mtu = (int)each->mtu;
      return 0;
    case SIOCGIFADDR:
      put_internet(&out->ifr_addr, each->address);
      return 0;
    case SIOCGIFBRDADDR:
      put_internet(&out->ifr_addr, each->of_all);
      return 0;
    case SIOCGIFNETMASK:
      put_internet(&out->ifr_addr, (const u8*)&bits);
      return 0;
    case SIOCGIFHWADDR:
      memset(&out->ifr_hwaddr, 0, sizeof out->ifr_hwaddr);
      out->ifr_hwaddr.sa_family = each->type;
      memcpy(out->ifr_hwaddr.sa_data, each->hardware, sizeof each->hardware);
      return 0;
    default:
      return -ENOTTY;
  }
}

long interface_ioctl(long request, void* argument) {
  if (request == SIOCGIFCONF) return list(argument);
  if (request < SIOCGIFNAME || request > SIOCGIFINDEX) return -ENOTTY;
  struct ifreq* wanted = argument;
  for (int i = 0; i < INTERFACES; ++i) {
    const struct Interface* each = &kInterfaces[i];
    const bool is_meant = request == SIOCGIFNAME ? wanted->ifr_ifindex == each->number
                                                 : strncmp(wanted->ifr_name, each->name, IFNAMSIZ) == 0;
    if (is_meant) return tell(request, each, wanted);
  }
  return -ENODEV;
}
