#include "sim/run/near_miss.h"

#include <algorithm>
#include <map>

#include "sim/faults/model_frame.h"
#include "src/audio/format.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::EventKind;

// What crossed the channels that the fault selects.
struct Crossed {
  std::uint64_t events = 0;
  std::uint64_t exchanges = 0;
  std::map<std::uint32_t, std::uint64_t> events_of;  // by exchange
  std::map<std::uint32_t, std::uint64_t> tokens_of;
  std::map<std::uint32_t, std::uint64_t> bytes_of;
  Duration sound;
  VirtualTime last;
};

void count(const trace::Event& event, const trace::Channel& channel, bool counts_tokens, Crossed& crossed) {
  ++crossed.events;
  crossed.last = std::max(crossed.last, event.at);
  if (channel.kind == trace::ChannelKind::audio && event.kind == EventKind::audio) {
    const audio::Format format = audio::format_of(channel.encoding, channel.rate);
    crossed.sound += audio::duration_of(trace::body_field(event.body, 1).size(), format);
  }
  if (event.exchange == 0) return;
  crossed.exchanges = std::max<std::uint64_t>(crossed.exchanges, event.exchange);
  if (event.direction != trace::Direction::to_agent) return;
  ++crossed.events_of[event.exchange];
  if (event.kind == EventKind::message) crossed.bytes_of[event.exchange] += trace::body_field(event.body, 1).size();
  if (counts_tokens && is_token_event(event)) ++crossed.tokens_of[event.exchange];
}

std::string plural(std::uint64_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

// The most of something that one of the exchanges in `range` had, where that is less than what is wanted.
std::string most_of(const std::map<std::uint32_t, std::uint64_t>& counts, const Fault& fault, std::uint64_t wanted,
                    std::string_view what) {
  const std::optional<IntegerRange>& range = fault.at.response ? fault.at.response : fault.at.call;
  std::uint32_t exchange = 0;
  std::uint64_t most = 0;
  for (const auto& [number, n] : counts) {
    if (n <= most || (range && !range->contains(number))) continue;
    exchange = number;
    most = n;
  }
  if (most >= wanted) return "";
  return exchange == 0 ? fmt::format("nothing there had a {}", what)
                       : fmt::format("number {} had the most there, {}", exchange, plural(most, what));
}

}  // namespace

std::string near_miss(const Fault& fault, const trace::Trace& run) {
  Crossed crossed;
  for (const trace::Event& event : run.events) {
    const trace::Channel* channel = run.channels.find(event.channel);
    const bool is_traffic = event.direction != trace::Direction::none && event.kind != EventKind::fault_fired;
    if (channel == nullptr || !is_traffic || !selects(fault.where, channel->name)) continue;
    count(event, *channel, fault.at.token.has_value(), crossed);
  }
  if (crossed.events == 0) return fmt::format("nothing crossed {}", fault.where);
  if (fault.at.time && *fault.at.time > crossed.last)
    return fmt::format("the last event there came at {}", to_seconds_text(crossed.last.since_start()));
  if (fault.at.call && fault.at.call->first > crossed.exchanges)
    return fmt::format("the run made {} there", plural(crossed.exchanges, "call"));
  if (fault.at.response && fault.at.response->first > crossed.exchanges)
    return fmt::format("the run came to {} there", plural(crossed.exchanges, "response"));
  if (fault.at.token) return most_of(crossed.tokens_of, fault, fault.at.token->first, "token");
  if (fault.at.byte) return most_of(crossed.bytes_of, fault, fault.at.byte->first + 1, "byte");
  if (fault.at.event && fault.at.response) return most_of(crossed.events_of, fault, fault.at.event->first, "event");
  if (fault.at.event && fault.at.event->first > crossed.events)
    return fmt::format("{} crossed there", plural(crossed.events, "event"));
  const auto frames = static_cast<std::uint64_t>(crossed.sound.ns() / audio::kFrame.ns());
  if (fault.at.frame && fault.at.frame->first >= frames)
    return fmt::format("{} of sound crossed there", plural(frames, "frame"));
  return "";
}

}  // namespace ringback::sim
