#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "sim/check/metrics.h"
#include "sim/explore/redact.h"
#include "sim/explore/repro.h"
#include "sim/report/text.h"
#include "src/base/error.h"
#include "tools/ringback/as_test.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/search.h"
#include "tools/ringback/shell.h"
#include "tools/ringback/terminal.h"
#include "tools/ringback/text.h"
#include "tools/ringback/trace_file.h"
#include "tools/ringback/version.h"

namespace ringback::cli {
namespace {

constexpr std::string_view kExamples =
    "Examples:\n"
    "  ringback repro silence.rbt\n"
    "      runs what the file holds: exit code 0 where it comes out as stored, octet for octet\n"
    "  ringback repro silence.rbt --regression --agent 'builtin:voice?fallback=spoken'\n"
    "      as a test of another version of the agent: exit code 0 where the property holds now\n"
    "  ringback repro silence.rbt --markdown\n"
    "      what goes into a bug report\n"
    "  ringback repro silence.rbt --as-test pytest >test_silence.py\n"
    "      a regression test of your own suite\n"
    "  ringback repro silence.rbt --redact -o for-everybody.rbt\n"
    "      without the speech and text that the failure does not need\n";

class ReproCommand final : public Command {
 public:
  const char* name() const override { return "repro"; }
  const char* summary() const override { return "run a repro, and say whether it is reproduced"; }
  const char* examples() const override { return kExamples.data(); }

  void declare(Arguments& arguments) override {
    arguments.required("REPRO", input_, "a repro, as explore and shrink write it");
    declare_agent(arguments, agent_);
    arguments.flag("--trust", trust_, "run the command that the file names");
    arguments.flag("--regression", regression_, "judge the stored property instead of the digest");
    arguments.flag("--markdown", markdown_, "print a bug report: what fails, the timeline, how to run it");
    arguments.option("--as-test", "SUITE", as_test_,
                     "print a regression test for catch2, pytest or node; runs nothing");
    arguments.flag("--redact", redact_, "write the repro without the speech and text that the failure does not need");
    arguments.option("-o,--output", "FILE", output_, "where --redact writes");
  }

  ExitCode run(Context& context) override {
    context.about = fmt::format("repro {}", input_);
    const sim::Repro repro = sim::read_repro(input_, load_trace(input_, context));
    if (as_test_) {
      // Nothing is run, so nobody has to be trusted.
      const AgentChoice agent = input_of(repro, agent_, true).agent;
      context.out.write(as_test(*as_test_, repro, agent, std::filesystem::path(input_).filename().string()));
      return ExitCode::holds;
    }
    if (redact_ != output_.has_value()) fail("--redact: expected an output, -o FILE, and an output only with --redact");
    const SearchInput input = input_of(repro, agent_, trust_);
    tell_environment(repro, input.agent, context);
    const std::unique_ptr<sim::Subject> subject = make_subject(input, context.agents);
    if (redact_) return write_redacted(repro, *subject, context);
    const sim::RunResult result = subject->replay(sim::Tape(repro.recording), repro.one);
    const sim::Outcome outcome = sim::outcome_of(result, repro.expectations, repro.one);
    if (markdown_) write_markdown(repro, input, result, context);
    return regression_ ? judge_property(repro, outcome, context) : judge_digest(repro, outcome, context);
  }

 private:
  // Before anything runs: another machine is not a run that differs.
  void tell_environment(const sim::Repro& repro, const AgentChoice& agent, Context& context) const {
    if (repro.fingerprint.empty() || agent.command.empty()) return;
    for (const std::string& line :
         process::differences(process::parse_fingerprint(repro.fingerprint), fingerprint_of(agent)))
      say(context, fmt::format("the environment differs: {}\n", line));
  }

  ExitCode judge_property(const sim::Repro& repro, const sim::Outcome& outcome, Context& context) const {
    const auto failed =
        std::find_if(outcome.failures.begin(), outcome.failures.end(),
                     [&](const sim::Failure& failure) { return failure.signature.property == repro.failure.property; });
    if (failed == outcome.failures.end()) {
      say(context, fmt::format("holds now: {}\n", repro.failure.property));
      return ExitCode::holds;
    }
    say(context, fmt::format("still fails: {} ({})\n", sim::to_text(failed->signature), failed->finding));
    return ExitCode::does_not_hold;
  }

