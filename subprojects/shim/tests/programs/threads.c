#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

enum { WORKERS = 6, ROUNDS = 50 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_barrier_t barrier;
static sem_t tokens;
static int turn, begun, holders, most_holders, inside;
static uint64_t history;

static void note(int value) { history = (history ^ (uint64_t)value) * 0x9E3779B97F4A7C15u; }
static void begin(void) {
  usleep(100);
  ++begun;
}

static void take_turns(int number) {
  for (int round = 0; round < ROUNDS; ++round) {
    pthread_mutex_lock(&mutex);
    while (turn % WORKERS != number) pthread_cond_wait(&changed, &mutex);
    ++turn;
    note(number);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }
}

static void share_tokens(int number) {
  for (int round = 0; round < ROUNDS; ++round) {
    sem_wait(&tokens);
    int now = __atomic_add_fetch(&holders, 1, __ATOMIC_SEQ_CST);
    if (now > most_holders) most_holders = now;
    usleep(10);
    note(number + 100);
    __atomic_sub_fetch(&holders, 1, __ATOMIC_SEQ_CST);
    sem_post(&tokens);
  }
}

static void read_and_write(int number) {
  for (int round = 0; round < ROUNDS; ++round) {
    if (round % 5 == number % 5) {
      pthread_rwlock_wrlock(&rwlock);
      if (inside++ != 0) abort();
      usleep(10);
      --inside;
    } else {
      pthread_rwlock_rdlock(&rwlock);
      if (inside != 0) abort();
      sched_yield();
    }
    note(number + 200);
    pthread_rwlock_unlock(&rwlock);
  }
}

static void* work(void* argument) {
  int number = (int)(long)argument;
  pthread_once(&once, begin);
  take_turns(number);
  pthread_barrier_wait(&barrier);
  share_tokens(number);
  pthread_barrier_wait(&barrier);
  read_and_write(number);
  return NULL;
}

static void wait_in_vain(void) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 2;
  pthread_mutex_lock(&mutex);
  int waited = pthread_cond_timedwait(&changed, &mutex, &until);
  printf("timedwait %s after %ld\n", waited == ETIMEDOUT ? "timed out" : "woken", elapsed_ms());
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 1;
  sem_t none;
  sem_init(&none, 0, 0);
  int got = sem_timedwait(&none, &until);
  printf("sem_timedwait %d after %ld\n", got, elapsed_ms());
  pthread_mutex_unlock(&mutex);
}

int run_contention(void) {
  pthread_t threads[WORKERS];
  sem_init(&tokens, 0, 2);
  pthread_barrier_init(&barrier, NULL, WORKERS);
  for (long i = 0; i < WORKERS; ++i) pthread_create(&threads[i], NULL, work, (void*)i);
  for (int i = 0; i < WORKERS; ++i) pthread_join(threads[i], NULL);
  printf("once %d turns %d holders %d history %016lx\n", begun, turn, most_holders, (unsigned long)history);
  wait_in_vain();
  return 0;
}

static pthread_key_t key;
static int destroyed;
static void destroy(void* value) {
  pthread_mutex_lock(&mutex);
  destroyed += (int)(long)value;
  pthread_mutex_unlock(&mutex);
}

static void* brief(void* argument) {
  pthread_setspecific(key, (void*)1L);
  if ((long)argument % 3 == 0) usleep(5);
  return argument;
}

int run_churn(void) {
  pthread_key_create(&key, destroy);
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  uintptr_t addresses = 0;
  for (long i = 0; i < 10000; ++i) {
    pthread_t thread;
    pthread_create(&thread, i % 2 ? &detached : NULL, brief, (void*)i);
    if (i % 2 == 0) pthread_join(thread, NULL);
    void* block = malloc(100 + (size_t)i);
    addresses = addresses * 31 + (uintptr_t)block;
    free(block);
  }
  usleep(1000);
  printf("destroyed %d addresses %lx\n", destroyed, (unsigned long)addresses);
  return 0;
}

static int order[WORKERS], ordered;
static struct timespec appointed;
static void* sleep_until_appointed(void* argument) {
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &appointed, NULL);
  order[ordered++] = (int)(long)argument;
  return NULL;
}

// Who parked first among those whose time comes at once, goes first.
int run_equal(void) {
  pthread_t sleepers[WORKERS];
  clock_gettime(CLOCK_MONOTONIC, &appointed);
  appointed.tv_sec += 1;
  for (long i = 0; i < WORKERS; ++i) pthread_create(&sleepers[i], NULL, sleep_until_appointed, (void*)i);
  for (int i = 0; i < WORKERS; ++i) pthread_join(sleepers[i], NULL);
  for (int i = 0; i < WORKERS; ++i) printf("%d ", order[i]);
  printf("after %ld\n", elapsed_ms());
  return 0;
}

