// Where two traces part, and how much of each there is.
//
//   TraceDifference difference = diff(left, right);
//   if (!difference.equal()) fmt::print("{}", to_text(difference, {"a.rbt", "b.rbt"}));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/io.h"
#include "src/trace/fields.h"
#include "src/trace/trace.h"

namespace ringback::trace {

// A part of an event that differs; empty where that side lacks it.
struct ValueDifference {
  std::string name;
  std::optional<NamedValue> left;
  std::optional<NamedValue> right;
};

// An event before the first difference, the same on both sides.
struct ContextEvent {
  std::uint64_t number = 0;  // from 0
  std::string summary;       // as summary_of
};

// The first event that differs. Where one trace simply ends there its side is empty.
struct FirstDifference {
  std::uint64_t number = 0;  // of the event, from 0; also how many events are the same before it
  std::optional<Event> left;
  std::optional<Event> right;
  std::string left_summary;
  std::string right_summary;
  std::vector<ValueDifference> values;
  // The last events of the channels concerned, at most kContextEvents, in order.
  std::vector<ContextEvent> context;
};

inline constexpr std::size_t kContextEvents = 5;

// Channels are matched by name.
struct ChannelCounts {
  std::string name;
  std::uint64_t left = 0;
  std::uint64_t right = 0;
};

struct TraceDifference {
  std::optional<FirstDifference> first;
  std::uint64_t left_events = 0;
  std::uint64_t right_events = 0;
  std::vector<ChannelCounts> channels;  // control first, then by name

  // Equal events and so equal digests. Metadata are not compared.
  bool equal() const { return !first.has_value(); }
};

// Throw Error where a file is damaged. Files are read as streams: memory does not grow with them.
TraceDifference diff(ByteSource& left, ByteSource& right);
TraceDifference diff(const Trace& left, const Trace& right);

// What the two are called in text.
struct DiffNames {
  std::string left;
  std::string right;
};

// Several lines for people, each ended; long values are cut around where they part.
std::string to_text(const TraceDifference& difference, const DiffNames& names);

}  // namespace ringback::trace
