#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

static volatile int seen[65];
static void on_signal(int signal) { ++seen[signal]; }

static void handle(int signal, int flags) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
  sigaction(signal, &action, NULL);
}

static void* signal_main(void* main_thread) {
  sleep(1);
  pthread_kill(*(pthread_t*)main_thread, SIGUSR1);
  return NULL;
}

static pid_t child_that(int how) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  if (how == 0) {
    sleep(2);
    kill(getppid(), SIGUSR2);
    _exit(0);
  }
  if (how == 1) raise(SIGTERM);
  if (how == 2) abort();
  for (;;) pause();
}

int run_signals(void) {
  handle(SIGUSR1, 0);
  handle(SIGUSR2, SA_RESTART);
  handle(SIGCHLD, SA_RESTART);
  raise(SIGUSR1);
  printf("raise %d\n", seen[SIGUSR1]);
  int ends[2];
  char octet;
  if (pipe(ends)) return 1;
  pthread_t self = pthread_self(), other;
  pthread_create(&other, NULL, signal_main, &self);
  ssize_t got = read(ends[0], &octet, 1);
  printf("read %zd %s after %ld, %d\n", got, got < 0 && errno == EINTR ? "interrupted" : "", elapsed_ms(),
         seen[SIGUSR1]);
  pthread_join(other, NULL);
  int status;
  pid_t pid = child_that(0);
  pid_t ended = waitpid(pid, &status, 0);
  printf("child %d, its signal %d, SIGCHLD %d, after %ld\n", ended == pid, seen[SIGUSR2], seen[SIGCHLD], elapsed_ms());
  waitpid(child_that(1), &status, 0);
  printf("ended by %d\n", WTERMSIG(status));
  waitpid(child_that(2), &status, 0);
  printf("ended by %d\n", WTERMSIG(status));
  pid = child_that(3);
  sleep(1);
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  printf("ended by %d after %ld\n", WTERMSIG(status), elapsed_ms());
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(SIGUSR1);
  int before = seen[SIGUSR1], signal = 0;
  sigwait(&set, &signal);
  struct timespec second = {1, 0};
  int none = sigtimedwait(&set, NULL, &second);
  printf("blocked %d, sigwait %d, then %d after %ld\n", before, signal, none, elapsed_ms());
  int waited = (int)wait(&status);
  printf("wait without children %d %s\n", waited, strerror(errno));
  close(ends[0]);
  handle(SIGPIPE, 0);
  got = write(ends[1], "x", 1);
  printf("write %zd, SIGPIPE %d\n", got, seen[SIGPIPE]);
  return 0;
}

int run_crash(void) {
  sleep(1);
  volatile uintptr_t nowhere = 8;
  *(volatile int*)nowhere = 1;
  return 0;
}

int run_term(void) {
  handle(SIGTERM, 0);
  unsigned left = sleep(1000);
  printf("term %d, %u s left\n", seen[SIGTERM], left);
  return 7;
}

// Ends while its child lives on.
int run_orphan(void) {
  if (fork() == 0) {
    sleep(10);
    printf("orphan: parent %d\n", (int)getppid());
    fflush(stdout);
    _exit(0);
  }
  sleep(1);
  printf("parent ends\n");
  return 0;
}

static void read_signal(int fd) {
  struct signalfd_siginfo found = {0};
  ssize_t got = read(fd, &found, sizeof found);
  printf("signalfd %zd, signal %u, value %d after %ld\n", got, found.ssi_signo, found.ssi_int, elapsed_ms());
}

int run_signalfd(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGALRM);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int fd = signalfd(-1, &set, 0), epoll = epoll_create1(0);
  struct epoll_event wanted = {.events = EPOLLIN}, got;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
  printf("nothing yet: %d\n", epoll_wait(epoll, &got, 1, 0));
  sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 42});
  printf("there: %d\n", epoll_wait(epoll, &got, 1, 0));
  read_signal(fd);
  printf("read: %d\n", epoll_wait(epoll, &got, 1, 0));
  alarm(5);
  read_signal(fd);
  if (fork() == 0) {
    sleep(2);
    _exit(0);
  }
  read_signal(fd);
  return 0;
}

static void on_stack_of_its_own(int signal) {
  char here;
  stack_t now;
  sigaltstack(NULL, &now);
  const bool is_on_it = &here >= (char*)now.ss_sp && &here < (char*)now.ss_sp + now.ss_size;
  printf("fault %d on the stack %d, told so %d\n", signal, is_on_it, (now.ss_flags & SS_ONSTACK) != 0);
  fflush(stdout);
  _exit(0);
}

int run_stacks(void) {
  static char room[65536];
  stack_t stack = {.ss_sp = room, .ss_size = sizeof room}, before;
  const int first = sigaltstack(&stack, &before);
  printf("set %d, before disabled %d", first, (before.ss_flags & SS_DISABLE) != 0);
  sigaltstack(NULL, &before);
  printf(", after equal %d\n", before.ss_sp == (void*)room && before.ss_size == sizeof room);
  stack.ss_size = 100;
  const int small = sigaltstack(&stack, NULL);
  printf("too small %d %d\n", small, errno == ENOMEM);
  fflush(stdout);
  struct sigaction action = {.sa_handler = on_stack_of_its_own, .sa_flags = SA_ONSTACK};
  sigaction(SIGILL, &action, NULL);
  __asm__ volatile("ud2");
  return 1;
}
