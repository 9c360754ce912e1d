#include "tools/ringback/cli.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>

#include "src/base/error.h"
#include "src/base/suggest.h"
#include "src/host/file.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/formats.h"
#include "tools/ringback/parse.h"
#include "tools/ringback/version.h"

namespace ringback::cli {
namespace {

using Commands = std::vector<std::unique_ptr<Command>>;

Commands all_commands(const Context& context) {
  Commands commands;
  commands.push_back(make_import());
  commands.push_back(make_export());
  commands.push_back(make_replay(context.agents));
  commands.push_back(make_explore());
  commands.push_back(make_shrink());
  commands.push_back(make_repro());
  commands.push_back(make_info());
  commands.push_back(make_cat());
  commands.push_back(make_diff());
  commands.push_back(make_verify());
  commands.push_back(make_recover());
  commands.push_back(make_slice());
  commands.push_back(make_merge());
  return commands;
}

// Commands of the contract that this version does not have yet.
constexpr std::array<std::string_view, 4> kLaterCommands = {"record", "drill", "serve", "view"};

std::string help_text(const Commands& commands) {
  std::string text = "ringback records agent conversations and replays them, bit for bit, under faults\n\n";
  text += "Usage: ringback COMMAND ...\n\nCommands:\n";
  for (const auto& command : commands) text += fmt::format("  {:<10}{}\n", command->name(), command->summary());
  text += "\n`ringback COMMAND --help` explains one of them, with an example. A trace named - is standard input.\n\n";
  text += "Exit codes:\n";
  text += "  0   what was asked holds\n";
  text += "  1   it does not hold: a property failed, a difference was found, a file is damaged\n";
  text += "  2   wrong usage or input\n";
  text += "  3   the run left the recording, and the policy was to halt\n";
  text += "  4   not reproducible: digests differ, or the run was tainted\n";
  text += "  5   a fault never fired\n";
  text += "  70  a defect of ringback\n\n";
  text += "Example:\n  ringback replay call.rbt --faults ehr.yaml --agent builtin:voice\n";
  return text;
}

[[noreturn]] void refuse_command(const std::string& word, const Commands& commands) {
  if (!word.empty() && word.front() == '-') {
    fail("expected a command, found the option '{}'; see `ringback --help`", word.substr(0, 80));
  }
  if (std::find(kLaterCommands.begin(), kLaterCommands.end(), word) != kLaterCommands.end()) {
    fail("'{}' is not in this version ({})", word, version());
  }
  std::vector<std::string_view> names;
  for (const auto& command : commands) names.push_back(command->name());
  const std::string nearest = nearest_word(word, names);
  fail("unknown command '{}'{}; see `ringback --help`", word.substr(0, 80),
       nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
}

ExitCode dispatch(std::span<const std::string> words, Context& context) {
  const Commands commands = all_commands(context);
  if (words.empty()) fail("expected a command; see `ringback --help`");
  if (words.front() == "--help" || words.front() == "-h" || words.front() == "help") {
    context.out.write(help_text(commands));
    return ExitCode::holds;
  }
  if (words.front() == "--version") {
    context.out.write(fmt::format("ringback {}\n", version()));
    return ExitCode::holds;
  }
  for (const auto& command : commands) {
    if (command->name() != words.front()) continue;
    if (const auto help = parse_command(*command, words.subspan(1))) {
      context.out.write(*help);
      return ExitCode::holds;
    }
    return command->run(context);
  }
  refuse_command(words.front(), commands);
}

// What was printed so far comes before the complaint, as far as standard output still takes it.
void flush_quietly(ByteSink& out) {
  try {
    out.flush();
  } catch (const Error&) {
  }
}

// One line, whatever the message is made of.
void complain(Context& context, std::string message) {
  flush_quietly(context.out);
  std::replace(message.begin(), message.end(), '\n', ' ');
  context.error.write(fmt::format("ringback: {}\n", message));
  context.error.flush();
}

ExitCode report_defect(Context& context, std::string_view what) {
  complain(context,
           fmt::format("internal error: {}. This is a defect of ringback {}; please report it with this line{}{}", what,
                       version(), context.about.empty() ? "" : " and ", context.about));
  return ExitCode::internal_error;
}

}  // namespace

ExitCode more_urgent(ExitCode a, ExitCode b) {
  constexpr std::array kByUrgency = {ExitCode::internal_error,
                                     ExitCode::bad_input,
                                     ExitCode::fault_never_fired,
                                     ExitCode::not_reproducible,
                                     ExitCode::left_recording,
                                     ExitCode::does_not_hold,
                                     ExitCode::holds};
  return *std::find_if(kByUrgency.begin(), kByUrgency.end(), [&](ExitCode code) { return code == a || code == b; });
}

ExitCode run_command_line(std::span<const std::string> words, Context& context) {
  try {
    const ExitCode code = dispatch(words, context);
    context.out.flush();
    return code;
  } catch (const Error& error) {
    complain(context, error.what());
    return ExitCode::bad_input;
  } catch (const std::exception& error) {
    return report_defect(context, error.what());
  }
}

}  // namespace ringback::cli

namespace ringback {
namespace {

// Standard error, unbuffered.
class ErrorSink final : public ByteSink {
 public:
  const std::string& name() const override { return name_; }
  void write(BytesView data) override {
    // Nobody can be told that standard error is closed.
    std::fwrite(data.data(), 1, data.size(), stderr);
  }
  void flush() override { std::fflush(stderr); }

 private:
  std::string name_ = "standard error";
};

bool has_no_color() {
  const char* value = std::getenv("NO_COLOR");
  if (value != nullptr && *value != '\0') return true;
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal) == "dumb";
}

}  // namespace

int cli_main(int argc, char** argv, std::vector<sim::AgentKind> agents) try {
  sim::check_agent_kinds(agents);
  const bool has_own_agents = !agents.empty();
  // A file that may not grow further is an error to report, not a signal to die of.
  std::signal(SIGXFSZ, SIG_IGN);
  ErrorSink error;
  host::FileSink out{std::string(host::kStandardStream)};
  cli::Context context{.out = out,
                       .error = error,
                       .color = ::isatty(STDOUT_FILENO) == 1 && !has_no_color(),
                       .progress = ::isatty(STDERR_FILENO) == 1,
                       .importers = cli::all_importers(),
                       .exporters = cli::all_exporters(),
                       .about = {},
                       .agents = std::move(agents),
                       .program = has_own_agents && argc > 0 ? argv[0] : "ringback"};
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  return static_cast<int>(cli::run_command_line(words, context));
} catch (const Error& error) {
  // Standard output itself cannot be used, or the agents of the program cannot be.
  fmt::print(stderr, "ringback: {}\n", error.what());
  return static_cast<int>(cli::ExitCode::bad_input);
}

}  // namespace ringback
