#include "preload/paths.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "preload/state.h"

enum { PATH_1 = 1, PATH_2 = 2, PATH_3 = 4, PATH_4 = 8, SOCKET_2 = 16, NUMBERS = 512 };

// Which arguments are paths; SOCKET_2: the second is the address of a local socket.
static const u8 kPaths[NUMBERS] = {
    [SYS_open] = PATH_1,
    [SYS_creat] = PATH_1,
    [SYS_stat] = PATH_1,
    [SYS_lstat] = PATH_1,
    [SYS_access] = PATH_1,
    [SYS_truncate] = PATH_1,
    [SYS_mkdir] = PATH_1,
    [SYS_rmdir] = PATH_1,
    [SYS_unlink] = PATH_1,
    [SYS_chmod] = PATH_1,
    [SYS_chown] = PATH_1,
    [SYS_lchown] = PATH_1,
    [SYS_chdir] = PATH_1,
    [SYS_readlink] = PATH_1,
    [SYS_mknod] = PATH_1,
    [SYS_utime] = PATH_1,
    [SYS_utimes] = PATH_1,
    [SYS_statfs] = PATH_1,
    [SYS_getxattr] = PATH_1,
    [SYS_lgetxattr] = PATH_1,
    [SYS_setxattr] = PATH_1,
    [SYS_lsetxattr] = PATH_1,
    [SYS_listxattr] = PATH_1,
    [SYS_llistxattr] = PATH_1,
    [SYS_execve] = PATH_1,
    [SYS_rename] = PATH_1 | PATH_2,
    [SYS_link] = PATH_1 | PATH_2,
    [SYS_symlink] = PATH_1 | PATH_2,
    [SYS_openat] = PATH_2,
    [SYS_newfstatat] = PATH_2,
    [SYS_statx] = PATH_2,
    [SYS_faccessat] = PATH_2,
    [SYS_faccessat2] = PATH_2,
    [SYS_mkdirat] = PATH_2,
    [SYS_unlinkat] = PATH_2,
    [SYS_fchmodat] = PATH_2,
    [SYS_fchownat] = PATH_2,
    [SYS_readlinkat] = PATH_2,
    [SYS_mknodat] = PATH_2,
    [SYS_futimesat] = PATH_2,
    [SYS_utimensat] = PATH_2,
    [SYS_execveat] = PATH_2,
    [SYS_inotify_add_watch] = PATH_2,
    [SYS_renameat] = PATH_2 | PATH_4,
    [SYS_renameat2] = PATH_2 | PATH_4,
    [SYS_linkat] = PATH_2 | PATH_4,
    [SYS_symlinkat] = PATH_1 | PATH_3,
    [SYS_bind] = SOCKET_2,
    [SYS_connect] = SOCKET_2,
};

// The folders of the run: what the program knows them by, and what comes behind the real temporary folder's name.
static const struct {
  const char* told;
  const char* suffix;
} kFolders[] = {{"/dev/shm", SHIM_SHARED_SUFFIX}, {SHIM_TEMPORARY_FOLDER, ""}};
enum { FOLDERS = sizeof kFolders / sizeof *kFolders };

static bool lies_in(const char* path, const char* folder) {
  size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

// -1: in none.
static int folder_of(const char* path) {
  for (int i = 0; path && i < FOLDERS; ++i)
    if (lies_in(path, kFolders[i].told)) return i;
  return -1;
}

static bool lies_in_folder(const char* path) { return folder_of(path) >= 0; }

static bool is_socket_in_folder(const long* a) {
  const struct sockaddr_un* address = (const struct sockaddr_un*)a[1];
  return address && a[2] > (long)(sizeof address->sun_family + strlen(kFolders[0].told)) &&
         address->sun_family == AF_UNIX && lies_in_folder(address->sun_path);
}

bool has_temporary_path(long number, const long* a) {
  u8 which = number >= 0 && number < NUMBERS ? kPaths[number] : 0;
  if (!which) return false;
  if (which == SOCKET_2) return is_socket_in_folder(a);
  for (int i = 0; i < 4; ++i)
    if ((which & (1 << i)) && lies_in_folder((const char*)a[i])) return true;
  return false;
}

static bool put_real(char* out, size_t room, const char* path) {
  int folder = folder_of(path);
  const char* const parts[] = {run->temporary_folder, kFolders[folder].suffix, path + strlen(kFolders[folder].told)};
  size_t used = 0;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
    size_t length = strlen(parts[i]);
    if (used + length + 1 > room) return false;
    memcpy(out + used, parts[i], length + 1);
    used += length;
  }
  return true;
}

void translate_call(long number, const long* a, struct TranslatedCall* out) {
  memcpy(out->arguments, a, sizeof out->arguments);
  if (kPaths[number] == SOCKET_2) {
    struct sockaddr_un* address = (struct sockaddr_un*)(void*)out->paths[0];
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (!put_real(address->sun_path, sizeof address->sun_path, ((const struct sockaddr_un*)a[1])->sun_path)) return;
    out->arguments[1] = (long)address;
    out->arguments[2] = (long)(offsetof(struct sockaddr_un, sun_path) + strlen(address->sun_path) + 1);
    return;
  }
  int used = 0;
  for (int i = 0; i < 4; ++i) {
    const char* path = (const char*)a[i];
    if (!(kPaths[number] & (1 << i)) || !lies_in_folder(path)) continue;
    if (put_real(out->paths[used], PATH_ROOM, path)) out->arguments[i] = (long)out->paths[used++];
  }
}

size_t translate_back(char* path, size_t length) {
  for (int i = 0; i < FOLDERS; ++i) {
    char real[PATH_ROOM];
    if (!put_real(real, sizeof real, kFolders[i].told)) continue;
    size_t size = strlen(real), told = strlen(kFolders[i].told);
    if (length < size || memcmp(path, real, size) != 0 || (length > size && path[size] != '/' && path[size] != 0))
      continue;
    memcpy(path, kFolders[i].told, told);
    memmove(path + told, path + size, length - size);
    return length - size + told;
  }
  return length;
}
