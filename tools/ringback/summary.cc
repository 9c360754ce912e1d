#include "tools/ringback/summary.h"

#include <algorithm>

#include "src/trace/reader.h"

namespace ringback::cli {
namespace {

void count(const trace::Event& event, ChannelSummary& channel) {
  ++channel.events;
  if (event.direction == trace::Direction::to_agent) ++channel.to_agent;
  if (event.direction == trace::Direction::from_agent) ++channel.from_agent;
  channel.body_bytes += event.body.size();
  if (event.kind == trace::EventKind::audio) channel.audio_bytes += trace::body_of<trace::Audio>(event).samples.size();
  channel.exchanges = std::max<std::uint64_t>(channel.exchanges, event.exchange);
  channel.first = std::min(channel.first.value_or(event.at), event.at);
  channel.last = std::max(channel.last.value_or(event.at), event.at);
}

}  // namespace

TraceSummary summarize(ByteSource& source) {
  trace::Reader reader(source);
  TraceSummary summary{.digest = reader.digest(),
                       .events = reader.events(),
                       .file_bytes = source.size(),
                       .writer = reader.writer(),
                       .metadata = reader.metadata()};
  trace::ChannelTable table;
  VirtualTime last;
  trace::Event event;
  while (reader.next(event)) {
    table.observe(event);
    while (summary.channels.size() < table.channels().size()) {
      summary.channels.push_back({.channel = table.channels()[summary.channels.size()]});
    }
    last = std::max(last, event.at);
    if (event.kind == trace::EventKind::recording_facts) summary.facts = trace::body_of<trace::RecordingFacts>(event);
    if (event.kind == trace::EventKind::fault_fired) ++summary.faults_fired;
    if (event.channel != trace::kControlChannel) count(event, summary.channels[event.channel - 1u]);
  }
  summary.duration = last.since_start();
  return summary;
}

}  // namespace ringback::cli
