// Processes of the run: each has a page, a pid of ours, and goes only when the simulator gives it the turn.
#pragma once

#include "preload/scheduler.h"

void end_by_signal(int signal) __attribute__((noreturn));
long send_signal(int pid, int signal);

// The environment of a program that this process starts: ours is added. `environment` may be null.
enum { ENVIRONMENT_MAX = 4096 };
struct Environment {
  char* entries[ENVIRONMENT_MAX + 4];
  char variable[64];
  char preload[2048];
};
int make_environment(struct Environment* out, char* const* environment, const struct ShimPage* of);
void hide_from_environment(char** environment);

struct ShimPage* page_with(int pid);      // by our number or the kernel's; null: none
struct ShimPage* new_process_page(void);  // null: too many
void drop_process_page(struct ShimPage* page);
// A child of vfork: it runs another program now (1), or has ended (2).
void release_parent(u32 how);

long call_exit_group(const long* a);
long call_fork(const long* a);
long call_vfork(const long* a);
long call_clone(const long* a);
long call_execve(const long* a);
long call_execveat(const long* a);
long call_wait4(const long* a);
long call_waitid(const long* a);
long call_getpid(const long* a);
long call_getppid(const long* a);
long call_getpgid(const long* a);
long call_getpgrp(const long* a);
long call_getsid(const long* a);
long call_setsid(const long* a);
long call_setpgid(const long* a);
