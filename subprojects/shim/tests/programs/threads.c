#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
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
  for (long i = 0; i < 3000; ++i) {
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
