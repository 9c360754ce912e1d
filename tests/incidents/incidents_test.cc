// The table of traces/incidents/README.md: every row is an incident that an agent with the flaw fails by the property
// that is named, and an agent without it passes.
#include <filesystem>
#include <sstream>

#include <catch2/catch.hpp>

#include "include/ringback/agent.h"
#include "include/ringback/replay.h"
#include "src/host/file.h"

namespace ringback {
namespace {

namespace fs = std::filesystem;

const std::string kFolder = "traces/incidents/";

struct Incident {
  std::string name;
  std::string trace;
  std::string flawed_agent;
  std::string sound_agent;
  std::string property;
};

// The text between the first pair of `open` and `close`, or all of it without spaces around.
std::string inside(const std::string& cell, char open, char close) {
  const std::size_t begin = cell.find(open);
  const std::size_t end = begin == std::string::npos ? begin : cell.find(close, begin + 1);
  if (end != std::string::npos) return cell.substr(begin + 1, end - begin - 1);
  const std::size_t first = cell.find_first_not_of(' ');
  return first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1);
}

std::vector<Incident> read_table() {
  std::vector<Incident> incidents;
  std::istringstream lines(host::read_whole(kFolder + "README.md"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| [")) continue;
    std::vector<std::string> cells;
    std::istringstream row(line.substr(1));
    for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
    REQUIRE(cells.size() >= 5);
    incidents.push_back({.name = inside(cells[0], '[', ']'),
                         .trace = inside(cells[1], '`', '`'),
                         .flawed_agent = inside(cells[2], '`', '`'),
                         .sound_agent = inside(cells[3], '`', '`'),
                         .property = inside(cells[4], '`', '`')});
  }
  return incidents;
}

Replay replay_of(const Incident& incident) {
  Replay replay{.recording = load_trace("traces/" + incident.trace + ".rbt"),
                .faults = load_faults(kFolder + incident.name + ".yaml")};
  const std::string expectations = kFolder + incident.name + ".expect.yaml";
  if (fs::exists(expectations)) replay.expectations = load_expectations(expectations);
  return replay;
}

Replayed run_agent(const Replay& replay, const std::string& text) {
  const std::unique_ptr<Agent> agent = sim::make_agent(AgentSpec::parse(text), {});
  return run(replay, *agent);
}

}  // namespace

TEST_CASE("every incident fails on the agent with the flaw and passes on the one without", "[incidents]") {
  const std::vector<Incident> incidents = read_table();
  REQUIRE(incidents.size() >= 8);
  for (const Incident& incident : incidents) {
    const Replay replay = replay_of(incident);
    const Replayed flawed = run_agent(replay, incident.flawed_agent);
    const Replayed sound = run_agent(replay, incident.sound_agent);
    INFO(incident.name << "\nwith " << incident.flawed_agent << "\n"
                       << flawed.text() << "\nwith " << incident.sound_agent << "\n"
                       << sound.text());
    CHECK(flawed.verdict(incident.property) == Verdict::failed);
    CHECK_FALSE(flawed.holds());
    CHECK(sound.verdict(incident.property) != Verdict::failed);
    CHECK(sound.holds());
  }
}

TEST_CASE("every overlay of the folder stands in the table", "[incidents]") {
  const std::vector<Incident> incidents = read_table();
  std::size_t overlays = 0;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    const fs::path path = entry.path();
    if (path.extension() != ".yaml" || path.stem().extension() == ".expect") continue;
    ++overlays;
    INFO(path);
    CHECK(std::any_of(incidents.begin(), incidents.end(),
                      [&](const Incident& incident) { return incident.name == path.stem(); }));
  }
  CHECK(overlays == incidents.size());
}

}  // namespace ringback
