// How fast virtual time runs: the kernel with its journal, a whole call, and calls of one minute to ten hours.
//
//   tools/dev bench
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "sim/agents/voice.h"
#include "sim/check/expectations.h"
#include "sim/check/property.h"
#include "sim/check/timeline.h"
#include "sim/kernel/kernel.h"
#include "sim/run/run.h"
#include "sim/run/run_journal.h"
#include "src/host/file.h"
#include "src/host/scratch_file.h"
#include "src/trace/trace.h"
#include "tests/bench/long_call.h"

namespace ringback::sim {
namespace {

constexpr const char* kCall = "traces/clinic-lookup.rbt";

trace::Trace load_call() {
  const auto source = host::open_source(kCall);
  return trace::read_trace(*source);
}

// A source that schedules itself again and again; each time it journals one row.
class Ticker {
 public:
  Ticker(Kernel& kernel, Lane& lane, Journal& journal, Duration period)
      : kernel_(kernel), lane_(lane), journal_(journal), period_(period) {
    event_ = trace::make_event({.channel = 1, .direction = trace::Direction::to_agent}, trace::Text{"tick"});
    schedule();
  }

 private:
  void schedule() {
    kernel_.schedule(kernel_.now() + period_, EventClass::timer, lane_, [this] {
      event_.at = kernel_.now();
      journal_.record(event_);
      schedule();
    });
  }
  Kernel& kernel_;
  Lane& lane_;
  Journal& journal_;
  Duration period_;
  trace::Event event_;
};

// Rows and the 128-bit chain, as a run computes them, without keeping the events.
class ChainJournal final : public Journal {
 public:
  void record(const trace::Event& event) override {
    row_.clear();
    trace::append_row(event, row_);
    chain_.add(row_);
  }

