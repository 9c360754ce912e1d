// Generated schedules over the short traces of the corpus, each run twice. RINGBACK_SCHEDULES=500 runs as many instead
// of a share of them (`tools/dev determinism`).
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <catch2/catch.hpp>

#include "sim/agents/builtin.h"
#include "sim/faults/actions.h"
#include "sim/faults/check_schedule.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "src/base/error.h"
#include "src/host/file.h"
#include "tests/support/run_twice.h"

namespace ringback::sim {
namespace {

namespace fs = std::filesystem;
using trace::ChannelKind;

// One stream of draws, in order.
class Draws {
 public:
  explicit Draws(std::uint64_t number)
      : stream_({.seed = number, .domain = "test", .entity = "schedules", .purpose = "draw"}) {}
  std::uint64_t below(std::uint64_t bound) { return stream_.below(next_++, bound); }
  template <class List>
  const auto& one_of(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  RandomStream stream_;
  std::uint64_t next_ = 0;
};

std::string draw_argument(const ActionRow& row, Draws& draws) {
  if (row.name == ActionName::dtmf) return "\"5\"";
  const std::vector<std::string> texts = {R"("{not-json")", R"("")", R"("null")", R"("[1,2]")"};
  const std::vector<std::string> times = {"40ms", "350ms", "1200ms", "5s", "30s"};
  const std::vector<std::string> ratios = {"1/10", "1/2", "9/10", "1"};
  const std::int64_t most = std::min(row.most, row.least + 400);
  switch (row.type) {
    case ArgumentType::nothing:
      return "";
    case ArgumentType::integer:
      return fmt::format("{}", row.least + static_cast<std::int64_t>(draws.below(most - row.least + 1)));
    case ArgumentType::size:
      return fmt::format("{}B", row.least + static_cast<std::int64_t>(draws.below(most - row.least + 1)));
    case ArgumentType::rate:
      return fmt::format("{}B/s", 20 + draws.below(20'000));
    case ArgumentType::text:
      return draws.one_of(texts);
    case ArgumentType::duration:
    case ArgumentType::signed_duration:
      return draws.one_of(times);
    case ArgumentType::probability:
      return draws.one_of(ratios);
    case ArgumentType::factor:
      return fmt::format("{}/4", 5 + draws.below(20));
  }
  return "";
}

std::string draw_action(const ActionRow& row, Draws& draws) {
  const std::string argument = draw_argument(row, draws);
  const bool is_left_out = argument.empty() || (!row.argument_required && draws.below(2) == 0);
  if (is_left_out) return std::string(row.word);
  if (row.field.empty()) return fmt::format("{{{}: {}}}", row.word, argument);
  return fmt::format("{{{}: {{{}: {}}}}}", row.word, row.field, argument);
}

std::string draw_anchor(ChannelKind kind, Draws& draws) {
  const std::uint64_t second = draws.below(30);
  switch (draws.below(6)) {
    case 0:
      return fmt::format("{{time: {}s, for: {}ms}}", second, 200 + draws.below(6'000));
    case 1:
      return fmt::format("{{time: {}s}}", second);
    case 2:
      return fmt::format("{{probability: 1/{}}}", 1 + draws.below(20));
    case 3:
      return fmt::format("{{occurrence: {}..{}}}", 1 + draws.below(4), 5 + draws.below(4));
    default:
      break;
  }
  if (kind == ChannelKind::tool) return fmt::format("{{call: {}..}}", 1 + draws.below(3));
  if (kind == ChannelKind::audio) return fmt::format("{{frame: {0}..{1}}}", second * 50, second * 50 + 100);
  return fmt::format("{{response: {}, token: {}}}", 1 + draws.below(6), 1 + draws.below(12));
}

std::string draw_fault(const trace::Trace& recording, Draws& draws) {
  std::vector<ActionRow> rows;
  for (const ActionRow& row : action_table()) {
    // What strikes a process strikes none here.
    if (row.is_available && row.family != Family::process) rows.push_back(row);
  }
  const trace::Channel& channel = draws.one_of(recording.channels.channels());
  return fmt::format("  - {{where: \"{}\", at: {}, do: {}, optional: true}}\n", channel.name,
                     draw_anchor(channel.kind, draws), draw_action(draws.one_of(rows), draws));
}

// Nothing where the fault cannot be on that channel.
std::optional<Schedule> try_schedule(const std::string& yaml, const trace::Trace& recording) {
  try {
    Schedule schedule = parse_schedule("drawn.yaml", yaml);
    if (first_unsupported(schedule)) return std::nullopt;
    check_channels(schedule, recording.channels.channels());
    return schedule;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string draw_schedule(const trace::Trace& recording, std::uint64_t number) {
  Draws draws(number);
  std::string yaml = "ringback: 1\nfaults:\n";
  const std::uint64_t wanted = 1 + draws.below(4);
  for (std::uint64_t faults = 0; faults < wanted;) {
    const std::string longer = yaml + draw_fault(recording, draws);
    if (!try_schedule(longer, recording).has_value()) continue;
    yaml = longer;
    ++faults;
  }
  return yaml;
}

std::vector<trace::Trace> short_traces() {
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator("traces")) {
    if (entry.path().extension() == ".rbt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<trace::Trace> traces;
  for (const fs::path& path : paths) {
    const auto source = host::open_source(path.string());
    trace::Trace recording = trace::read_trace(*source);
    if (recording.duration() < seconds(60)) traces.push_back(std::move(recording));
  }
  return traces;
}

std::uint64_t number_of_schedules() {
  constexpr std::uint64_t kShare = 120;
  const char* wanted = std::getenv("RINGBACK_SCHEDULES");
  return wanted == nullptr ? kShare : std::strtoull(wanted, nullptr, 10);
}

bool has_realtime(const trace::Trace& recording) {
  const auto& channels = recording.channels.channels();
  return std::any_of(channels.begin(), channels.end(),
                     [](const trace::Channel& channel) { return channel.encoding == "openai-realtime"; });
}

}  // namespace

TEST_CASE("generated schedules over the corpus run twice the same", "[determinism]") {
  const std::vector<trace::Trace> traces = short_traces();
  REQUIRE(traces.size() >= 3);
  const std::vector<const char*> voices = {"builtin:voice", "builtin:voice?retries=1&timeout=2s&fallback=spoken",
                                           "builtin:voice?model=watched&fallback=spoken"};
  std::uint64_t fired = 0;
  for (std::uint64_t number = 0; number < number_of_schedules(); ++number) {
    const trace::Trace& recording = traces[number % traces.size()];
    const std::string yaml = draw_schedule(recording, number);
    const char* agent_text = has_realtime(recording) ? voices[number / traces.size() % voices.size()] : "builtin:chat";
    INFO("schedule " << number << " with " << agent_text << "\n" << yaml);
    const Schedule schedule = parse_schedule("drawn.yaml", yaml);
    const std::unique_ptr<Agent> agent = make_builtin_agent(AgentSpec::parse(agent_text));
    const auto difference = testing::run_twice([&] {
      RunResult result = run_scenario({.recording = recording, .schedule = schedule, .seed = number}, *agent);
      for (const FaultOutcome& outcome : result.faults) fired += outcome.fired;
      return result;
    });
    REQUIRE_FALSE(difference.has_value());
  }
  REQUIRE(fired > 0);
}

}  // namespace ringback::sim