static struct timespec in_seconds(clockid_t clock, int seconds) {
  struct timespec time;
  clock_gettime(clock, &time);
  time.tv_sec += seconds;
  return time;
}

static void* hold_everything(void* unused) {
  pthread_mutex_lock(&mutex);
  pthread_rwlock_wrlock(&rwlock);
  sleep(1000);
  return unused;
}

// Every wait with a time limit that libc has, each of one second.
int run_limits(void) {
  pthread_t holder;
  pthread_create(&holder, NULL, hold_everything, NULL);
  usleep(1000);
  struct timespec at = in_seconds(CLOCK_REALTIME, 1);
  int result = pthread_mutex_timedlock(&mutex, &at);
  printf("mutex_timedlock %d after %ld\n", result == ETIMEDOUT, elapsed_ms());
  at = in_seconds(CLOCK_MONOTONIC, 1);
  result = pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &at);
  printf("mutex_clocklock %d after %ld\n", result == ETIMEDOUT, elapsed_ms());
  at = in_seconds(CLOCK_REALTIME, 1);
  result = pthread_rwlock_timedrdlock(&rwlock, &at);
  printf("rwlock_timedrdlock %d after %ld\n", result == ETIMEDOUT, elapsed_ms());
  at = in_seconds(CLOCK_REALTIME, 1);
  result = pthread_rwlock_timedwrlock(&rwlock, &at);
  printf("rwlock_timedwrlock %d after %ld\n", result == ETIMEDOUT, elapsed_ms());
  pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&own);
  at = in_seconds(CLOCK_MONOTONIC, 1);
  result = pthread_cond_clockwait(&changed, &own, CLOCK_MONOTONIC, &at);
  printf("cond_clockwait %d after %ld\n", result == ETIMEDOUT, elapsed_ms());
  sem_t none;
  sem_init(&none, 0, 0);
  at = in_seconds(CLOCK_MONOTONIC, 1);
  result = sem_clockwait(&none, CLOCK_MONOTONIC, &at);
  printf("sem_clockwait %d after %ld\n", result, elapsed_ms());
  mtx_t timed;
  cnd_t condition;
  mtx_init(&timed, mtx_timed);
  cnd_init(&condition);
  mtx_lock(&timed);
  at = in_seconds(CLOCK_REALTIME, 1);
  result = cnd_timedwait(&condition, &timed, &at);
  printf("cnd_timedwait %d after %ld\n", result == thrd_timedout, elapsed_ms());
  at = in_seconds(CLOCK_REALTIME, 1);
  result = pthread_timedjoin_np(holder, NULL, &at);
  printf("timedjoin %d after %ld\n", result == ETIMEDOUT, elapsed_ms());
  return 0;
}

static int ends[2];
static void cleaned(void* what) { printf("%s: cleaned up after %ld\n", (const char*)what, elapsed_ms()); }

static void* wait_for_cancel(void* how) {
  pthread_cleanup_push(cleaned, how);
  char octet;
  if (strcmp(how, "read") == 0) (void)!read(ends[0], &octet, 1);
  if (strcmp(how, "sleep") == 0) sleep(1000);
  if (strcmp(how, "pause") == 0) pause();
  if (strcmp(how, "condition") == 0) {
    pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&own);
    pthread_cond_wait(&changed, &own);
  }
  if (strcmp(how, "disabled") == 0) {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    sleep(3);
    printf("not while it is disabled\n");
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    sleep(1000);
  }
  pthread_cleanup_pop(0);
  return NULL;
}

int run_cancel(void) {
  static const char* const kWays[] = {"read", "sleep", "pause", "condition", "disabled"};
  if (pipe(ends)) return 1;
  for (size_t i = 0; i < sizeof kWays / sizeof *kWays; ++i) {
    pthread_t thread;
    void* result;
    pthread_create(&thread, NULL, wait_for_cancel, (void*)kWays[i]);
    sleep(1);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("cancelled %d\n", result == PTHREAD_CANCELED);
  }
  return 0;
}

static volatile int arrived;
static void* arrive(void* unused) {
  arrived = 1;
  return unused;
}

// How long two threads that make no calls take to see one another: for ever, where one goes at a time.
int run_race(void) {
  enum { GIVE_UP = 20000000, TIMES = 10 };
  for (int i = 0; i < TIMES; ++i) {
    pthread_t thread;
    arrived = 0;
    pthread_create(&thread, NULL, arrive, NULL);
    long looks = 0;
    while (!arrived && looks < GIVE_UP) ++looks;
    pthread_join(thread, NULL);
    printf("%ld\n", looks);
  }
  return 0;
}
