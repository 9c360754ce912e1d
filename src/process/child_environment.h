// What a child finds around itself: its environment variables, and the file with the authority that it is to trust.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/base/bytes.h"

namespace ringback::process {

using Environment = std::vector<std::pair<std::string, std::string>>;

// Writes the certificate to a file whose name follows from its content, unless it is there already, and returns its
// path: equal runs find it at the same place. Throws Error where the folder for temporary files refuses it.
std::string store_trusted_certificate(BytesView pem);

// Where the child's start finds a program: on the PATH that the child gets unless the name has a slash. Throws Error
// where there is none that can be started.
std::string path_of_program(const std::string& name, const Environment& more);

// PATH and HOME as ours, everything else made up and always the same, then `more`, which wins. The whole environment of
// this process would make a run depend on the shell that it was started from.
Environment child_environment(const std::string& certificate_path, const Environment& more);

}  // namespace ringback::process
