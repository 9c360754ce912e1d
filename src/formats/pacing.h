// The one rule that gives times to recordings which have none; docs/import.md states it. Order is what such a recording
// knows; these distances only make the order visible.
#pragma once

#include "src/base/time.h"

namespace ringback::formats {

inline constexpr Duration kFrameGap = milliseconds(10);      // between two frames or parts that a partner sends
inline constexpr Duration kAnswerGap = milliseconds(300);    // before a model's answer begins
inline constexpr Duration kSessionGap = milliseconds(100);   // before session.created and session.updated
inline constexpr Duration kTypingGap = seconds(1);           // before a typed turn
inline constexpr Duration kToolLatency = milliseconds(200);  // from a tool's call to its answer

}  // namespace ringback::formats
