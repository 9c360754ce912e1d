#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// 3 where it can have no socket but a local one, as nothing that the run started should.
static int without_network(void) {
  if (socket(AF_UNIX, SOCK_STREAM, 0) < 0) return 5;
  return socket(AF_INET, SOCK_STREAM, 0) < 0 && socket(AF_INET6, SOCK_DGRAM, 0) < 0 ? 3 : 4;
}

// Answers each line with its length and the sum of its octets. Two threads take turns at the work, which takes real
// time of its own and some waiting; while there is none, one of them wakes each second.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER, never = PTHREAD_COND_INITIALIZER;
static char line[1 << 20];
static int has_line, has_answer, length;
static unsigned sum;

static void wait_for(pthread_cond_t* condition, int ms) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += ms * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_timedwait(condition, &mutex, &until);
}

static void* add_up(void* unused) {
  (void)unused;
  for (;;) {
    pthread_mutex_lock(&mutex);
    while (!has_line) wait_for(&changed, 1000);
    has_line = 0;
    const struct timespec moment = {0, 3000000};
    nanosleep(&moment, NULL);
    wait_for(&never, 5);
    length = (int)strlen(line);
    sum = 0;
    for (int round = 0; round < 100; ++round)
      for (const char* at = line; *at; ++at) sum += (unsigned char)*at;
    has_answer = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void answer_lines(void) {
  pthread_t worker;
  pthread_create(&worker, NULL, add_up, NULL);
  while (fgets(line, sizeof line, stdin)) {
    pthread_mutex_lock(&mutex);
    has_line = 1;
    pthread_cond_broadcast(&changed);
    while (!has_answer) pthread_cond_wait(&changed, &mutex);
    has_answer = 0;
    pthread_mutex_unlock(&mutex);
    printf("%d %u\n", length, sum);
    fflush(stdout);
  }
}

int main(int count, char** words) {
  const char* wanted = count > 1 ? words[1] : "";
  if (strcmp(wanted, "spin") == 0)
    for (volatile int spins = 1; spins;) continue;
  if (strcmp(wanted, "start") == 0) return system("sleep 0.02; echo child of a helper");
  if (strcmp(wanted, "answer") != 0) return without_network();
  answer_lines();
  return 7;
}
