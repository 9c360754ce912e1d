// Which programs the library can be preloaded into: those for 64-bit x86 with the loader of the GNU C library, and
// scripts whose interpreter, at the end of their chain, is one. Both sides ask here, the simulator for the command and
// the library for what the program starts; each brings its own way to read files, since the library's must not be
// served.
//
//   struct ShimProgram found;
//   shim_look_at_program(&files, file, &found);
//   if (found.fit != SHIM_TAKES_LIBRARY) ...
//
// It reads what the kernel's execve reads. What execve would refuse (a torn file, a chain that is too long) takes the
// library: execve is to say what is wrong with it.
#pragma once

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  SHIM_SCRIPT_HEAD = 256,  // the kernel reads no more of a script
  SHIM_SCRIPTS_MAX = 5,    // one behind the other
  SHIM_LOADER_MAX = 1024,  // octets of a loader's path that are looked at
};

enum ShimFit {
  SHIM_TAKES_LIBRARY,
  SHIM_OTHER_MACHINE,
  SHIM_NO_LOADER,     // linked statically
  SHIM_OTHER_LOADER,  // such as musl's
};

struct ShimProgram {
  enum ShimFit fit;
  char interpreter[SHIM_SCRIPT_HEAD];  // of the last script; "": the file is no script
  char loader[SHIM_LOADER_MAX];        // with SHIM_OTHER_LOADER
};

// As the system calls of these names: negative where they fail. `read` is pread.
struct ShimFiles {
  int (*open)(const char* path);
  long (*read)(int file, void* to, size_t size, uint64_t at);
  void (*close)(int file);
};

// Into `out`, of SHIM_SCRIPT_HEAD octets. False: it is no script, or none that execve takes.
static inline bool shim_interpreter_of(const struct ShimFiles* files, int file, char* out) {
  char head[SHIM_SCRIPT_HEAD];
  const long got = files->read(file, head, sizeof head, 0);
  if (got < 2 || head[0] != '#' || head[1] != '!') return false;
  long from = 2;
  while (from < got && (head[from] == ' ' || head[from] == '\t')) ++from;
  long to = from;
  while (to < got && head[to] != ' ' && head[to] != '\t' && head[to] != '\n' && head[to] != 0) ++to;
  if (to == from || to == SHIM_SCRIPT_HEAD) return false;
  memcpy(out, head + from, (size_t)(to - from));
  out[to - from] = 0;
  return true;
}

static inline bool shim_is_loader_of_glibc(const char* path) {
  const char* name = strrchr(path, '/');
  return strncmp(name ? name + 1 : path, "ld-linux-x86-64", 15) == 0;
}

static inline enum ShimFit shim_fit_of_binary(const struct ShimFiles* files, int file, char* loader) {
  Elf64_Ehdr head;
  if (files->read(file, &head, sizeof head, 0) != (long)sizeof head || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
    return SHIM_TAKES_LIBRARY;
  if (head.e_type != ET_EXEC && head.e_type != ET_DYN) return SHIM_TAKES_LIBRARY;
  if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_machine != EM_X86_64) return SHIM_OTHER_MACHINE;
  for (unsigned i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr part;
    if (files->read(file, &part, sizeof part, head.e_phoff + i * sizeof part) != (long)sizeof part)
      return SHIM_TAKES_LIBRARY;
    if (part.p_type != PT_INTERP) continue;
    const size_t size = part.p_filesz < SHIM_LOADER_MAX ? (size_t)part.p_filesz : SHIM_LOADER_MAX - 1;
    if (files->read(file, loader, size, part.p_offset) != (long)size) return SHIM_TAKES_LIBRARY;
    loader[size] = 0;
    return shim_is_loader_of_glibc(loader) ? SHIM_TAKES_LIBRARY : SHIM_OTHER_LOADER;
  }
  return SHIM_NO_LOADER;
}

// `file` is open and stays so.
static inline void shim_look_at_program(const struct ShimFiles* files, int file, struct ShimProgram* out) {
  int at = file;
  out->fit = SHIM_TAKES_LIBRARY;
  out->interpreter[0] = 0;
  out->loader[0] = 0;
  for (int scripts = 0; at >= 0 && scripts <= SHIM_SCRIPTS_MAX; ++scripts) {
    const bool is_script = shim_interpreter_of(files, at, out->interpreter);
    if (!is_script) out->fit = shim_fit_of_binary(files, at, out->loader);
    if (at != file) files->close(at);
    if (!is_script) return;
    at = files->open(out->interpreter);
  }
  if (at >= 0) files->close(at);
}

#ifdef __cplusplus
}
#endif
