#include <chrono>
#include <optional>
#include <string>

#include "sim/explore/shrink.h"
#include "src/base/error.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/search.h"
#include "tools/ringback/shell.h"
#include "tools/ringback/trace_file.h"
#include "tools/ringback/worker_pool.h"

namespace ringback::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kExamples =
    "Example:\n"
    "  ringback shrink found/dead_air.rbt -o small.rbt\n"
    "      the smallest case and the shortest recording that still fail in the same way\n"
    "  ringback shrink found/dead_air.rbt -o small.rbt --jobs 4 --for 300\n"
    "      four runs at once, five minutes at most\n";

class Shrink final : public Command {
 public:
  const char* name() const override { return "shrink"; }
  const char* summary() const override { return "make a repro as small as it can be"; }
  const char* examples() const override { return kExamples.data(); }

  void declare(Arguments& arguments) override {
    arguments.required("REPRO", input_, "a repro, as explore writes it");
    arguments.required_option("-o,--output", "SMALLER", output_, "the smaller repro");
    declare_agent(arguments, agent_);
    arguments.flag("--trust", trust_, "run the command that the file names");
    arguments.option("--jobs", "N", jobs_, "worker processes (default 1); the result does not depend on them");
    arguments.option("--runs", "N", runs_, "end after so many runs (default 500)");
    arguments.option("--for", "SECONDS", seconds_, "end after this time (default 60, of a command 300)");
  }

  ExitCode run(Context& context) override {
    if (jobs_ == 0 || jobs_ > kJobsMax) fail("--jobs: expected 1 to {}, found {}", kJobsMax, jobs_);
    if (runs_ == 0) fail("--runs: expected 1 or more, found 0");
    refuse_overwriting(output_, {input_});
    context.about = fmt::format("repro {}", input_);
    sim::Repro repro = sim::read_repro(input_, load_trace(input_, context));
    const SearchInput input = input_of(repro, agent_, trust_);
    const std::unique_ptr<sim::Subject> subject = make_subject(input, context.agents);

    const auto begin = Clock::now();
    const std::uint64_t usual = input.agent.command.empty() ? 60 : 300;
    const auto limit = std::chrono::seconds(seconds_ == 0 ? usual : seconds_);
    const sim::Shrunk shrunk =
        sim::shrink(*subject, repro.recording, repro.one, repro.failure,
                    {.runs = runs_,
                     .is_spent = [&] { return Clock::now() - begin >= limit; },
                     .jobs = jobs_,
                     .run_all = [&](std::size_t count, const RunNumber& run) { return run_all(count, jobs_, run); }});
    repro.recording = shrunk.recording;
    repro.one = shrunk.one;
    repro.digest = shrunk.digest;
    repro.finding = shrunk.finding;
    repro.certificate = shrunk.certificate;
    repro.agent = input.agent.agent.value_or("");
    repro.command = input.agent.command;
    repro.dial = input.agent.dial.value_or("");
    repro.environment = input.agent.environment;
    store_small_trace(sim::stored(repro), output_);

    for (const std::string& step : shrunk.steps) context.out.write(step + "\n");
    context.out.write(fmt::format("\n{} in {} runs\n\n{}\n{}\n", sim::to_text(repro.failure), shrunk.runs,
                                  sim::to_text(shrunk.one), shell_command({context.program, "repro", output_})));
    return ExitCode::holds;
  }

 private:
  std::string input_;
  std::string output_;
  AgentChoice agent_;
  bool trust_ = false;
  std::uint64_t jobs_ = 1;
  std::uint64_t runs_ = 500;
  std::uint64_t seconds_ = 0;  // 0: the default
};

}  // namespace

std::unique_ptr<Command> make_shrink() { return std::make_unique<Shrink>(); }

}  // namespace ringback::cli
