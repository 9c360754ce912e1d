#include "src/formats/merge_parts.h"

#include <algorithm>
#include <map>

#include "src/base/error.h"

namespace ringback::formats {
namespace {

std::string free_name(const trace::Trace& whole, std::string name) {
  const std::string base = name.substr(0, trace::kChannelNameBytesMax - 8);
  for (int number = 2; whole.channels.find(name) != nullptr; ++number) name = fmt::format("{}#{}", base, number);
  return name;
}

trace::RecordingFacts facts_of(const std::vector<trace::Trace>& parts) {
  trace::RecordingFacts facts = parts.front().facts();
  for (const trace::Trace& part : parts) {
    const trace::RecordingFacts other = part.facts();
    if (facts.audio == "none") facts.audio = other.audio;
    if (facts.tools.empty()) facts.tools = other.tools;
  }
  return facts;
}

bool is_declaration(const trace::Event& event) {
  return event.kind == trace::EventKind::channel_declared || event.kind == trace::EventKind::recording_facts;
}

}  // namespace

trace::Trace merge_parts(std::vector<trace::Trace> parts, std::int64_t wall_start_ns) {
  trace::Trace whole;
  std::vector<trace::Event> events;
  for (trace::Trace& part : parts) {
    whole.metadata.insert(part.metadata.begin(), part.metadata.end());
    std::map<trace::ChannelId, trace::ChannelId> renumbered = {{trace::kControlChannel, trace::kControlChannel}};
    for (trace::Channel channel : part.channels.channels()) {
      const trace::ChannelId id = channel.id;
      channel.name = free_name(whole, channel.name);
      renumbered[id] = whole.declare(channel);
    }
    for (const trace::Event& each : part.events) {
      if (is_declaration(each)) continue;
      trace::Event& event = events.emplace_back(each);
      event.channel = renumbered.at(event.channel);
    }
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const trace::Event& a, const trace::Event& b) { return a.at < b.at; });
  trace::RecordingFacts facts = facts_of(parts);
  facts.wall_start_ns = wall_start_ns;
  whole.add(trace::make_event({}, facts));
  for (const trace::Event& event : events) whole.add(event);
  return whole;
}

}  // namespace ringback::formats
