// An event taken apart for people: names and values, head first, then the body's fields in tag order.
#pragma once

#include <string>
#include <vector>

#include "src/trace/event.h"
#include "src/trace/trace.h"

namespace ringback::trace {

struct NamedValue {
  std::string name;        // as in the JSON lines: "at", "channel", ..., "text", "body"
  Bytes value;             // numbers and times as text, everything else as its octets
  bool is_octets = false;  // not text by its nature

  friend bool operator==(const NamedValue&, const NamedValue&) = default;
};

// A field that has its default is left out of the body's. A body of an unknown kind, or one that is no well-formed body
// of its kind, is one value, "octets". `channels` gives the channel's name.
std::vector<NamedValue> values_of(const Event& event, const ChannelTable& channels);

// "" and one line of at most `length_max` characters for any octets: quotes, backslashes and control octets escaped as
// in C, and "..." where some are left out.
std::string to_line(BytesView octets, std::size_t length_max);

// One line: time, channel, kind, direction, exchange, and the start of each field of the body.
std::string summary_of(const Event& event, const ChannelTable& channels);

}  // namespace ringback::trace
