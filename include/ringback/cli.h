// The whole command line of ringback in a program of your own, which runs your agents as `--agent
// own:NAME?OPTION=VALUE`.
//
//   int main(int argc, char** argv) {
//     return ringback::cli_main(argc, argv, {{.name = "desk", .summary = "our desk: retries=N (5)", .make =
//     make_desk}});
//   }
#pragma once

#include <vector>

#include "sim/agents/agent_kind.h"

namespace ringback {

// The exit code for `main`. Names in `agents` are lower-case letters, digits, - and _, each once; the agents that are
// built in (builtin:voice and others) are there as well. Uses standard input and output.
int cli_main(int argc, char** argv, std::vector<sim::AgentKind> agents = {});

}  // namespace ringback