  ExitCode judge_digest(const sim::Repro& repro, const sim::Outcome& outcome, Context& context) const {
    if (outcome.digest == repro.digest) {
      say(context, fmt::format("reproduced: {} ({})\n", sim::to_text(repro.failure), repro.finding));
      return ExitCode::holds;
    }
    say(context, fmt::format("not reproduced: the run's digest is {}, the stored one {}\n", to_hex(outcome.digest),
                             to_hex(repro.digest)));
    const bool fails = sim::has_failure(outcome, repro.failure);
    say(context, fmt::format("the failure itself is {}\n", fails ? "there" : "gone"));
    const std::string stored = repro.agent.empty() ? shell_command(repro.command) : repro.agent;
    if (agent_.is_made() && text_of(agent_) != stored) {
      say(context, fmt::format("the agent differs: stored {}, run {}; --regression judges the property instead\n",
                               stored, text_of(agent_)));
    }
    const std::string here = fmt::format("ringback {}", version());
    if (repro.made_by != here) {
      say(context, fmt::format("the environment differs: stored by {}, this is {}\n", repro.made_by, here));
    }
    return ExitCode::not_reproducible;
  }

  ExitCode write_redacted(const sim::Repro& repro, sim::Subject& subject, Context& context) const {
    refuse_overwriting(*output_, {input_});
    const sim::Redaction redaction = sim::redact(subject, repro);
    store_small_trace(sim::stored(redaction.repro), *output_);
    const auto list = [](const std::set<sim::Content>& contents) {
      std::vector<std::string_view> names;
      for (const sim::Content content : contents) names.push_back(sim::name_of(content));
      return names.empty() ? std::string("nothing") : fmt::format("{}", fmt::join(names, ", "));
    };
    context.out.write(fmt::format("removed: {} ({})\n", list(redaction.removed), counted(redaction.texts, "text")));
    if (!redaction.kept.empty()) {
      context.out.write(fmt::format("kept, because the failure is gone without: {}\n", list(redaction.kept)));
    }
    if (redaction.unreadable > 0) {
      context.out.write(fmt::format("kept, because they are no JSON: {}\n", counted(redaction.unreadable, "frame")));
    }
    context.out.write("kept always: names of tools and channels, addresses, headers, the case, the properties\n");
    context.out.write(fmt::format("still fails: {} ({}), proven in {}\n{}\n", sim::to_text(redaction.repro.failure),
                                  redaction.repro.finding, counted(redaction.runs, "run"),
                                  shell_command({context.program, "repro", *output_})));
    return ExitCode::holds;
  }

  // A bug report on standard output is not mixed with the verdict.
  void say(Context& context, const std::string& text) const { (markdown_ ? context.error : context.out).write(text); }

  void write_markdown(const sim::Repro& repro, const SearchInput& input, const sim::RunResult& result,
                      Context& context) const {
    const sim::Timeline timeline = sim::build_timeline(result.run, result.end);
    const std::vector<sim::PropertyResult> properties = sim::check_run(result, timeline, repro.expectations);
    const sim::Metrics metrics = sim::measure(timeline);
    const std::string command = shell_command({context.program, "repro", input_});
    const sim::Report report{.result = result,
                             .timeline = timeline,
                             .properties = properties,
                             .metrics = metrics,
                             .trace = input_,
                             .agent = text_of(input.agent),
                             .command = command};
    ByteSink& out = context.out;
    out.write(fmt::format("### {}\n\n{}\n\n", sim::to_text(repro.failure), repro.finding));
    out.write(fmt::format("```yaml\n{}```\n\n", sim::to_text(repro.one)));
    out.write("```\n" + sim::render_text(report, {.color = sim::Color::off, .signs = terminal_signs(), .width = 100}));
    out.write(fmt::format("```\n\nTo run it: `{}` (attached; made by {})\n", command, repro.made_by));
  }

  std::string input_;
  AgentChoice agent_;
  bool trust_ = false;
  bool regression_ = false;
  bool markdown_ = false;
  bool redact_ = false;
  std::optional<std::string> as_test_;
  std::optional<std::string> output_;
};

}  // namespace

std::unique_ptr<Command> make_repro() { return std::make_unique<ReproCommand>(); }

}  // namespace ringback::cli
