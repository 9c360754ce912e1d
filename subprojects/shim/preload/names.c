// getaddrinfo: the simulator answers, whenever it likes.
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "preload/scheduler.h"
#include "preload/signals.h"
#include "preload/trap.h"

static int (*getaddrinfo_in_libc)(const char*, const char*, const struct addrinfo*, struct addrinfo**);
int getaddrinfo_from_libc(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** out);

extern void* dlsym(void* handle, const char* name);

int getaddrinfo_from_libc(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** out) {
  if (!getaddrinfo_in_libc) *(void**)&getaddrinfo_in_libc = dlsym((void*)-1L /* RTLD_NEXT */, "getaddrinfo");
  return getaddrinfo_in_libc(node, service, hints, out);
}

static bool is_done(struct Thread* thread) { return ((struct ShimLookup*)thread->argument)->state == SHIM_LOOKUP_DONE; }

static struct ShimLookup* free_lookup(void) {
  for (int i = 0; i < SHIM_LOOKUPS_MAX; ++i)
    if (page->lookups[i].state == SHIM_LOOKUP_FREE) return &page->lookups[i];
  return NULL;
}

static struct ShimLookup ask(const char* name) {
  struct ShimLookup* lookup;
  while (!(lookup = free_lookup())) {
    struct Wait pause = {.deadline_ns = deadline_after(1000000)};
    park(&pause);
  }
  memset(lookup, 0, sizeof *lookup);
  lookup->state = SHIM_LOOKUP_ASKED;
  lookup->id = run->next_id++;
  struct ShimMessage* message = new_message(SHIM_RESOLVE);
  message->id = lookup->id;
  message->lookup = (u16)(lookup - page->lookups);
  strncpy(message->name, name, SHIM_NAME_MAX - 1);
  note_outward();
  struct Wait wait = {.deadline_ns = SHIM_NEVER, .ready = is_done, .argument = lookup};
  while (lookup->state != SHIM_LOOKUP_DONE) park(&wait);
  struct ShimLookup result = *lookup;
  lookup->state = SHIM_LOOKUP_FREE;
  return result;
}

// libc frees each entry by itself.
static struct addrinfo* clone_with_address(const struct addrinfo* model, u8 family, const u8* octets) {
  size_t size = family == 6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  struct addrinfo* entry = calloc(1, sizeof *entry + size);
  if (!entry) return NULL;
  *entry = *model;
  entry->ai_next = NULL;
  entry->ai_canonname = NULL;
  entry->ai_addr = (struct sockaddr*)(entry + 1);
  entry->ai_addrlen = (socklen_t)size;
  entry->ai_family = family == 6 ? AF_INET6 : AF_INET;
  entry->ai_addr->sa_family = (sa_family_t)entry->ai_family;
  // The port is at the same place in both.
  memcpy(entry->ai_addr->sa_data, model->ai_addr->sa_data, 2);
  if (family == 6)
    memcpy(&((struct sockaddr_in6*)(void*)entry->ai_addr)->sin6_addr, octets, 16);
  else
    memcpy(&((struct sockaddr_in*)(void*)entry->ai_addr)->sin_addr, octets, 4);
  return entry;
}

// libc's answer for a numeric address tells services and socket types; each of its entries gets each address.
static int combine(const struct ShimLookup* found, const char* name, const char* service, const struct addrinfo* hints,
                   struct addrinfo** out) {
  struct addrinfo wanted = {0};
  if (hints) wanted = *hints;
  int family = wanted.ai_family;
  wanted.ai_family = AF_INET;
  wanted.ai_flags &= ~(AI_CANONNAME | AI_V4MAPPED | AI_ADDRCONFIG | AI_ALL);
  wanted.ai_flags |= AI_NUMERICHOST;
  struct addrinfo* models;
  int failure = getaddrinfo_from_libc("127.0.0.1", service, &wanted, &models);
  if (failure) return failure;
  struct addrinfo *head = NULL, **tail = &head;
  for (u32 i = 0; i < found->count; ++i) {
    u8 its_family = found->addresses[i].family;
    if (family != AF_UNSPEC && family != (its_family == 6 ? AF_INET6 : AF_INET)) continue;
    for (const struct addrinfo* model = models; model; model = model->ai_next) {
      struct addrinfo* entry = clone_with_address(model, its_family, found->addresses[i].octets);
      if (!entry) break;
      *tail = entry;
      tail = &entry->ai_next;
    }
  }
  freeaddrinfo(models);
  if (!head) return family == AF_UNSPEC ? EAI_NONAME : EAI_ADDRFAMILY;
  if (hints && (hints->ai_flags & AI_CANONNAME)) head->ai_canonname = strdup(name);
  *out = head;
  return 0;
}

static bool is_numeric(const char* name) {
  u8 octets[16];
  struct in_addr loose;
  char bare[SHIM_NAME_MAX];
  strncpy(bare, name, sizeof bare - 1);
  bare[sizeof bare - 1] = 0;
  char* zone = strchr(bare, '%');
  if (zone) *zone = 0;
  return inet_aton(bare, &loose) || inet_pton(AF_INET6, bare, octets) == 1;
}

static bool is_local_host(const char* name) {
  size_t length = strlen(name);
  return strcasecmp(name, "localhost") == 0 || (length > 10 && strcasecmp(name + length - 10, ".localhost") == 0);
}

EXPORT int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** out) {
  if (!at_work || !self || !node || is_numeric(node) || (hints && (hints->ai_flags & AI_NUMERICHOST)))
    return getaddrinfo_from_libc(node, service, hints, out);
  if (strlen(node) >= SHIM_NAME_MAX) return EAI_NONAME;
  struct ShimLookup found = {0};
  if (is_local_host(node)) {
    found.count = 2;
    found.addresses[0].family = 4;
    memcpy(found.addresses[0].octets, (const u8[]){127, 0, 0, 1}, 4);
    found.addresses[1].family = 6;
    found.addresses[1].octets[15] = 1;
  } else if (strcasecmp(node, SHIM_HOST_NAME) == 0) {
    found.count = 1;
    found.addresses[0].family = 4;
    memcpy(found.addresses[0].octets, (const u8[]){127, 0, 1, 1}, 4);
  } else {
    found = ask(node);
  }
  int result = found.failure ? found.failure : combine(&found, node, service, hints, out);
  if (signal_waits()) deliver_signals();
  return result;
}
