// Every subcommand there is, one function for each; its file has the same name.
#pragma once

#include <memory>
#include <vector>

#include "tools/ringback/command.h"

namespace ringback::cli {

std::unique_ptr<Command> make_cat();
std::unique_ptr<Command> make_diff();
std::unique_ptr<Command> make_explore();
std::unique_ptr<Command> make_export();
std::unique_ptr<Command> make_import();
std::unique_ptr<Command> make_info();
std::unique_ptr<Command> make_merge();
std::unique_ptr<Command> make_recover();
std::unique_ptr<Command> make_repro();
// `own`: agents beside the builtin ones.
std::unique_ptr<Command> make_replay(std::vector<sim::AgentKind> own);
std::unique_ptr<Command> make_shrink();
std::unique_ptr<Command> make_slice();
std::unique_ptr<Command> make_verify();

}  // namespace ringback::cli
