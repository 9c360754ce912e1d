#include <stdio.h>
#include <string.h>
#include <time.h>

#include "program.h"

int64_t elapsed(void) {
  static int64_t begin;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
  if (!begin) begin = ns;
  return ns - begin;
}

long elapsed_ms(void) { return (long)(elapsed() / 1000000); }

int main(int count, char** words) {
  static const struct {
    const char* name;
    int (*run)(void);
  } kPrograms[] = {
      {"clock", run_clock},
      {"contention", run_contention},
      {"churn", run_churn},
      {"signals", run_signals},
      {"timers", run_timers},
      {"children", run_children},
      {"atfork", run_atfork},
      {"ends", run_ends},
      {"sockets", run_sockets},
      {"sixth", run_sixth},
      {"server", run_server},
      {"ports", run_ports},
      {"inherit", run_inherit},
      {"datagrams", run_datagrams},
      {"raw", run_raw},
      {"unknown", run_unknown},
      {"spin", run_spin},
      {"many_polls", run_many_polls},
      {"many_reads", run_many_reads},
      {"hang", run_hang},
      {"files", run_files},
      {"random", run_random},
      {"crowd", run_crowd},
      {"names", run_names},
      {"orphan", run_orphan},
      {"crash", run_crash},
      {"term", run_term},
      {"idle", run_idle},
      {"reads", run_reads},
      {"equal", run_equal},
      {"limits", run_limits},
      {"cancel", run_cancel},
      {"race", run_race},
      {"signalfd", run_signalfd},
      {"notices", run_notices},
      {"now", run_now},
      {"neighbours", run_neighbours},
      {"flood", run_flood},
      {"broken", run_broken},
      {"burst", run_burst},
      {"generations", run_generations},
      {"interfaces", run_interfaces},
      {"stacks", run_stacks},
      {"cycles", run_cycles},
  };
  elapsed();
  for (size_t i = 0; count > 1 && i < sizeof kPrograms / sizeof *kPrograms; ++i)
    if (strcmp(words[1], kPrograms[i].name) == 0) return kPrograms[i].run();
  fprintf(stderr, "no such program\n");
  return 2;
}
