// What a child finds around itself: its environment variables, and the file with the authority that it is to trust.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/base/bytes.h"

namespace ringback::process {

using Environment = std::vector<std::pair<std::string, std::string>>;

// The files that the child trusts the authority by.
struct TrustFiles {
  std::string certificate;  // PEM, for OpenSSL and its like
  std::string java;         // a key store: Java reads nothing else
};

// Writes them to files whose names follow from their content, unless they are there already: equal runs find them at
// the same place. Throws Error where the folder for temporary files refuses them.
TrustFiles store_trusted_certificate(BytesView pem);

// Where the child's start finds a program: on the PATH that the child gets unless the name has a slash. Throws Error
// where there is none that can be started.
std::string path_of_program(const std::string& name, const Environment& more);

// PATH and HOME as ours, everything else made up and always the same, then `more`, which wins. The whole environment of
// this process would make a run depend on the shell that it was started from. What `more` has in JAVA_TOOL_OPTIONS
// comes behind ours.
Environment child_environment(const TrustFiles& trust, const Environment& more);

}  // namespace ringback::process
