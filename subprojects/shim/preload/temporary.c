// Names of temporary files and folders. libc draws them from a stack address, which differs where addresses are at
// random.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>

#include "preload/calls.h"
#include "preload/state.h"

enum { PLACES = 6, ATTEMPTS_MAX = 1000 };

// Where the X begin; null: the name does not end in six of them and the suffix.
static char* places_in(char* name, int suffix) {
  size_t length = strlen(name);
  if (suffix < 0 || length < (size_t)suffix + PLACES) return NULL;
  char* places = name + length - suffix - PLACES;
  return strncmp(places, "XXXXXX", PLACES) == 0 ? places : NULL;
}

static void draw_name(char* places) {
  static const char kLetters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  u64 drawn;
  getrandom(&drawn, sizeof drawn, 0);
  for (int i = 0; i < PLACES; ++i, drawn /= 62) places[i] = kLetters[drawn % 62];
}

static long make(char* name, int suffix, long number, const Arguments arguments) {
  char* places = places_in(name, suffix);
  if (!places) return -EINVAL;
  long result = -EEXIST;
  for (int i = 0; i < ATTEMPTS_MAX && result == -EEXIST; ++i) {
    draw_name(places);
    result = serve(number, arguments);
  }
  return result;
}

static int made(long result) {
  if (result >= 0) return (int)result;
  errno = (int)-result;
  return -1;
}

EXPORT int mkostemps(char* name, int suffix, int flags) {
  const int wanted = (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL;
  return made(make(name, suffix, SYS_openat, (const Arguments){AT_FDCWD, (long)name, wanted, 0600}));
}
EXPORT int mkstemps(char* name, int suffix) { return mkostemps(name, suffix, 0); }
EXPORT int mkostemp(char* name, int flags) { return mkostemps(name, 0, flags); }
EXPORT int mkstemp(char* name) { return mkostemps(name, 0, 0); }
EXPORT int mkostemps64(char* name, int suffix, int flags) { return mkostemps(name, suffix, flags); }
EXPORT int mkstemps64(char* name, int suffix) { return mkostemps(name, suffix, 0); }
EXPORT int mkostemp64(char* name, int flags) { return mkostemps(name, 0, flags); }
EXPORT int mkstemp64(char* name) { return mkostemps(name, 0, 0); }

EXPORT char* mkdtemp(char* name) {
  return made(make(name, 0, SYS_mkdir, (const Arguments){(long)name, 0700})) < 0 ? NULL : name;
}
