// A trace whose events are found in an order that is not that of their times.
//
//   TimedTrace timed("twilio", {.times = ""});
//   const trace::ChannelId tool = timed.declare({.kind = trace::ChannelKind::tool, .name = "tool:x"});
//   timed.add(at, tool, trace::Direction::from_agent, trace::Request{...}, exchange);
//   return std::move(timed).finish(name);
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/formats/redact.h"
#include "src/trace/trace.h"

namespace ringback::formats {

class TimedTrace final {
 public:
  // `facts.source` is the format's name.
  explicit TimedTrace(trace::RecordingFacts facts) : facts_(std::move(facts)) {}

  // The channel of that name, declared where it is new. Throws Error beyond trace::kChannelsMax.
  trace::ChannelId declare(const trace::Channel& channel);
  // "tool:NAME"; a name that is too long is cut and marked.
  trace::ChannelId tool(std::string_view name);
  // The next exchange of a channel, from 1.
  std::uint32_t next_exchange(trace::ChannelId channel) { return ++exchanges_[channel]; }

  template <class Body>
  void add(VirtualTime at, trace::ChannelId channel, trace::Direction direction, const Body& body,
           std::uint32_t exchange = 0) {
    events_.push_back(
        trace::make_event({.at = at, .channel = channel, .direction = direction, .exchange = exchange}, body));
  }
  bool is_empty() const { return events_.empty(); }
  trace::RecordingFacts& facts() { return facts_; }
  trace::Metadata& metadata() { return metadata_; }
  Redactor& redactor() { return redactor_; }

  // Sorted by time; events of one time stay in the order in which they were added. Throws Error ("NAME: ...") where
  // there is none.
  trace::Trace finish(std::string_view name) &&;

 private:
  trace::RecordingFacts facts_;
  trace::Metadata metadata_;
  Redactor redactor_;
  std::vector<trace::Channel> channels_;
  std::map<std::string, trace::ChannelId> by_name_;
  std::map<trace::ChannelId, std::uint32_t> exchanges_;
  std::vector<trace::Event> events_;
};

}  // namespace ringback::formats
