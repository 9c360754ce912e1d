// Every trace of the corpus, and every Realtime recording that is present beside the project, replayed twice.
#include <algorithm>
#include <filesystem>

#include <catch2/catch.hpp>

#include "sim/agents/builtin.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "src/formats/realtime_cassette.h"
#include "src/host/file.h"
#include "tests/support/run_twice.h"

namespace ringback::sim {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& folder, const char* extension) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Faults that act on any call: each tool answers broken JSON, now and then; the second response is cut; two seconds of
// silence where there is sound.
Schedule overlay_for(const trace::Trace& recording) {
  std::string yaml =
      "ringback: 1\nfaults:\n  - {where: model, at: {response: 2, token: 2}, do: {cut: {code: 1006}}, optional: "
      "true}\n";
  for (const trace::Channel& channel : recording.channels.channels()) {
    if (channel.kind == trace::ChannelKind::tool) {
      yaml += fmt::format("  - {{where: \"{}\", at: {{probability: 2/3}}, do: malformed}}\n", channel.name);
    }
    if (channel.name == "caller.audio") {
      yaml += "  - {where: caller.audio, at: {time: 5s, for: 2s}, do: silence, optional: true}\n";
    }
  }
  return parse_schedule("overlay.yaml", yaml);
}

// The builtin agent that a recording is for.
std::string agent_for(const trace::Trace& recording) {
  std::string agent = "builtin:chat";
  for (const trace::Channel& channel : recording.channels.channels()) {
    if (channel.encoding == "openai-realtime") return "builtin:voice";
    if (channel.kind == trace::ChannelKind::transcriber) agent = "builtin:cascade";
  }
  return agent;
}

std::size_t require_same_twice(const trace::Trace& recording, const std::string& name) {
  std::size_t events = 0;
  std::vector<Schedule> schedules = {overlay_for(recording)};
  std::vector<const char*> all_options = {"?retries=1&fallback=spoken"};
  // An hour costs seconds: once is enough.
  if (recording.duration() < seconds(1800)) {
    schedules.emplace_back();
    all_options.push_back("");
  }
  for (const Schedule& schedule : schedules) {
    for (const char* options : all_options) {
      const std::string agent_text = agent_for(recording) + options;
      const std::unique_ptr<Agent> agent = make_builtin_agent(AgentSpec::parse(agent_text));
      const auto difference = testing::run_twice([&] {
        RunResult result = run_scenario({.recording = recording, .schedule = schedule, .seed = 3}, *agent);
        events += result.run.events.size();
        return result;
      });
      INFO(name << " with " << agent_text << "\n"
                << (difference ? trace::to_text(*difference, {"first", "second"}) : ""));
      REQUIRE_FALSE(difference.has_value());
    }
  }
  return events;
}

bool speaks_realtime(const trace::Trace& recording) {
  for (const trace::Channel& channel : recording.channels.channels()) {
    if (channel.encoding == "openai-realtime") return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every trace of the corpus runs twice the same, with and without faults", "[determinism]") {
  const std::vector<fs::path> traces = files_below("traces", ".rbt");
  REQUIRE_FALSE(traces.empty());
  for (const fs::path& path : traces) {
    const auto source = host::open_source(path.string());
    REQUIRE(require_same_twice(trace::read_trace(*source), path.string()) > 0);
  }
}

TEST_CASE("every Realtime recording that is present runs twice the same, with and without faults", "[determinism]") {
  const std::vector<fs::path> cassettes = files_below("../shared/data/pydantic-ai-realtime-ws", ".yaml");
  if (cassettes.empty()) WARN("skipped: there are no recordings in ../shared/data");
  std::size_t replayed = 0;
  for (const fs::path& path : cassettes) {
    const trace::Trace recording = formats::import_realtime_cassette(path.string(), host::read_whole(path.string()));
    if (!speaks_realtime(recording)) continue;
    require_same_twice(recording, path.string());
    ++replayed;
  }
  if (!cassettes.empty()) REQUIRE(replayed > 0);
}

}  // namespace ringback::sim
