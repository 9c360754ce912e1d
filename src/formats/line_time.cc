#include "src/formats/line_time.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/formats/wall_time.h"

namespace ringback::formats {
namespace {

struct Name {
  std::string_view key;
  Duration unit;
};

constexpr Name kExact[] = {{"time_ns", nanoseconds(1)},
                           {"at_ns", nanoseconds(1)},
                           {"time_ms", milliseconds(1)},
                           {"at_ms", milliseconds(1)},
                           {"timestamp_ms", milliseconds(1)}};
constexpr std::string_view kOpen[] = {"time", "at", "ts", "timestamp"};

// Year 5138 in seconds, 1973 in milliseconds.
constexpr std::int64_t kMillisecondsFrom = 100'000'000'000;
// A clock that counts from 1970 is past 2001 by now.
constexpr std::int64_t kWallFromNs = 1'000'000'000LL * 1'000'000'000LL;

std::int64_t open_time_ns(const Node& node) {
  if (node.is_text()) {
    const std::optional<std::int64_t> ns = parse_iso_time(node.text());
    if (!ns.has_value()) fail("{}: expected a time, found {}", node.place(), node.text().substr(0, 40));
    return *ns;
  }
  const Duration as_milliseconds = node.duration(milliseconds(1));
  if (as_milliseconds >= milliseconds(kMillisecondsFrom)) return as_milliseconds.ns();
  return node.duration(seconds(1)).ns();
}

}  // namespace

std::optional<std::int64_t> line_time_ns(const Node& line) {
  for (const Name& name : kExact) {
    if (const Node* node = line.find(name.key)) return node->duration(name.unit).ns();
  }
  for (const std::string_view key : kOpen) {
    if (const Node* node = line.find(key)) return open_time_ns(*node);
  }
  return std::nullopt;
}

VirtualTime LineClock::at(std::int64_t ns) {
  if (!start_ns_.has_value()) start_ns_ = ns;
  last_ = std::max(last_, VirtualTime() + (nanoseconds(ns) - nanoseconds(*start_ns_)));
  return last_;
}

std::int64_t LineClock::wall_start_ns() const { return start_ns_.value_or(0) >= kWallFromNs ? *start_ns_ : 0; }

}  // namespace ringback::formats
