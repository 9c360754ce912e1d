#include "tools/ringback/version.h"

namespace ringback::cli {

std::string_view version() { return RINGBACK_VERSION; }

}  // namespace ringback::cli
