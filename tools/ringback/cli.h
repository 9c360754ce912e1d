// The command line as a function: parses, runs one command, turns what is thrown into one line and an exit code.
//
//   int main(int argc, char** argv) { return ringback::cli_main(argc, argv); }
//
// Programs with agents of their own use it by include/ringback/cli.h.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/ringback/command.h"

namespace ringback::cli {

// Runs what `words` (without the program's name) ask for; what is thrown becomes one line "ringback: ..." on
// context.error.
ExitCode run_command_line(std::span<const std::string> words, Context& context);

}  // namespace ringback::cli

namespace ringback {

// With standard input and output, NO_COLOR and the formats that this program is built with; `agents` are known as
// own:NAME beside the builtin ones.
int cli_main(int argc, char** argv, std::vector<sim::AgentKind> agents = {});

}  // namespace ringback
