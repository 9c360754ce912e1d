#include "preload/openssl.h"

#include <dlfcn.h>
#include <string.h>

#include "preload/entropy.h"
#include "preload/state.h"

// RAND_METHOD of OpenSSL 1.1 and 3.
struct RandomMethod {
  int (*seed)(const void*, int);
  int (*bytes)(u8*, int);
  void (*cleanup)(void);
  int (*add)(const void*, int, double);
  int (*pseudo_bytes)(u8*, int);
  int (*status)(void);
};

static int method_seed(const void* octets, int size) {
  (void)octets, (void)size;
  return 1;
}
static int method_bytes(u8* out, int size) {
  fill_random(out, (size_t)size);
  return 1;
}
static int method_add(const void* octets, int size, double entropy) {
  (void)octets, (void)size, (void)entropy;
  return 1;
}
static int method_status(void) { return 1; }

void hook_openssl(void* handle) {
  static const struct RandomMethod kMethod = {method_seed, method_bytes, NULL, method_add, method_bytes, method_status};
  static void* hooked;
  if (flag(SHIM_LEAK_OPENSSL)) return;
  int (*set)(const struct RandomMethod*);
  *(void**)&set = dlsym(handle, "RAND_set_rand_method");
  if (!set || (void*)set == hooked) return;
  hooked = (void*)set;
  set(&kMethod);
  page->openssl_hooked = 1;
  TRACE("OpenSSL's generator is ours");
}

// --- libraries that are loaded later ---

static char loaded_path[512];  // of a libcrypto that was opened since the last look; "": none

void note_library(const char* path) {
  const char* name = strrchr(path, '/');
  size_t length = strlen(path);
  if (name && strstr(name, "libcrypto") && length < sizeof loaded_path) memcpy(loaded_path, path, length + 1);
}

void* dlsym_in_libc;  // before_lookup finds it

__attribute__((used)) void before_lookup(void) {
  if (!dlsym_in_libc) dlsym_in_libc = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
  if (!loaded_path[0] || !run) return;
  char path[sizeof loaded_path];
  memcpy(path, loaded_path, sizeof path);
  loaded_path[0] = 0;
  void* handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
  if (handle) hook_openssl(handle);
}

// libc's dlsym looks at who calls it, so ours jumps there with the caller's return address in place.
__asm__(
    ".text\n"
    ".globl dlsym\n"
    ".type dlsym, @function\n"
    "dlsym:\n"
    "  push %rdi\n"
    "  push %rsi\n"
    "  sub $8, %rsp\n"
    "  call before_lookup\n"
    "  add $8, %rsp\n"
    "  pop %rsi\n"
    "  pop %rdi\n"
    "  mov dlsym_in_libc(%rip), %rax\n"
    "  jmp *%rax\n"
    ".size dlsym, . - dlsym\n");
