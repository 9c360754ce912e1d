#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/agents/agent_kind.h"
#include "sim/check/exit_code.h"
#include "sim/faults/check_schedule.h"
#include "sim/faults/parse.h"
#include "sim/report/json.h"
#include "sim/report/text.h"
#include "sim/run/recording_of_run.h"
#include "sim/run/run.h"
#include "src/base/suggest.h"
#include "src/host/file.h"
#include "src/trace/diff.h"
#include "tools/ringback/agent_choice.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/shell.h"
#include "tools/ringback/terminal.h"
#include "tools/ringback/trace_file.h"

namespace ringback::cli {
namespace {

// What the user asked for, ready to run any number of times.
struct Question {
  trace::Trace recording;
  sim::Schedule schedule;
  sim::Expectations expectations = sim::default_expectations();
  AgentChoice agent;
  sim::CallerOptions caller;
  std::vector<sim::Reaction> reactions;  // one run for each
  bool is_lenient = false;
  Seed seed = 0;
  process::Fingerprint environment;             // of a command, before it runs
  std::vector<std::string> stored_environment;  // what differs from the one that a run trace was made in
};

sim::RunResult run_once(const Question& question, sim::Reaction reaction, const std::vector<sim::AgentKind>& own) {
  const std::unique_ptr<sim::Agent> agent = make_agent(question.agent, own, question.recording, question.schedule);
  return sim::run_scenario({.recording = question.recording,
                            .schedule = question.schedule,
                            .seed = question.seed,
                            .caller = question.caller,
                            .is_lenient = question.is_lenient,
                            .reaction = reaction},
                           *agent);
}

void add_metadata(const Question& question, const std::string& command, sim::RunResult& result) {
  trace::Metadata& metadata = result.run.metadata;
  metadata["origin"] = "ringback replay";
  metadata["command"] = command;
  metadata["agent"] = text_of(question.agent);
  if (!result.schedule_hash.empty()) metadata["schedule_hash"] = result.schedule_hash;
  if (!question.environment.values.empty()) metadata["environment"] = to_text(question.environment);
  metadata["seed"] = fmt::format("{}", question.seed);
  metadata["reaction"] = sim::name_of(result.reaction);
  metadata["level"] = sim::name_of(result.level);
  metadata["taints"] = fmt::format("{}", fmt::join(result.taints, "\n"));
  metadata["properties"] = sim::to_yaml(question.expectations);
  if (!question.schedule.faults.empty() || !question.schedule.answers.empty()) {
    metadata["schedule"] = sim::to_yaml(question.schedule);
  }
}

constexpr std::string_view kExamples =
    "Examples:\n"
    "  ringback replay call.rbt --agent builtin:voice\n"
    "      the agent against the recording as it was: exit code 3 where it leaves it\n"
    "  ringback replay call.rbt --faults ehr.yaml --agent 'builtin:voice?retries=5&fallback=none'\n"
    "      with a fault overlay: exit code 1 where a property fails\n"
    "  ringback replay call.rbt --faults ehr.yaml --agent builtin:voice --verify --json\n"
    "      twice, compared event by event: exit code 4 where the runs differ\n"
    "  ringback replay call.rbt --faults ehr.yaml --dial ws://localhost:5050/media-stream -- node agent.mjs\n"
    "      an unmodified program in virtual time; the caller dials its server as Twilio Media Streams would\n";

class Replay final : public Command {
 public:
  explicit Replay(std::vector<sim::AgentKind> own) : own_(std::move(own)) {
    examples_ = std::string(kExamples) +
                "\nAgents, with their options as in builtin:voice?retries=2&fallback=spoken:\n" +
                sim::agents_help(own_);
  }

  const char* name() const override { return "replay"; }
  const char* summary() const override { return "run an agent against a recording, with faults, in virtual time"; }
  const char* examples() const override { return examples_.c_str(); }

  void declare(Arguments& arguments) override {
    arguments.required("TRACE", trace_, "the recording; - is standard input");
    arguments.option("--faults", "FILE", faults_, "a fault overlay; several are laid over one another");
    arguments.option("--expect", "FILE", expect_, "the properties to check, instead of the defaults");
    arguments.option("--seed", "N", seed_, "for everything that is drawn (default 0)");
    arguments.option(
        "--reaction", "NAME", reaction_,
        "where nothing was recorded the model does this: apologise (default), call-again, silent, claim-success; all: "
        "one run for each, and what holds must hold for each");
    arguments.option(
        "--caller", "MODE", caller_,
        "turn-taking (default), or open-loop: every action at its recorded time; and, separated by commas, "
        "patience=TIME (20s), hello-after=TIME: says \"Hello?\" after so long a silence");
    arguments.flag("--lenient", lenient_, "without faults: go on where the recording has no answer");
    arguments.flag("--strict", strict_, "what holds only if the model reacts in some way does not hold");
    arguments.flag("--verify", verify_, "run twice and compare");
    arguments.option("-o,--output", "RUN", output_, "write the run as a trace");
    arguments.flag("--json", json_, "the result as one JSON object");
    arguments.option("--agent-log", "FILE", agent_log_, "what the child printed");
    declare_agent(arguments, agent_);
  }

