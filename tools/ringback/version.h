// The version that the build file states.
#pragma once

#include <string_view>

namespace ringback::cli {

std::string_view version();

}  // namespace ringback::cli
