#include "include/ringback/replay.h"

#include "sim/check/exit_code.h"
#include "sim/explore/repro.h"
#include "sim/faults/parse.h"
#include "sim/report/text.h"
#include "sim/run/recording_of_run.h"
#include "sim/run/run.h"
#include "src/base/error.h"
#include "src/host/file.h"
#include "src/host/scratch_file.h"
#include "src/trace/diff.h"

namespace ringback {

trace::Trace load_trace(const std::string& path) {
  const std::unique_ptr<ByteSource> source = host::open_source(path);
  return trace::read_trace(*source, std::make_shared<host::ScratchFile>());
}

Schedule load_faults(const std::string& path) { return sim::parse_schedule(path, host::read_whole(path)); }

Expectations load_expectations(const std::string& path) {
  return sim::parse_expectations(path, host::read_whole(path));
}

Schedule parse_faults(std::string_view yaml) { return sim::parse_schedule("faults", yaml); }

Expectations parse_expectations(std::string_view yaml) { return sim::parse_expectations("expectations", yaml); }

Replay load_repro(const std::string& path) {
  const sim::Repro repro = sim::read_repro(path, load_trace(path));
  return {.recording = sim::mutated(repro.recording, repro.one.mutations),
          .faults = repro.one.schedule,
          .expectations = repro.expectations,
          .seed = repro.one.seed,
          .caller = sim::parse_caller_options(repro.caller),
          .is_lenient = true,
          .reaction = repro.one.reaction};
}

Replayed run(const Replay& asked, sim::Agent& agent) {
  Replay replay = asked;
  sim::restore_run("the recording", replay.recording, replay.faults);
  Replayed replayed{.result = sim::run_scenario({.recording = replay.recording,
                                                 .schedule = replay.faults,
                                                 .seed = replay.seed,
                                                 .caller = replay.caller,
                                                 .is_lenient = replay.is_lenient,
                                                 .reaction = replay.reaction},
                                                agent)};
  replayed.timeline = sim::build_timeline(replayed.result.run, replayed.result.end);
  replayed.properties = sim::check_run(replayed.result, replayed.timeline, replay.expectations);
  replayed.metrics = sim::measure(replayed.timeline);
  return replayed;
}

bool Replayed::holds() const { return sim::exit_code_of(result, properties) == sim::ExitCode::holds; }

Verdict Replayed::verdict(std::string_view property) const {
  for (const PropertyResult& answer : properties) {
    if (sim::name_of(answer.property) == property) return answer.verdict;
  }
  fail("expected a property that was asked, found '{}'", property);
}

std::string Replayed::text() const {
  const sim::Report report{.result = result,
                           .timeline = timeline,
                           .properties = properties,
                           .metrics = metrics,
                           .trace = {},
                           .agent = "in this program",
                           .command = {},
                           .wall_ns = {}};
  return sim::render_text(report, {.color = sim::Color::off, .signs = sim::Signs::ascii});
}

std::string difference(const Replayed& first, const Replayed& second) {
  if (first.result.digest == second.result.digest && first.result.chain == second.result.chain) return "";
  return trace::to_text(trace::diff(first.result.run, second.result.run), {"first run", "second run"});
}

}  // namespace ringback