  ExitCode run(Context& context) override {
    const Question question = read_question(context);
    if (const std::optional<ExitCode> refused = check_selectors(question, context)) return *refused;

    Runs made = make_runs(question);
    const std::size_t told = sim::telling_run(made.runs);
    made.runs[told].result.faults = sim::faults_over_all(made.runs);
    for (const std::string& line : question.stored_environment)
      made.runs[told].result.notices.push_back("the environment differs from the stored run's: " + line);
    const sim::ReactionRun& shown = made.runs[told];

    const std::string command = command_to_run_again(context.program);
    const std::vector<sim::PropertyResult> properties =
        made.runs.size() == 1 ? shown.properties : sim::hold_for_each(made.runs);
    const sim::Report report{.result = shown.result,
                             .timeline = shown.timeline,
                             .properties = properties,
                             .metrics = shown.metrics,
                             .trace = trace_,
                             .agent = text_of(question.agent),
                             .command = command,
                             .wall_ns = made.wall_ns,
                             .verification = made.verification,
                             .strictness = strict_ ? sim::Strictness::strict : sim::Strictness::usual,
                             .reactions = question.reactions.size() > 1 ? &made.runs : nullptr};
    // A run that goes to standard output leaves it to nothing else.
    ByteSink& out = output_ == host::kStandardStream ? context.error : context.out;
    if (json_) {
      out.write(sim::render_json(report));
    } else {
      out.write(made.difference);
      out.write(sim::render_text(report, {.color = context.color ? sim::Color::on : sim::Color::off,
                                          .signs = terminal_signs(),
                                          .width = terminal_width()}));
    }
    tell_agent_output(shown.result, context);
    if (output_.has_value()) {
      add_metadata(question, command, made.runs[told].result);
      store_trace(shown.result.run, *output_);
    }
    const sim::ExitQuestion exit_question{.digests_differ = made.verification == sim::Verification::differs,
                                          .strictness = strict_ ? sim::Strictness::strict : sim::Strictness::usual};
    return static_cast<ExitCode>(sim::exit_code_of(shown.result, properties, exit_question));
  }

 private:
  // The runs of one question, and what is common to them.
  struct Runs {
    std::vector<sim::ReactionRun> runs;
    std::int64_t wall_ns = 0;  // of the first
    sim::Verification verification = sim::Verification::not_checked;
    std::string difference;
  };

  Runs make_runs(const Question& question) const {
    Runs made;
    for (const sim::Reaction reaction : question.reactions) {
      const auto begin = std::chrono::steady_clock::now();
      sim::RunResult result = run_once(question, reaction, own_);
      const auto wall = std::chrono::steady_clock::now() - begin;
      if (made.runs.empty()) made.wall_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count();
      if (verify_ && made.verification != sim::Verification::differs) verify(question, result, made);
      sim::Timeline timeline = sim::build_timeline(result.run, result.end);
      std::vector<sim::PropertyResult> properties = sim::check_run(result, timeline, question.expectations);
      const sim::Metrics metrics = sim::measure(timeline);
      made.runs.push_back({.result = std::move(result),
                           .timeline = std::move(timeline),
                           .properties = std::move(properties),
                           .metrics = metrics});
      // A model that never had to react makes the same run whatever its reaction would have been.
      if (made.runs.back().result.stand_ins.empty()) break;
    }
    return made;
  }

  void verify(const Question& question, const sim::RunResult& result, Runs& made) const {
    const sim::RunResult again = run_once(question, result.reaction, own_);
    const bool equal = again.digest == result.digest && again.chain == result.chain;
    if (!question.agent.command.empty()) {
      for (const std::string& line : process::differences(question.environment, fingerprint_of(question.agent),
                                                          {.before = "before", .after = "after"}))
        made.difference += fmt::format("the environment changed while the runs were made: {}\n", line);
    }
    if (again.schedule_hash != result.schedule_hash)
      made.difference += fmt::format("the child's threads ran in another order: schedule {} and {}\n",
                                     result.schedule_hash, again.schedule_hash);
    made.verification = equal ? sim::Verification::equal : sim::Verification::differs;
    if (!equal) made.difference += trace::to_text(trace::diff(result.run, again.run), {"first run", "second run"});
  }

  // Nothing was asked for: what a run trace says, or to apologise.
  std::vector<sim::Reaction> reactions_for(const trace::Trace& recording) const {
    if (reaction_ == "all") return {sim::kReactions.begin(), sim::kReactions.end()};
    if (reaction_.has_value()) return {reaction_named(*reaction_)};
    const auto stored = recording.metadata.find("reaction");
    if (!sim::is_run(recording) || stored == recording.metadata.end()) return {sim::Reaction::apologise};
    return {sim::reaction_named(stored->second, trace_ + ": stored reaction")};
  }
  static sim::Reaction reaction_named(const std::string& name) {
    return sim::reaction_named(name, "--reaction (or all)");
  }

