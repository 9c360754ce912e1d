// The answer to one property of a run that was made by hand.
#pragma once

#include "sim/check/property.h"
#include "tests/support/run_builder.h"

namespace ringback::sim {

inline PropertyResult check(const RunResult& result, const Property& property) {
  return check_run(result, build_timeline(result.run, result.end), {.properties = {property}}).at(0);
}
inline PropertyResult check(const RunBuilder& run, const Property& property) { return check(run.result(), property); }
inline Verdict verdict(const RunBuilder& run, const Property& property) { return check(run, property).verdict; }

}  // namespace ringback::sim
