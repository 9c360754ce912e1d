#include "preload/network_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "preload/kernel.h"

enum { X32_SYSCALL = 0x40000000 };

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)
#define GO_WHERE(test, value, equal, other) BPF_JUMP(BPF_JMP | (test) | BPF_K, value, equal, other)

long close_network(void) {
  // A jump counts the steps that are left out.
  static struct sock_filter steps[] = {
      LOAD(arch),                                   // 0
      GO_WHERE(BPF_JEQ, AUDIT_ARCH_X86_64, 0, 7),   // 1: else to 9
      LOAD(nr),                                     // 2
      GO_WHERE(BPF_JGE, X32_SYSCALL, 5, 0),         // 3: to 9
      GO_WHERE(BPF_JEQ, SYS_io_uring_setup, 4, 0),  // 4: to 9
      GO_WHERE(BPF_JEQ, SYS_socket, 0, 2),          // 5: else to 8
      LOAD(args[0]),                                // 6
      GO_WHERE(BPF_JEQ, AF_UNIX, 0, 2),             // 7: else to 10
      RETURN(SECCOMP_RET_ALLOW),                    // 8
      RETURN(SECCOMP_RET_ERRNO | ENOSYS),           // 9
      RETURN(SECCOMP_RET_ERRNO | EACCES),           // 10
  };
  struct sock_fprog filter = {.len = sizeof steps / sizeof *steps, .filter = steps};
  long result = KERNEL5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (result < 0) return result;
  return KERNEL5(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}
