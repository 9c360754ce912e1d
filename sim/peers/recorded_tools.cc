#include "sim/peers/recorded_tools.h"

#include <algorithm>
#include <map>
#include <utility>

#include "src/wire/canonical_json.h"

namespace ringback::sim {

RecordedTools read_recorded_tools(const trace::Trace& recording) {
  RecordedTools tools;
  for (const trace::Channel& channel : recording.channels.channels()) {
    if (channel.kind == trace::ChannelKind::tool) tools.push_back({.channel = channel, .exchanges = {}});
  }
  struct Asked {
    std::size_t index = 0;  // of the exchange
    VirtualTime at;
  };
  std::map<std::pair<trace::ChannelId, std::uint32_t>, Asked> asked;
  VirtualTime latest;
  for (auto each = recording.events.begin(); each.index() < recording.events.size(); ++each) {
    latest = std::max(latest, each.time());
    const auto tool =
        std::find_if(tools.begin(), tools.end(), [&](const auto& one) { return one.channel.id == each.channel(); });
    if (tool == tools.end()) continue;
    const trace::Event& event = *each;
    const auto key = std::pair(event.channel, event.exchange);
    if (event.kind == trace::EventKind::request) {
      asked[key] = {.index = tool->exchanges.size(), .at = latest};
      tool->exchanges.push_back(
          {.arguments = wire::canonical_json(trace::body_of<trace::Request>(event).body), .latency = {}, .answer = {}});
    } else if (event.kind == trace::EventKind::response || event.kind == trace::EventKind::failed) {
      const auto request = asked.find(key);
      if (request == asked.end()) continue;
      RecordedExchange& exchange = tool->exchanges[request->second.index];
      if (exchange.answer.has_value()) continue;  // a duplicate
      exchange.latency = latest - request->second.at;
      exchange.answer = event;
    }
  }
  return tools;
}

}  // namespace ringback::sim
