#include "src/formats/timed_trace.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/base/hash.h"

namespace ringback::formats {

trace::ChannelId TimedTrace::declare(const trace::Channel& channel) {
  const auto known = by_name_.find(channel.name);
  if (known != by_name_.end()) return known->second;
  if (channels_.size() + 1 >= trace::kChannelsMax) {
    fail("expected at most {} channels, found one more: {}", trace::kChannelsMax - 1, channel.name.substr(0, 60));
  }
  channels_.push_back(channel);
  const auto id = static_cast<trace::ChannelId>(channels_.size());
  by_name_.emplace(channel.name, id);
  return id;
}

trace::ChannelId TimedTrace::tool(std::string_view name) {
  std::string full = fmt::format("tool:{}", name);
  if (full.size() > trace::kChannelNameBytesMax) {
    const std::string mark = "#" + to_hex(hash128(full)).substr(0, 16);
    full = full.substr(0, trace::kChannelNameBytesMax - mark.size()) + mark;
  }
  return declare({.kind = trace::ChannelKind::tool, .name = full});
}

trace::Trace TimedTrace::finish(std::string_view name) && {
  if (events_.empty()) fail("{}: expected at least one event, found none", name);
  std::stable_sort(events_.begin(), events_.end(),
                   [](const trace::Event& a, const trace::Event& b) { return a.at < b.at; });
  trace::Trace trace;
  trace.metadata = std::move(metadata_);
  trace.metadata.emplace("origin", fmt::format("import {}", facts_.source));
  const std::string removed = redactor_.summary();
  if (!removed.empty()) trace.metadata["redaction"] = removed;
  for (const trace::Channel& channel : channels_) trace.declare(channel);
  trace.add(trace::make_event({}, facts_));
  for (trace::Event& event : events_) {
    if (event.body.size() > trace::kBodyBytesMax) {
      fail("{}: expected values of at most {} bytes, found {}", name, trace::kBodyBytesMax, event.body.size());
    }
    trace.add(std::move(event));
  }
  return trace;
}

}  // namespace ringback::formats
