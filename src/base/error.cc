#include "src/base/error.h"

namespace ringback {

void check_failed(const char* condition, const char* file, int line, const std::string& why) {
  throw InternalError(fmt::format("{}:{}: CHECK({}) failed: {}", file, line, condition, why));
}

}  // namespace ringback
