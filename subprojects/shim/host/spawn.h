// Starts the first process of a run.
#pragma once

#include <string>

#include "host/block.h"

namespace ringback::shim {

struct Spawned {
  int pid = 0;
  bool address_space_fixed = false;
};

// `output` and `error_output` become its standard output and error. Throws Error when the command cannot be started.
Spawned spawn(const Launch& launch, const Block& block, int output, int error_output);

// Launch::library, or where it is found.
std::string find_library(const std::string& wanted);

}  // namespace ringback::shim
