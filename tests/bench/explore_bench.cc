// How many cases a search gets through on one core: a case is drawn, run, judged by the default properties, and its
// features are counted. And how many cases of a retry test, through what include/ringback/agent.h gives its users.
#include <benchmark/benchmark.h>

#include "include/ringback/agent.h"
#include "sim/agents/voice.h"
#include "sim/explore/campaign.h"
#include "src/base/error.h"
#include "src/host/file.h"
#include "tests/bench/long_call.h"

namespace ringback::sim {
namespace {

void explore(benchmark::State& state, const Tape& tape) {
  const VoiceOptions options = parse_voice_options(AgentSpec::parse("builtin:voice"));
  Subject subject({.make_agent = [options](auto&&...) { return std::make_unique<VoiceAgent>(options); },
                   .expectations = default_expectations()});
  const Generator generator(*tape, find_sites(subject.replay(tape, {}).run), {});
  Campaign campaign(generator, {.seed = 1, .cases = 1'000'000});
  std::uint64_t cases = 0;
  for (auto _ : state) {
    std::vector<Outcome> outcomes;
    for (const Case& one : campaign.next_round()) outcomes.push_back(subject.run(tape, one, RunDigest::left_out));
    cases += outcomes.size();
    campaign.take(outcomes);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(cases));
  state.counters["call_s"] = static_cast<double>(tape->duration().ns()) / 1e9;
}

void explore_clinic(benchmark::State& state) {
  const auto source = host::open_source("traces/clinic-lookup.rbt");
  explore(state, Tape(trace::read_trace(*source)));
}
BENCHMARK(explore_clinic)->Unit(benchmark::kMillisecond);

void explore_two_minutes(benchmark::State& state) { explore(state, Tape(long_call(2))); }
BENCHMARK(explore_two_minutes)->Unit(benchmark::kMillisecond);

// Five attempts of a second and a half each, waits that double up to a cap: ten events where all of them fail.
Task<void> look_up(Rehearsal& world, bool& found) {
  Duration backoff = milliseconds(200);
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (attempt > 0) {
      co_await sleep(world.kernel(), world.lane(), backoff);
      backoff = std::min(backoff * 2, Duration(seconds(1)));
    }
    Task<ToolReply> asked = world.tools().call("lookup", R"({"name":"Ada"})");
    std::optional<ToolReply> reply =
        co_await with_timeout(world.kernel(), world.lane(), milliseconds(1500), std::move(asked));
    if (!reply.has_value() || !reply->answered || reply->status != 200) continue;
    found = true;
    co_return;
  }
}

// As a user's property test does it: the answers are drawn, the logic runs, what it did is judged. `always` gives no
// good answer, so that all of the ten events come about.
void rehearse(benchmark::State& state, bool always_fails) {
  Seed seed = 0;
  std::uint64_t attempts = 0;
  for (auto _ : state) {
    std::vector<ToolAnswer> answers = drawn_answers(++seed, 5);
    for (ToolAnswer& answer : answers) {
      if (always_fails && answer.failure.empty() && !answer.never) answer.status = 503;
    }
    Rehearsal world(std::move(answers));
    bool found = false;
    const bool has_ended = world.run(look_up(world, found));
    RINGBACK_CHECK(has_ended && world.attempts().size() <= 5 && world.now() <= VirtualTime() + seconds(11),
                   "the logic is sound: {} attempts", world.attempts().size());
    attempts += world.attempts().size();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.counters["events"] = 2 * static_cast<double>(attempts) / static_cast<double>(state.iterations());
}
void rehearse_drawn_answers(benchmark::State& state) { rehearse(state, false); }
void rehearse_ten_events(benchmark::State& state) { rehearse(state, true); }
BENCHMARK(rehearse_drawn_answers);
BENCHMARK(rehearse_ten_events);

}  // namespace
}  // namespace ringback::sim