  Question read_question(Context& context) {
    check_agent(agent_, own_);  // what is wrong is told before a long file is read
    Question question{
        .agent = agent_, .caller = sim::parse_caller_options(caller_), .is_lenient = lenient_, .seed = seed_};
    if (output_.has_value()) {
      std::vector<std::string> inputs = faults_;
      inputs.push_back(trace_);
      if (expect_.has_value()) inputs.push_back(*expect_);
      refuse_overwriting(*output_, inputs);
    }
    if (reaction_.has_value() && reaction_ != "all") reaction_named(*reaction_);
    std::vector<sim::Schedule> overlays;
    for (const std::string& path : faults_) overlays.push_back(sim::parse_schedule(path, host::read_whole(path)));
    question.schedule = sim::merge(overlays);
    if (expect_.has_value()) question.expectations = sim::parse_expectations(*expect_, host::read_whole(*expect_));
    context.about = fmt::format("trace {}, seed {}", trace_, seed_);
    question.recording = load_trace(trace_, context);
    question.reactions = reactions_for(question.recording);
    question.environment = fingerprint_of(agent_);
    const auto stored = question.recording.metadata.find("environment");
    if (stored != question.recording.metadata.end() && sim::is_run(question.recording))
      question.stored_environment =
          process::differences(process::parse_fingerprint(stored->second), question.environment);
    sim::restore_run(trace_, question.recording, question.schedule);
    return question;
  }

  // What a child printed goes to its file; where it failed, the end of it is shown too.
  void tell_agent_output(const sim::RunResult& result, Context& context) const {
    if (agent_log_.has_value()) {
      host::FileSink log(*agent_log_);
      log.write(result.agent_output);
      log.finish();
    }
    constexpr std::size_t kShownBytes = 2000;
    if (result.ended_by != "agent-failed" || result.agent_output.empty()) return;
    const std::string& all = result.agent_output;
    const std::size_t from = all.size() <= kShownBytes ? 0 : all.find('\n', all.size() - kShownBytes) + 1;
    context.error.write(fmt::format("the agent printed{}:\n{}{}", from == 0 ? "" : ", at the end", all.substr(from),
                                    all.back() == '\n' ? "" : "\n"));
  }

  // A selector that names no channel of the trace would be a fault that can never fire.
  static std::optional<ExitCode> check_selectors(const Question& question, Context& context) {
    std::vector<std::string> names;
    std::vector<std::string_view> views;
    for (const trace::Channel& channel : question.recording.channels.channels()) names.push_back(channel.name);
    for (const std::string& name : names) views.push_back(name);
    const std::vector<std::string> unknown = sim::selectors_without_channel(question.schedule, names);
    for (const std::string& selector : unknown) {
      const std::string nearest = nearest_word(selector, views);
      context.error.write(fmt::format("ringback: the selector '{}' names no channel of this trace{}; it has {}\n",
                                      selector, nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest),
                                      fmt::join(names, ", ")));
    }
    return unknown.empty() ? std::nullopt : std::optional(ExitCode::fault_never_fired);
  }

  std::string command_to_run_again(const std::string& program) const {
    const bool is_stream = trace_ == host::kStandardStream;
    std::vector<std::string> words = {program, "replay", is_stream ? "FILE" : trace_};
    const auto add = [&](const char* option, const std::string& value) {
      words.emplace_back(option);
      words.push_back(value);
    };
    for (const std::string& path : faults_) add("--faults", path);
    if (expect_.has_value()) add("--expect", *expect_);
    if (seed_ != 0) add("--seed", fmt::format("{}", seed_));
    if (caller_ != "turn-taking") add("--caller", caller_);
    if (reaction_.has_value() && reaction_ != "apologise") add("--reaction", *reaction_);
    if (lenient_) words.emplace_back("--lenient");
    if (strict_) words.emplace_back("--strict");
    const std::vector<std::string> agent = words_of(agent_);
    words.insert(words.end(), agent.begin(), agent.end());
    return shell_command(words) + (is_stream ? "  # FILE: the trace that came on standard input, saved" : "");
  }

  std::vector<sim::AgentKind> own_;
  std::string examples_;

  std::string trace_;
  AgentChoice agent_;
  std::vector<std::string> faults_;
  std::optional<std::string> expect_;
  std::uint64_t seed_ = 0;
  std::optional<std::string> reaction_;
  std::string caller_ = "turn-taking";
  bool lenient_ = false;
  bool strict_ = false;
  bool verify_ = false;
  std::optional<std::string> output_;
  bool json_ = false;
  std::optional<std::string> agent_log_;
};

}  // namespace

std::unique_ptr<Command> make_replay(std::vector<sim::AgentKind> own) {
  return std::make_unique<Replay>(std::move(own));
}

}  // namespace ringback::cli
