// One subcommand of the program, and what it may ask of its surroundings.
//
// A command is a final class in a file of its own. `declare` binds its members to what the user may write, `run` does
// the work and answers with an exit code; both are called once, in this order. Adding a command is: the class,
// `make_NAME` in tools/ringback/commands.h, and its line in the list of tools/ringback/cli.cc.
//
//   class Info final : public Command {
//     void declare(Arguments& arguments) override { arguments.required("TRACE", trace_, "the trace");
//     arguments.flag("--json", json_, "as JSON"); } ExitCode run(Context& context) override { ...; return
//     ExitCode::holds; }
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/agents/agent_kind.h"
#include "src/base/io.h"
#include "src/formats/format.h"

namespace ringback::cli {

// The contract of `ringback --help`; numbers are what scripts rely on.
enum class ExitCode : int {
  holds = 0,
  does_not_hold = 1,      // a property failed, a difference was found, a file is damaged
  bad_input = 2,          // wrong usage or input; thrown as Error
  left_recording = 3,     // the run left the recording and the policy was to halt
  not_reproducible = 4,   // digests differ, or the run was tainted
  fault_never_fired = 5,  // or a selector names nothing that exists
  internal_error = 70,    // our defect; thrown as InternalError
};

// The one to exit with where both apply: 70 before 2, 5, 4, 3, 1, 0.
ExitCode more_urgent(ExitCode a, ExitCode b);

// What commands work with. Outlives them.
struct Context {
  ByteSink& out;          // standard output
  ByteSink& error;        // standard error, for progress and remarks
  bool color = false;     // standard output is a terminal, and NO_COLOR is not set
  bool progress = false;  // standard error is a terminal
  std::vector<formats::Importer> importers;
  std::vector<formats::Exporter> exporters;
  // What a report of a defect should name, as soon as it is known: "trace call.rbt, seed 7".
  std::string about;
  // In-process agents beside the builtin ones: `--agent own:NAME`.
  std::vector<sim::AgentKind> agents = {};
  // What a user types for this program, in commands that run something again.
  std::string program = "ringback";
};

// What a user may write after a command's name. Every variable must live until the command has run and keeps its value
// where the user does not write the option. Descriptions stand in --help: a few words, lower case, no full stop.
class Arguments {
 public:
  virtual ~Arguments() = default;

  // Positional, in the order of these calls; those with `_many` take all that are left and must be the last.
  virtual void required(const char* name, std::string& value, const char* description) = 0;
  virtual void optional(const char* name, std::string& value, const char* description) = 0;
  virtual void optional_many(const char* name, std::vector<std::string>& values, const char* description) = 0;
  virtual void required_many(const char* name, std::vector<std::string>& values, const char* description) = 0;

  // `names` as "--json" or "-o,--output". `value_name` stands for the value in --help: "T", "FILE".
  virtual void flag(const char* names, bool& value, const char* description) = 0;
  virtual void option(const char* names, const char* value_name, std::string& value, const char* description) = 0;
  virtual void option(const char* names, const char* value_name, std::optional<std::string>& value,
                      const char* description) = 0;
  // An integer of 0 or more.
  virtual void option(const char* names, const char* value_name, std::uint64_t& value, const char* description) = 0;
  // May be written several times, with one value each.
  virtual void option(const char* names, const char* value_name, std::vector<std::string>& values,
                      const char* description) = 0;
  // Must be written.
  virtual void required_option(const char* names, const char* value_name, std::string& value,
                               const char* description) = 0;

  // Everything after "--", uninterpreted. A command that does not ask for it accepts no "--".
  virtual void after_dashes(const char* name, std::vector<std::string>& values, const char* description) = 0;
};

class Command {
 public:
  virtual ~Command() = default;
  virtual const char* name() const = 0;
  // One line for the list in `ringback --help`.
  virtual const char* summary() const = 0;
  // One or more command lines, each with what it does, for the end of the command's --help.
  virtual const char* examples() const = 0;
  virtual void declare(Arguments& arguments) = 0;
  virtual ExitCode run(Context& context) = 0;
};

}  // namespace ringback::cli
