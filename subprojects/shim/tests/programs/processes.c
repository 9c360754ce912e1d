#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

extern char** environ;

static int exit_of(pid_t pid) {
  int status = -1;
  waitpid(pid, &status, 0);
  return WEXITSTATUS(status);
}

static int died_by(int signal) {
  pid_t pid = fork();
  if (pid == 0) raise(signal);
  int status = -1;
  waitpid(pid, &status, 0);
  return status;
}

static void tell_end(int code, int signal) {
  pid_t pid = fork();
  if (pid == 0) {
    if (signal) raise(signal);
    _exit(code);
  }
  siginfo_t end = {0};
  waitid(P_PID, (id_t)pid, &end, WEXITED);
  printf("%s %d, ", end.si_code == CLD_EXITED ? "exited" : end.si_code == CLD_KILLED ? "killed" : "?", end.si_status);
  fflush(stdout);
}

int run_ends(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  tell_end(7, 0);
  tell_end(0, SIGSEGV);
  tell_end(0, SIGTERM);
  printf("status %d\n", died_by(SIGSEGV));
  return 0;
}

static void share_semaphore(void) {
  sem_t* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  sem_init(shared, 1, 0);
  pid_t pid = fork();
  if (pid == 0) {
    sleep(1);
    sem_post(shared);
    _exit(0);
  }
  sem_wait(shared);
  printf("semaphore after %ld\n", elapsed_ms());
  waitpid(pid, NULL, 0);
}

static void lock_file(void) {
  char path[] = "lock-XXXXXX";
  if (chdir(getenv("TMPDIR"))) return;
  int fd = mkstemp(path);
  flock(fd, LOCK_EX);
  pid_t pid = fork();
  if (pid == 0) {
    int own = open(path, O_RDWR);
    flock(own, LOCK_EX);
    printf("child has the lock after %ld\n", elapsed_ms());
    fflush(stdout);
    _exit(0);
  }
  sleep(2);
  flock(fd, LOCK_UN);
  waitpid(pid, NULL, 0);
}

int run_children(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  pid_t pid = fork();
  if (pid == 0) {
    usleep(300000);
    _exit(4);
  }
  int status = exit_of(pid);
  printf("fork %d after %ld, parent %d\n", status, elapsed_ms(), getpid());
  pid = vfork();
  if (pid == 0) {
    execl("/bin/sh", "sh", "-c", "exit 6", NULL);
    _exit(127);
  }
  printf("vfork %d\n", exit_of(pid));
  char* arguments[] = {"sh", "-c", "sleep 1; exit 5", NULL};
  int spawned = posix_spawnp(&pid, "sh", NULL, NULL, arguments, environ);
  status = exit_of(pid);
  printf("posix_spawnp %d %d after %ld\n", spawned, status, elapsed_ms());
  printf("posix_spawnp of nothing %s\n",
         strerror(posix_spawnp(&pid, "no-such-program", NULL, NULL, arguments, environ)));
  printf("system %d\n", WEXITSTATUS(system("sleep 2; exit 3")));
  FILE* pipe = popen("echo one; sleep 1; echo two", "r");
  char line[64];
  while (fgets(line, sizeof line, pipe)) printf("popen %ld %s", elapsed_ms(), line);
  printf("pclose %d\n", pclose(pipe));
  char* bare[] = {NULL};
  pid = fork();
  if (pid == 0) {
    execle("/bin/sh", "sh", "-c", "sleep 100; exit 9", NULL, bare);
    _exit(127);
  }
  status = exit_of(pid);
  printf("without an environment %d after %ld\n", status, elapsed_ms());
  printf("LD_PRELOAD %s\n", getenv("LD_PRELOAD") ? "seen" : "hidden");
  share_semaphore();
  lock_file();
  return 0;
}

// More children at one time than there are pages.
int run_crowd(void) {
  int made = 0;
  for (int i = 0; i < 80; ++i) {
    pid_t pid = fork();
    if (pid == 0) {
      sleep(1);
      _exit(0);
    }
    made += pid > 0;
  }
  while (wait(NULL) > 0) {
  }
  printf("%d children\n", made);
  return 0;
}

// One after the other: more processes than pages, and no pid twice.
int run_generations(void) {
  int last = getpid(), rising = 1, ended = 0;
  for (int i = 0; i < 300; ++i) {
    pid_t pid = fork();
    if (pid == 0) _exit(i % 256);
    rising = rising && pid > last;
    last = pid;
    ended += exit_of(pid) == i % 256;
  }
  printf("%d ended, pids rise %d\n", ended, rising);
  return 0;
}

