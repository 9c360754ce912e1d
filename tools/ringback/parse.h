// From words to a command's variables. The only file that knows the command line library is parse.cc.
#pragma once

#include <span>
#include <string>

#include "tools/ringback/command.h"

namespace ringback::cli {

// Fills the command's variables. The help text where the user asked for help, else nothing. Throws Error in one line
// where the words do not fit what the command declares.
std::optional<std::string> parse_command(Command& command, std::span<const std::string> words);

}  // namespace ringback::cli
