// How fast virtual time runs: the kernel with its journal, a whole call, and calls of one minute to two hours.
//
//   tools/dev bench
#include <malloc.h>

#include <cstdio>

#include <benchmark/benchmark.h>

#include "sim/agents/voice.h"
#include "sim/kernel/kernel.h"
#include "sim/run/run.h"
#include "sim/run/run_journal.h"
#include "src/host/file.h"
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

// What of this process lies in memory.
std::int64_t resident_octets() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  long pages = 0;
  long resident = 0;
  const int found = std::fscanf(file, "%ld %ld", &pages, &resident);
  std::fclose(file);
  return found == 2 ? resident * 4096 : 0;
}

// Cost for each virtual minute should not grow with the length of the call.
void replay_minutes(benchmark::State& state) {
  const trace::Trace recording = long_call(static_cast<int>(state.range(0)));
  const Schedule schedule;
  std::int64_t virtual_ns = 0;
  std::int64_t grown = 0;
  std::size_t events = 0;
  for (auto _ : state) {
    ::malloc_trim(0);  // what was freed before would hide what a run takes
    const std::int64_t before = resident_octets();
    VoiceAgent agent({});
    const RunResult result = run_scenario({.recording = recording, .schedule = schedule}, agent);
    virtual_ns += result.end.ns();
    events = result.run.events.size();
    if (result.divergence.has_value()) state.SkipWithError("the run left the recording");
    grown = std::max(grown, resident_octets() - before);
  }
  const double minutes = static_cast<double>(virtual_ns) / 60e9;
  state.counters["virtual_s_per_s"] = benchmark::Counter(minutes * 60, benchmark::Counter::kIsRate);
  state.counters["s_per_virtual_minute"] =
      benchmark::Counter(minutes, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["events"] = static_cast<double>(events);
  state.counters["run_MB"] = static_cast<double>(grown) / 1e6;
}
BENCHMARK(replay_minutes)->Arg(1)->Arg(10)->Arg(60)->Arg(120)->Unit(benchmark::kMillisecond);

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

}  // namespace
}  // namespace ringback::sim

BENCHMARK_MAIN();
