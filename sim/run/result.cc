#include "sim/run/result.h"

namespace ringback::sim {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::in_process:
      return "A";
    case Level::child_process:
      return "B";
    case Level::real_time:
      return "C";
  }
  return "?";
}

}  // namespace ringback::sim