static void print_file(const char* path) {
  char text[256];
  int fd = open(path, O_RDONLY);
  ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  if (got < 0) {
    printf("%s: %s\n", path, strerror(errno));
    return;
  }
  text[got] = 0;
  if (strchr(text, '\n')) *strchr(text, '\n') = 0;
  printf("%s: %s\n", path, text);
}

int run_files(void) {
  char path[] = "made-XXXXXX";
  if (chdir(getenv("TMPDIR"))) return 1;
  sleep(100);
  int fd = mkstemp(path);
  if (write(fd, "text", 4) != 4) return 1;
  close(fd);
  struct stat status;
  stat(path, &status);
  printf("%s inode %lu modified %ld\n", path, (unsigned long)status.st_ino, (long)status.st_mtime - (long)time(NULL));
  static const char* const kMade[] = {"/proc/uptime",     "/proc/loadavg",
                                      "/proc/meminfo",    "/proc/self/stat",
                                      "/proc/self/statm", "/sys/fs/cgroup/memory.max",
                                      "/etc/resolv.conf", "/proc/sys/kernel/random/uuid"};
  for (size_t i = 0; i < sizeof kMade / sizeof *kMade; ++i) print_file(kMade[i]);
  // As runtimes do that watch their memory: more often than there are numbers for files of the run.
  unsigned long numbers = 0;
  for (int i = 0; i < 5000; ++i) {
    fd = open("/proc/self/statm", O_RDONLY);
    if (fstat(fd, &status) == 0) numbers |= status.st_ino;
    close(fd);
  }
  printf("statm inode %lu\n", numbers);
  struct sysinfo machine;
  sysinfo(&machine);
  printf("up %ld s, %lu of %lu MiB free\n", machine.uptime, machine.freeram >> 20, machine.totalram >> 20);
  char name[64];
  gethostname(name, sizeof name);
  printf("host %s processors %ld\n", name, sysconf(_SC_NPROCESSORS_ONLN));
  return 0;
}

int run_random(void) {
  unsigned char octets[8] = {0};
  int fd = open("/dev/urandom", O_RDONLY);
  if (read(fd, octets, sizeof octets) != sizeof octets) return 1;
  for (size_t i = 0; i < sizeof octets; ++i) printf("%02x", octets[i]);
  FILE* file = fopen("/dev/random", "r");
  printf(" %d\n", fgetc(file));
  return 0;
}

// --- a pool of threads that ends before each fork and begins anew after it, as numerical libraries have ---

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t pool_wish = PTHREAD_COND_INITIALIZER;
static bool pool_shall_stop;
static pthread_t pool_thread;
static int pool_begun, pool_stopped;

static void* wait_for_work(void* nothing) {
  pthread_mutex_lock(&pool_lock);
  while (!pool_shall_stop) pthread_cond_wait(&pool_wish, &pool_lock);
  pthread_mutex_unlock(&pool_lock);
  usleep(1000000);
  return nothing;
}

static void begin_pool(void) {
  pool_shall_stop = false;
  ++pool_begun;
  pthread_create(&pool_thread, NULL, wait_for_work, NULL);
}

static void stop_pool(void) {
  pthread_mutex_lock(&pool_lock);
  pool_shall_stop = true;
  pthread_cond_signal(&pool_wish);
  pthread_mutex_unlock(&pool_lock);
  pthread_join(pool_thread, NULL);
  ++pool_stopped;
}

int run_atfork(void) {
  begin_pool();
  pthread_atfork(stop_pool, begin_pool, begin_pool);
  usleep(0);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    printf("child: pool begun %d after %ld\n", pool_begun, elapsed_ms());
    fflush(stdout);
    _exit(0);
  }
  usleep(1000000);
  printf("pool stopped %d, begun %d after %ld\n", pool_stopped, pool_begun, elapsed_ms());
  fflush(stdout);
  waitpid(child, NULL, 0);
  if (vfork() == 0) _exit(0);
  wait(NULL);
  printf("vfork leaves the pool alone %d\n", pool_stopped);
  fflush(stdout);
  if (_Fork() == 0) _exit(0);
  wait(NULL);
  if (fork() == 0) _exit(0);
  wait(NULL);
  printf("spawned, stopped %d\n", pool_stopped);
  return 0;
}
