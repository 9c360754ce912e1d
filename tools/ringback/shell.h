// A command line as a shell reads it.
#pragma once

#include <string>
#include <vector>

namespace ringback::cli {

// The words separated by spaces, each quoted where a POSIX shell would read it otherwise.
std::string shell_command(const std::vector<std::string>& words);

}  // namespace ringback::cli
