// What an unmodified program in virtual time costs.
//
//   process_bench shim PROGRAMS             a clock read, an idle hop, a hop by way of the simulator; PROGRAMS:
//   shim-programs process_bench call NAME COMMAND...      a call of 10 minutes through the agent that COMMAND starts
//
// Prints rows of Markdown tables.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "ringback/shim/session.h"

#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "src/process/process_agent.h"
#include "tests/bench/long_call.h"

namespace ringback {
namespace {

constexpr const char* kOverlay = R"(ringback: 1
bind:
  - {channel: tool:ehr.lookup_patient, url: "https://ehr.example/v1/patients"}
)";
constexpr int kRepetitions = 5;

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double cpu_s(int who) {
  rusage used{};
  ::getrusage(who, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// --- the shim alone ---

struct Taken {
  double wall_s = 0;
  double processor_s = 0;  // of the program and of us
};

double processor_s() { return cpu_s(RUSAGE_SELF) + cpu_s(RUSAGE_CHILDREN); }

// What the program takes, which does its thing `count` times.
Taken program(const std::string& programs, const std::string& name, int count, bool look_ahead) {
  shim::Session session(
      {.command = {programs, name}, .environment = {{"COUNT", std::to_string(count)}}, .look_ahead = look_ahead});
  const double begin = now_s(), processor = processor_s();
  std::int64_t now = 0;
  for (;;) {
    const shim::Turn turn = session.resume(now, shim::kNever);
    if (turn.exited) return {now_s() - begin, processor_s() - processor};
    now = turn.deadline_ns.value_or(turn.now_ns);
  }
}

// Of one, without what the program takes to start.
Taken one_of(const std::string& programs, const std::string& name, int count, bool look_ahead) {
  std::vector<double> wall, processor;
  for (int i = 0; i < kRepetitions; ++i) {
    const Taken many = program(programs, name, count, look_ahead), one = program(programs, name, 1, look_ahead);
    wall.push_back((many.wall_s - one.wall_s) / count);
    processor.push_back((many.processor_s - one.processor_s) / count);
  }
  return {median(wall), median(processor)};
}

void bench_shim(const std::string& programs) {
  const auto row = [](const char* what, const Taken& taken, double per_second, const char* unit) {
    fmt::print("| {} | {:.2f} {} | {:.2f} {} |\n", what, taken.wall_s * per_second, unit,
               taken.processor_s * per_second, unit);
  };
  row("a clock read in the child", one_of(programs, "reads", 20'000'000, true), 1e9, "ns");
  row("an idle hop inside the shim", one_of(programs, "idle", 200'000, true), 1e6, "us");
  row("an idle hop by way of the simulator", one_of(programs, "idle", 100'000, false), 1e6, "us");
}

// --- a call ---

// "VmHWM" or "VmRSS" of this process, in MB.
double memory_mb(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(which + ":", 0) == 0) return std::stod(line.substr(which.size() + 1)) * 1024 / 1e6;
  return 0;
}

struct Measured {
  double wall_s = 0;
  double simulator_s = 0;
  double child_s = 0;
  double shim_s = 0;
  double virtual_s = 0;
  double grown_mb = 0;  // by the run, the recording not counted
};

Measured call(const std::vector<std::string>& command, const trace::Trace& recording) {
  const sim::Schedule schedule = sim::parse_schedule("bench.yaml", kOverlay);
  shim::Counters counters;
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
  const double resident = memory_mb("VmRSS");
  const double wall = now_s(), own = cpu_s(RUSAGE_SELF), children = cpu_s(RUSAGE_CHILDREN);
  Measured measured;
  {
    process::ProcessAgent agent({.command = command, .counters = &counters}, recording, schedule);
    const sim::RunResult result = run_scenario({.recording = recording, .schedule = schedule}, agent);
    measured.virtual_s = static_cast<double>(result.end.ns()) / 1e9;
    for (const std::string& notice : agent.facts().notices) fmt::print(stderr, "{}\n", notice);
    if (const auto& left = result.divergence)
      fail("the run left the recording at {} ns, on {}: {}; expected {}, found {}", left->at.ns(), left->channel,
           left->what, left->expected, left->actual);
  }
  measured.wall_s = now_s() - wall;
  measured.simulator_s = cpu_s(RUSAGE_SELF) - own;
  measured.child_s = cpu_s(RUSAGE_CHILDREN) - children;
  measured.shim_s = static_cast<double>(counters.cpu_ns) / 1e9;
  measured.grown_mb = memory_mb("VmHWM") - resident;
  return measured;
}

double median_of(const std::vector<Measured>& all, double Measured::*what) {
  std::vector<double> values;
  for (const Measured& one : all) values.push_back(one.*what);
  return median(values);
}

void bench_call(const std::string& name, const std::vector<std::string>& command) {
  const trace::Trace brief = sim::long_call(1), lengthy = sim::long_call(10);
  std::vector<Measured> one, ten;
  for (int i = 0; i < kRepetitions; ++i) {
    one.push_back(call(command, brief));
    ten.push_back(call(command, lengthy));
  }
  // From the difference of the two, what they have in common is the start-up.
  const double minutes = (ten[0].virtual_s - one[0].virtual_s) / 60;
  const auto of_ten = [&](double Measured::*what) {
    return (median_of(ten, what) - median_of(one, what)) / minutes * 10;
  };
  const double wall = of_ten(&Measured::wall_s), child = of_ten(&Measured::child_s);
  const double shim = of_ten(&Measured::shim_s), simulator = of_ten(&Measured::simulator_s);
  fmt::print("| {} | {:.2f} s | {:.0f} | {:.2f} s | {:.2f} s | {:.2f} s | {:.2f} s | {:.0f} MB |\n", name, wall,
             600 / wall, median_of(ten, &Measured::wall_s) - wall / 10 * ten[0].virtual_s / 60, child - shim, shim,
             simulator, median_of(ten, &Measured::grown_mb));
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "shim") {
    bench_shim(words[1]);
    return 0;
  }
  if (words.size() >= 3 && words[0] == "call") {
    bench_call(words[1], {words.begin() + 2, words.end()});
    return 0;
  }
  std::cerr << "process_bench shim PROGRAMS | call NAME COMMAND...\n";
  return 2;
}

}  // namespace
}  // namespace ringback

int main(int count, char** words) {
  try {
    return ringback::run({words + 1, words + count});
  } catch (const std::exception& error) {
    std::cerr << "process_bench: " << error.what() << "\n";
    return 2;
  }
}