 private:
  Bytes row_;
  Chain chain_;
};

void kernel_events(benchmark::State& state) {
  constexpr std::uint64_t kEvents = 200'000;
  const std::int64_t pending = state.range(0);
  std::uint64_t executed = 0;
  for (auto _ : state) {
    Kernel kernel;
    ChainJournal journal;
    std::vector<std::unique_ptr<Ticker>> tickers;
    for (std::int64_t i = 0; i < pending; ++i) {
      Lane& lane = kernel.lane(std::string("lane ") + std::to_string(i % 16));
      tickers.push_back(std::make_unique<Ticker>(kernel, lane, journal, microseconds(1000 + i * 7 % 997)));
    }
    const std::int64_t rounds = static_cast<std::int64_t>(kEvents) / pending + 1;
    kernel.run(VirtualTime() + microseconds(1500) * rounds);
    executed += kernel.executed();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(executed));
}
BENCHMARK(kernel_events)->Arg(8)->Arg(64)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void replay_call(benchmark::State& state) {
  const trace::Trace recording = load_call();
  const Schedule schedule;
  std::int64_t virtual_ns = 0;
  for (auto _ : state) {
    VoiceAgent agent({});
    const RunResult result = run_scenario({.recording = recording, .schedule = schedule}, agent);
    virtual_ns += result.end.ns();
  }
  state.counters["virtual_s_per_s"] =
      benchmark::Counter(static_cast<double>(virtual_ns) / 1e9, benchmark::Counter::kIsRate);
}
BENCHMARK(replay_call)->Unit(benchmark::kMillisecond);

// Made once: ten hours take longer to make than to replay.
const trace::Trace& call_of(int minutes) {
  static std::map<int, trace::Trace> calls;
  const auto known = calls.find(minutes);
  if (known != calls.end()) return known->second;
  return calls.emplace(minutes, long_call(minutes, std::make_shared<host::ScratchFile>())).first->second;
}

// Cost for each virtual minute should not grow with the length of the call.
void replay_minutes(benchmark::State& state) {
  const trace::Trace& recording = call_of(static_cast<int>(state.range(0)));
  const Schedule schedule;
  std::int64_t virtual_ns = 0;
  std::size_t events = 0;
  for (auto _ : state) {
    VoiceAgent agent({});
    const RunResult result = run_scenario({.recording = recording, .schedule = schedule}, agent);
    virtual_ns += result.end.ns();
    events = result.run.events.size();
    if (result.divergence.has_value()) state.SkipWithError("the run left the recording");
  }
  const double minutes = static_cast<double>(virtual_ns) / 60e9;
  state.counters["virtual_s_per_s"] = benchmark::Counter(minutes * 60, benchmark::Counter::kIsRate);
  state.counters["s_per_virtual_minute"] =
      benchmark::Counter(minutes, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["events"] = static_cast<double>(events);
}
BENCHMARK(replay_minutes)->Arg(1)->Arg(10)->Arg(60)->Arg(600)->Unit(benchmark::kMillisecond);

void read_call(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(load_call().events.size());
}
BENCHMARK(read_call)->Unit(benchmark::kMillisecond);

void write_call(benchmark::State& state) {
  const trace::Trace recording = load_call();
  for (auto _ : state) {
    MemorySink sink;
    benchmark::DoNotOptimize(trace::write_trace(recording, sink));
  }
}
BENCHMARK(write_call)->Unit(benchmark::kMillisecond);

// --- memory ---

// The most of this process that was in memory at once, in octets.
std::int64_t peak_octets() {
  struct rusage used {};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<std::int64_t>(used.ru_maxrss) * 1024;
}

int make_call(int minutes, const std::string& path) {
  host::FileSink sink(path);
  trace::write_trace(long_call(minutes, std::make_shared<host::ScratchFile>()), sink);
  sink.finish();
  return 0;
}

// What `ringback replay -o` does: reads a trace, runs, judges, and writes the run.
int play_call(const std::string& path) {
  trace::Trace recording = [&] {
    const auto source = host::open_source(path);
    return trace::read_trace(*source, std::make_shared<host::ScratchFile>());
  }();
  const std::int64_t read = peak_octets();
  const Schedule schedule;
  VoiceAgent agent({});
  const RunResult result = run_scenario({.recording = recording, .schedule = schedule}, agent);
  const std::int64_t run = peak_octets();
  const Timeline timeline = build_timeline(result.run, result.end);
  const std::vector<PropertyResult> properties = check_run(result, timeline, default_expectations());
  const std::int64_t judged = peak_octets();
  host::FileSink sink(path + ".run");
  trace::write_trace(result.run, sink);
  std::printf("| %.0f minutes, %zu events | %.1f MB | %.1f MB | %.1f MB | %.1f MB |\n",
              static_cast<double>(result.end.ns()) / 60e9, result.run.events.size(), static_cast<double>(read) / 1e6,
              static_cast<double>(run) / 1e6, static_cast<double>(judged) / 1e6,
              static_cast<double>(peak_octets()) / 1e6);
  return properties.empty() ? 1 : 0;
}

// In processes of their own, so that one's memory is not taken for another's.
int measure_memory(const std::string& program) {
  std::printf("\nThe most that was in memory, in all, after each step of a replay:\n\n");
  std::printf("| call | reading it | running it | judging it | writing the run |\n|---|---|---|---|---|\n");
  for (const int minutes : {10, 60, 600}) {
    const std::string path = fmt::format("{}.{}.rbt", program, minutes);
    std::fflush(stdout);
    const int code = std::system(
        fmt::format("'{0}' --make {1} '{2}' && '{0}' --play '{2}'; rm -f '{2}'", program, minutes, path).c_str());
    if (code != 0) return 1;
  }
  return 0;
}

}  // namespace

// With arguments of its own it measures memory; else the benchmarks.
int bench_main(int count, char** words) {
  const std::vector<std::string> given(words + 1, words + count);
  if (given.size() == 3 && given[0] == "--make") return make_call(std::stoi(given[1]), given[2]);
  if (given.size() == 2 && given[0] == "--play") return play_call(given[1]);
  if (given.size() == 1 && given[0] == "--memory") return measure_memory(words[0]);
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace ringback::sim

int main(int count, char** words) { return ringback::sim::bench_main(count, words); }
