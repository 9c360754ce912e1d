// For a test that cannot run here: `if (!fs::exists(recordings)) return skip("../shared/data is not there");`
#pragma once

#include <string>

namespace ringback {

// The running test case counts as skipped, with `why`, unless something in it failed.
void skip(const std::string& why);

}  // namespace ringback
