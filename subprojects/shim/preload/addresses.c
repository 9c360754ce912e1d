#include "preload/addresses.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

bool endpoint_of(const struct sockaddr* address, socklen_t size, struct Endpoint* out) {
  memset(out, 0, sizeof *out);
  if (address->sa_family == AF_INET && size >= (socklen_t)sizeof(struct sockaddr_in)) {
    const struct sockaddr_in* in = (const struct sockaddr_in*)(const void*)address;
    out->family = 4;
    out->port = ntohs(in->sin_port);
    memcpy(out->address, &in->sin_addr, 4);
    return true;
  }
  if (address->sa_family == AF_INET6 && size >= 24) {
    const struct sockaddr_in6* in = (const struct sockaddr_in6*)(const void*)address;
    static const u8 kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    bool mapped = memcmp(&in->sin6_addr, kMapped, sizeof kMapped) == 0;
    out->family = mapped ? 4 : 6;
    out->port = ntohs(in->sin6_port);
    memcpy(out->address, (const u8*)&in->sin6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
    return true;
  }
  return false;
}

void put_address(const struct Endpoint* endpoint, struct sockaddr* out, socklen_t* size) {
  union {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } address;
  memset(&address, 0, sizeof address);
  socklen_t bytes;
  if (endpoint->family == 6) {
    bytes = sizeof address.v6;
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(endpoint->port);
    memcpy(&address.v6.sin6_addr, endpoint->address, 16);
  } else {
    bytes = sizeof address.v4;
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(endpoint->port);
    memcpy(&address.v4.sin_addr, endpoint->address, 4);
  }
  memcpy(out, &address, *size < bytes ? *size : bytes);
  *size = bytes;
}

void tell_address(const struct Descriptor* d, const struct Endpoint* endpoint, struct sockaddr* out, socklen_t* size) {
  struct Endpoint told = *endpoint;
  if (told.family == 0) told.family = d->family;
  if (d->family == 6 && told.family == 4) {
    told.family = 6;
    bool any = memcmp(told.address, "\0\0\0\0", 4) == 0;
    memmove(told.address + 12, told.address, 4);
    memset(told.address, 0, 12);
    if (!any) told.address[10] = told.address[11] = 0xff;
  }
  put_address(&told, out, size);
}

bool is_loopback(const struct Endpoint* endpoint) {
  static const u8 kZero[16], kLoopback6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (endpoint->family == 6)
    return memcmp(endpoint->address, kLoopback6, 16) == 0 || memcmp(endpoint->address, kZero, 16) == 0;
  return endpoint->address[0] == 127 || memcmp(endpoint->address, kZero, 4) == 0;
}

void set_loopback(struct Endpoint* endpoint, u8 family) {
  memset(endpoint->address, 0, sizeof endpoint->address);
  endpoint->family = family;
  if (family == 6)
    endpoint->address[15] = 1;
  else
    memcpy(endpoint->address, (const u8[]){127, 0, 0, 1}, 4);
}

void set_local_address(struct Endpoint* local, const struct Endpoint* peer) {
  set_loopback(local, peer->family);
  if (is_loopback(peer)) return;
  if (peer->family == 4)
    memcpy(local->address, (const u8[]){10, 99, 255, 2}, 4);
  else
    local->address[0] = 0xfd, local->address[15] = 2;
}

// --- names of the sockets underneath ---

static char* put_number(char* out, u32 value) {
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while (value /= 10);
  while (count > 0) *out++ = digits[--count];
  return out;
}

socklen_t name_socket(struct sockaddr_un* out, const char* kind, u32 id, bool numbered) {
  memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  char* at = out->sun_path + 1;
  memcpy(at, "rb.", 3);
  at += 3;
  size_t length = strlen(run->session);
  memcpy(at, run->session, length);
  at += length;
  *at++ = '.';
  memcpy(at, kind, strlen(kind));
  at += strlen(kind);
  if (numbered) at = put_number(at, id);
  return (socklen_t)(at - (char*)out);
}

char read_name(const struct sockaddr_un* name, socklen_t size, u32* id) {
  size_t prefix = 1 + 3 + strlen(run->session) + 1, length = (size_t)size - offsetof(struct sockaddr_un, sun_path);
  if (size <= offsetof(struct sockaddr_un, sun_path) || length <= prefix || name->sun_path[0] != 0) return 0;
  if (memcmp(name->sun_path + 1, "rb.", 3) != 0 || memcmp(name->sun_path + 4, run->session, strlen(run->session)) != 0)
    return 0;
  *id = 0;
  for (size_t i = prefix + 1; i < length; ++i) {
    if (name->sun_path[i] < '0' || name->sun_path[i] > '9') return 0;
    *id = *id * 10 + (u32)(name->sun_path[i] - '0');
  }
  return name->sun_path[prefix];
}
