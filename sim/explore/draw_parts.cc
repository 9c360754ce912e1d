#include "sim/explore/draw_parts.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "sim/explore/draws.h"
#include "sim/explore/json_change.h"
#include "src/audio/format.h"

namespace ringback::sim {
namespace {

using trace::ChannelKind;

// Parts that are to meet stand at most this far apart: longer than most time-outs between two who speak.
constexpr Duration kApartMax = seconds(4);

ActionArgument draw_integer(const ActionRow& row) {
  if (row.name == ActionName::status) {
    return *rc::gen::elementOf(std::vector<std::int64_t>{400, 401, 404, 408, 409, 422, 429, 500, 502, 503, 504});
  }
  if (row.name == ActionName::cut) return *rc::gen::elementOf(std::vector<std::int64_t>{1000, 1001, 1006, 1011, 1013});
  if (row.name == ActionName::garble) return static_cast<std::int64_t>(draw_between(0, 40)) - 20;
  return draw_log(row.least, std::min<std::int64_t>(row.most, 1'000'000));
}

ActionArgument draw_text(const ActionRow& row) {
  if (row.name == ActionName::dtmf)
    return Bytes(*rc::gen::elementOf(std::vector<std::string>{"0", "1", "5", "9", "*", "#"}));
  if (row.name == ActionName::error_event) {
    return Bytes(*rc::gen::elementOf(
        std::vector<std::string>{"server_error", "rate_limit_exceeded", "session_expired", "invalid_request_error"}));
  }
  return Bytes(*rc::gen::elementOf(
      std::vector<std::string>{"", "null", "{}", "[]", "{not-json", "<html>502 Bad Gateway</html>", "\"ok\"", "0"}));
}

// No agent can help the silence while its process is away.
bool is_absence(ActionName name) { return name == ActionName::pause || name == ActionName::restart_after; }

ActionArgument draw_argument(const ActionRow& row) {
  if (!row.argument_required && draw_one_in(2)) return {};
  switch (row.type) {
    case ArgumentType::nothing:
      return {};
    case ArgumentType::integer:
    case ArgumentType::size:
    case ArgumentType::rate:
      return draw_integer(row);
    case ArgumentType::text:
      return draw_text(row);
    case ArgumentType::duration:
      return draw_duration(is_absence(row.name) ? kBriefOctaves : kOctaves);
    case ArgumentType::signed_duration:
      return draw_one_in(2) ? draw_duration() : draw_duration() * -1;
    case ArgumentType::probability:
      return Ratio{draw_between(1, 9), 10};
    case ArgumentType::factor:
      return Ratio{draw_between(2, 64), 2};
  }
  return {};
}

IntegerRange draw_range(std::uint64_t first, std::uint64_t last) {
  const std::uint64_t begin = draw_between(first, last);
  if (!draw_one_in(3)) return {begin, begin};
  return {begin, draw_one_in(2) ? IntegerRange::kOpenEnd : draw_between(begin, last)};
}

// What a model tells of the session and of the caller are few events beside its tokens, and as much depends on them.
VirtualTime draw_time(const ChannelSites& channel) {
  const bool is_between = !channel.between.empty() && draw_one_in(2);
  const std::vector<VirtualTime>& times = is_between ? channel.between : channel.event_times;
  return times[draw_between(0, times.size() - 1)];
}

VirtualTime time_of_frame(const ChannelSites& channel, std::uint64_t frame) {
  return channel.event_times.front() + audio::kFrame * static_cast<std::int64_t>(frame);
}

std::optional<VirtualTime> time_of_exchange(const ChannelSites& channel, std::uint64_t number) {
  if (number == 0 || number > channel.began.size()) return std::nullopt;
  return channel.began[number - 1];
}

std::optional<VirtualTime> time_of(const ChannelSites& channel, const Anchor& at) {
  if (at.time) return at.time;
  if (at.frame) return time_of_frame(channel, at.frame->first);
  if (at.call) return time_of_exchange(channel, at.call->first);
  if (at.response) return time_of_exchange(channel, at.response->first);
  return std::nullopt;
}

// A little before or after one of the moments; nothing where the part is to stand anywhere.
std::optional<VirtualTime> draw_near(const std::vector<VirtualTime>& moments) {
  if (moments.empty() || !draw_one_in(3)) return std::nullopt;
  const Duration moment = moments[draw_between(0, moments.size() - 1)].since_start();
  const Duration apart = milliseconds(draw_log(0, kApartMax.ms()));
  return VirtualTime() + (draw_one_in(2) ? moment + apart : std::max(Duration(), moment - apart));
}

// An event of a response: mostly one of those with which it begins or ends, which say more than what is between them.
std::uint64_t draw_event(std::uint64_t events) {
  const std::uint64_t few = std::min<std::uint64_t>(events, 4);
  if (draw_one_in(3)) return draw_between(1, events);
  return draw_one_in(2) ? draw_between(1, few) : draw_between(events - few + 1, events);
}

// A place on the channel; where there are calls or responses, mostly by their numbers.
Anchor draw_anchor(const ChannelSites& channel, const ActionRow& row, const std::vector<VirtualTime>& moments) {
  Anchor anchor;
  const std::optional<VirtualTime> near = draw_near(moments);
  const bool by_number = channel.exchanges > 0 && !draw_one_in(5);
  if (near) {
    anchor.time = *near;
    if (!draw_one_in(3)) anchor.duration = draw_duration();
  } else if (channel.kind == ChannelKind::tool && by_number) {
    anchor.call = draw_range(1, channel.exchanges);
  } else if (channel.kind == ChannelKind::model && by_number) {
    const std::uint64_t response = draw_between(1, channel.exchanges);
    anchor.response = IntegerRange{response, response};
    const std::uint64_t tokens = channel.tokens[response - 1];
    const bool streams = row.name != ActionName::rate_limit && row.name != ActionName::error_event;
    if (tokens > 0 && streams && draw_one_in(2)) {
      const std::uint64_t token = draw_between(1, tokens);
      anchor.token = IntegerRange{token, token};
    } else if (channel.events[response - 1] > 0 && streams && draw_one_in(2)) {
      const std::uint64_t event = draw_event(channel.events[response - 1]);
      anchor.event = IntegerRange{event, event};
    }
  } else if (channel.kind == ChannelKind::audio && channel.frames > 0 && draw_one_in(2)) {
    const std::uint64_t first = draw_between(0, channel.frames - 1);
    anchor.frame = IntegerRange{first, std::min(channel.frames - 1, first + draw_between(1, 250))};
  } else {
    anchor.time = draw_time(channel);
    if (!draw_one_in(3)) anchor.duration = draw_duration();
  }
  // A process is struck once; only what its work costs lasts.
  if (row.family == Family::process && row.name != ActionName::cpu) anchor.duration.reset();
  return anchor;
}

Mutation draw_result(const CaseKind& kind) {
  const std::string& place = kind.places[draw_between(0, kind.places.size() - 1)];
  const std::size_t space = place.find(' ');
  const auto change = kJsonChanges[draw_between(0, kJsonChanges.size() - 1)];
  return {.name = MutationName::result,
          .channel = kind.channel->channel,
          .at = std::stoull(place.substr(0, space)),
          .value = fmt::format("{} {}", change, place.substr(space + 1))};
}

// Two calls of the channel, or two that were under way at once.
Mutation draw_swap(const CaseKind& kind) {
  Mutation mutation{.name = kind.mutation, .channel = kind.channel->channel};
  if (kind.places.empty() || (kind.channel->exchanges > 1 && draw_one_in(2))) {
    mutation.at = draw_between(1, kind.channel->exchanges);
    mutation.count = draw_between(1, kind.channel->exchanges);
    return mutation;
  }
  const std::string& place = kind.places[draw_between(0, kind.places.size() - 1)];
  const std::size_t first = place.find(' ');
  const std::size_t second = place.find(' ', first + 1);
  mutation.at = std::stoull(place.substr(0, first));
  mutation.count = std::stoull(place.substr(first + 1, second - first - 1));
  mutation.value = place.substr(second + 1);
  return mutation;
}

// The frame that is heard at about the moment of another part, or any.
std::uint64_t draw_frame(const ChannelSites& channel, const std::vector<VirtualTime>& moments) {
  const std::optional<VirtualTime> near = draw_near(moments);
  if (!near || *near < channel.event_times.front()) return draw_between(0, channel.frames - 1);
  const std::int64_t frame = (*near - channel.event_times.front()).ns() / audio::kFrame.ns();
  return std::min(channel.frames - 1, static_cast<std::uint64_t>(frame));
}

}  // namespace

// When the parts that the case has so far act, as far as the run without faults can tell.
std::vector<VirtualTime> moments_of(const Case& one, const Sites& sites) {
  std::vector<VirtualTime> moments;
  const auto add = [&](const std::string& name, const auto& time_on) {
    for (const ChannelSites& channel : sites.channels) {
      if (channel.channel != name) continue;
      if (const std::optional<VirtualTime> at = time_on(channel)) moments.push_back(*at);
    }
  };
  for (const Fault& fault : one.schedule.faults) {
    add(fault.where, [&](const ChannelSites& channel) { return time_of(channel, fault.at); });
  }
  for (const Mutation& mutation : one.mutations) {
    add(mutation.channel, [&](const ChannelSites& channel) {
      return channel.kind == ChannelKind::audio ? std::optional(time_of_frame(channel, mutation.at))
                                                : time_of_exchange(channel, mutation.at);
    });
  }
  return moments;
}

Fault draw_fault(const CaseKind& kind, const std::vector<VirtualTime>& moments) {
  Fault fault{.where = kind.channel->channel,
              .at = draw_anchor(*kind.channel, *kind.action, moments),
              .action = {.name = kind.action->name, .argument = draw_argument(*kind.action)},
              .optional = true};
  // Where a stall begins is said once.
  if (fault.action.name == ActionName::stall && (fault.at.token || fault.at.event)) fault.action.argument = {};
  return fault;
}

Mutation draw_mutation(const CaseKind& kind, const std::vector<VirtualTime>& moments) {
  const ChannelSites& channel = *kind.channel;
  Mutation mutation{.name = kind.mutation, .channel = channel.channel};
  switch (kind.mutation) {
    case MutationName::result:
      return draw_result(kind);
    case MutationName::swap_results:
    case MutationName::swap_order:
      return draw_swap(kind);
    case MutationName::split_octets: {
      const std::string& place = kind.places[draw_between(0, kind.places.size() - 1)];
      const std::size_t space = place.find(' ');
      mutation.at = std::stoull(place.substr(0, space));
      mutation.count = std::stoull(place.substr(space + 1));
      return mutation;
    }
    case MutationName::rechunk:
      mutation.at = draw_between(1, channel.exchanges);
      mutation.count = static_cast<std::uint64_t>(draw_log(1, 200));
      return mutation;
    case MutationName::latency:
      mutation.at = draw_between(1, channel.exchanges);
      mutation.count = std::uint64_t{1} << draw_between(1, 7);
      return mutation;
    case MutationName::split_token:
      mutation.at = draw_between(1, channel.exchanges);
      mutation.count = draw_between(1, std::max<std::uint64_t>(1, channel.tokens[mutation.at - 1]));
      return mutation;
    case MutationName::digit:
      mutation.at = draw_frame(channel, moments);
      mutation.value = *rc::gen::elementOf(std::vector<std::string>{"0", "1", "5", "9", "*", "#"});
      return mutation;
    default:
      if (!kind.units.empty() && draw_one_in(2)) {
        const SpeechUnit& unit = kind.units[draw_between(0, kind.units.size() - 1)];
        mutation.at = unit.first;
        mutation.count = unit.count;
        return mutation;
      }
      mutation.at = draw_frame(channel, moments);
      mutation.count = static_cast<std::uint64_t>(draw_log(1, 200));
      return mutation;
  }
}

}  // namespace ringback::sim
