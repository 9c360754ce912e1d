#include "sim/explore/generate.h"

#include <algorithm>
#include <map>
#include <optional>

#include <rapidcheck.h>

#include "sim/explore/json_change.h"
#include "sim/faults/check_schedule.h"
#include "src/audio/format.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

using Kind = Generator::Kind;
using trace::ChannelKind;

// RapidCheck's generators grow with a size; everything here is drawn from ranges of its own.
constexpr int kSize = 100;

// Parts that are to meet stand at most this far apart: longer than most time-outs between two who speak.
constexpr Duration kApartMax = seconds(4);

// `from` and `to` belong to it.
std::uint64_t draw_between(std::uint64_t from, std::uint64_t to) {
  if (from >= to) return from;
  return *rc::gen::inRange<std::uint64_t>(from, to + 1);
}
bool draw_one_in(std::uint64_t n) { return draw_between(1, n) == 1; }

constexpr std::uint64_t kOctaves = 13;      // from 10 ms to about 80 s
constexpr std::uint64_t kBriefOctaves = 8;  // to about 2.5 s: while a process is away, no agent can help the silence

// Log-uniform: an octave, and a place within it; to the millisecond.
Duration draw_duration(std::uint64_t octaves = kOctaves) {
  const std::uint64_t octave = draw_between(0, octaves - 1);
  const std::uint64_t low = std::uint64_t{10} << octave;
  return milliseconds(static_cast<std::int64_t>(draw_between(low, 2 * low - 1)));
}

std::int64_t draw_log(std::int64_t least, std::int64_t most) {
  std::int64_t octaves = 0;
  while (octaves < 40 && (std::int64_t{1} << (octaves + 1)) <= most - least + 1) ++octaves;
  const std::uint64_t octave = draw_between(0, static_cast<std::uint64_t>(octaves));
  const std::int64_t low = std::int64_t{1} << octave;
  const auto value = static_cast<std::int64_t>(
      draw_between(static_cast<std::uint64_t>(low - 1), static_cast<std::uint64_t>(2 * low - 2)));
  return std::min(most, least + value);
}

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

// --- what happens at about the same time ---

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

Fault draw_fault(const Kind& kind, const std::vector<VirtualTime>& moments) {
  Fault fault{.where = kind.channel->channel,
              .at = draw_anchor(*kind.channel, *kind.action, moments),
              .action = {.name = kind.action->name, .argument = draw_argument(*kind.action)},
              .optional = true};
  // Where a stall begins is said once.
  if (fault.action.name == ActionName::stall && (fault.at.token || fault.at.event)) fault.action.argument = {};
  return fault;
}

Mutation draw_result(const Kind& kind) {
  const std::string& place = kind.places[draw_between(0, kind.places.size() - 1)];
  const std::size_t space = place.find(' ');
  const auto change = kJsonChanges[draw_between(0, kJsonChanges.size() - 1)];
  return {.name = MutationName::result,
          .channel = kind.channel->channel,
          .at = std::stoull(place.substr(0, space)),
          .value = fmt::format("{} {}", change, place.substr(space + 1))};
}

// Two calls of the channel, or two that were under way at once.
Mutation draw_swap(const Kind& kind) {
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

Mutation draw_mutation(const Kind& kind, const std::vector<VirtualTime>& moments) {
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

// Which kinds this case may have, each with a weight.
struct Swarm {
  std::vector<std::size_t> kinds;  // positions; a weight of n stands n times

  static Swarm draw(std::size_t count, bool is_swarm) {
    Swarm swarm;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t weight = !is_swarm ? 1 : draw_one_in(4) ? draw_between(1, 4) : 0;
      swarm.kinds.insert(swarm.kinds.end(), weight, i);
    }
    if (swarm.kinds.empty()) swarm.kinds.push_back(draw_between(0, count - 1));
    return swarm;
  }
};

void add_part(const Kind& kind, const Sites& sites, Case& one) {
  const std::vector<VirtualTime> moments = moments_of(one, sites);
  if (kind.action != nullptr) {
    one.schedule.faults.push_back(draw_fault(kind, moments));
  } else {
    one.mutations.push_back(draw_mutation(kind, moments));
  }
}

// No agent bears its end: another process comes after it, as something that supervises it would see to.
void restart_what_ends(Case& one) {
  const std::vector<Fault> faults = one.schedule.faults;
  for (const Fault& fault : faults) {
    const bool is_restarted = std::any_of(faults.begin(), faults.end(), [&](const Fault& other) {
      return other.action.name == ActionName::restart_after && other.where == fault.where && other.at == fault.at;
    });
    if (!ends_process(fault.action.name) || is_restarted) continue;
    Fault restart = fault;
    restart.action = {.name = ActionName::restart_after, .argument = draw_duration(kBriefOctaves)};
    one.schedule.faults.push_back(std::move(restart));
  }
}

void drop_part(std::uint64_t part, Case& one) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < part_count(one); ++i) {
    if (i != part) kept.push_back(i);
  }
  one = with_parts(one, kept);
}

void number_faults(Case& one) {
  for (std::size_t i = 0; i < one.schedule.faults.size(); ++i) {
    Fault& fault = one.schedule.faults[i];
    fault.id = fmt::format("{}-{}", name_of(fault.action.name), i + 1);
  }
}

// Whether the words of the user name this kind: the action's or mutation's word, a family, or a channel.
// "CHANNEL/WORD" names what is both.
bool is_wanted(const Kind& kind, const std::vector<std::string>& only) {
  if (only.empty()) return true;
  const auto is_on = [&](std::string_view selector) { return selects(selector, kind.channel->channel); };
  const auto is_named = [&](std::string_view word) {
    if (kind.action == nullptr) return name_of(kind.mutation) == word || word == "mutation";
    return kind.action->word == word || name_of(kind.action->family) == word;
  };
  return std::any_of(only.begin(), only.end(), [&](const std::string& asked) {
    const std::size_t slash = asked.rfind('/');
    if (slash == std::string::npos) return is_on(asked) || is_named(asked);
    return is_on(std::string_view(asked).substr(0, slash)) && is_named(std::string_view(asked).substr(slash + 1));
  });
}

// Whether a fault of this kind may stand on the channel at all; the schedule's own check knows.
bool can_stand(const ActionRow& row, const ChannelSites& sites, const trace::Trace& recording) {
  const ActionArgument argument =
      row.name == ActionName::dtmf ? ActionArgument(Bytes("5")) : ActionArgument(Duration(seconds(1)));
  const Fault probe{
      .where = sites.channel, .at = {.time = VirtualTime()}, .action = {.name = row.name, .argument = argument}};
  try {
    check_channels({.faults = {probe}}, recording.channels.channels());
  } catch (const Error&) {
    return false;
  }
  return true;
}

std::vector<std::string> result_places(const trace::Trace& recording, const ChannelSites& sites) {
  std::vector<std::string> places;
  const trace::Channel* channel = recording.channels.find(sites.channel);
  if (channel == nullptr) return places;
  for (const trace::Event& event : recording.events) {
    if (event.channel != channel->id || event.kind != trace::EventKind::response) continue;
    for (const std::string& place : json_places(trace::body_of<trace::Response>(event).body)) {
      places.push_back(fmt::format("{} {}", event.exchange, place));
    }
  }
  return places;
}

constexpr std::size_t kPlacesMax = 256;

// When each call of a tool was asked and answered, by channel and number.
struct ToolSpan {
  const trace::Channel* channel = nullptr;
  std::uint32_t call = 0;
  std::size_t asked = 0;  // positions
  std::size_t answered = 0;
};

std::vector<ToolSpan> tool_spans(const trace::Trace& recording) {
  std::vector<ToolSpan> spans;
  for (auto each = recording.events.begin(); each != recording.events.end(); ++each) {
    const trace::Channel* channel = recording.channels.find(each.channel());
    if (channel == nullptr || channel->kind != trace::ChannelKind::tool) continue;
    const trace::Event& event = *each;
    if (event.kind == trace::EventKind::request) {
      spans.push_back({.channel = channel, .call = event.exchange, .asked = each.index()});
    } else if (event.kind == trace::EventKind::response) {
      for (ToolSpan& span : spans) {
        if (span.channel == channel && span.call == event.exchange) span.answered = each.index();
      }
    }
  }
  std::erase_if(spans, [](const ToolSpan& span) { return span.answered == 0; });
  return spans;
}

// "2 1 tool:b": call 2 of this channel and call 1 of tool:b were under way at once.
std::vector<std::string> parallel_calls(const trace::Trace& recording, const ChannelSites& sites) {
  const std::vector<ToolSpan> spans = tool_spans(recording);
  std::vector<std::string> places;
  for (const ToolSpan& own : spans) {
    if (own.channel->name != sites.channel) continue;
    for (const ToolSpan& other : spans) {
      const bool overlap = own.asked < other.answered && other.asked < own.answered;
      const bool is_other = own.channel != other.channel || own.call != other.call;
      if (!overlap || !is_other || places.size() == kPlacesMax) continue;
      places.push_back(fmt::format("{} {} {}", own.call, other.call, other.channel->name));
    }
  }
  return places;
}

// "1 7": the parts of streamed completions that have more than an octet.
std::vector<std::string> completion_parts(const trace::Trace& recording, const ChannelSites& sites) {
  std::vector<std::string> places;
  const trace::Channel* channel = recording.channels.find(sites.channel);
  std::map<std::uint32_t, std::uint64_t> parts;
  for (const trace::Event& event : recording.events) {
    if (channel == nullptr || event.channel != channel->id || event.kind != trace::EventKind::response_part) continue;
    const std::uint64_t part = ++parts[event.exchange];
    if (places.size() < kPlacesMax && trace::body_field(event.body, 1).size() > 1) {
      places.push_back(fmt::format("{} {}", event.exchange, part));
    }
  }
  return places;
}

// The agent's process can be struck at the time of anything that happened in the run.
ChannelSites process_sites(const Sites& sites) {
  ChannelSites process{.channel = std::string(kAgentProcess), .kind = ChannelKind::process};
  std::vector<VirtualTime>& times = process.event_times;
  for (const ChannelSites& channel : sites.channels) {
    times.insert(times.end(), channel.event_times.begin(), channel.event_times.end());
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return process;
}

}  // namespace

bool ends_process(ActionName name) {
  return name == ActionName::crash || name == ActionName::oom || name == ActionName::terminate;
}

Generator::Generator(const trace::Trace& recording, Sites sites, GenerateOptions options)
    : sites_(std::move(sites)), options_(std::move(options)) {
  std::erase_if(sites_.channels, [](const ChannelSites& channel) { return channel.channel == kAgentProcess; });
  if (options_.strikes_process) sites_.channels.push_back(process_sites(sites_));
  add_kinds(recording);
  if (kinds_.empty()) {
    fail("explore: {}", options_.only.empty() ? "the run had no channel that a fault could act on"
                                              : "no fault or mutation of these names fits a channel of the run");
  }
}

void Generator::add_kind(const Kind& kind) {
  if (!is_wanted(kind, options_.only)) return;
  restarts_ = restarts_ || (kind.action != nullptr && kind.action->name == ActionName::restart_after);
  kinds_.push_back(kind);
}

void Generator::add_kinds(const trace::Trace& recording) {
  const std::vector<SpeechUnit> units = speech_units(recording);
  for (const ChannelSites& channel : sites_.channels) {
    add_faults(channel, recording);
    if (options_.mutates) add_mutations(channel, recording, units);
  }
}

void Generator::add_faults(const ChannelSites& channel, const trace::Trace& recording) {
  // Where the process is struck at an event, it is one of the dialogue's steps.
  const bool has_steps = channel.kind == ChannelKind::process || channel.exchanges > 0;
  for (const ActionRow& row : action_table()) {
    if (!row.is_available || row_for(row.name, channel.kind) != &row) continue;
    if (row.family == Family::process && (!options_.strikes_process || !has_steps)) continue;
    if (row.name == ActionName::cpu && !options_.has_work_cost) continue;
    if (can_stand(row, channel, recording)) add_kind({.channel = &channel, .action = &row});
  }
}

void Generator::add_mutations(const ChannelSites& channel, const trace::Trace& recording,
                              const std::vector<SpeechUnit>& units) {
  if (channel.channel == "caller.audio" && channel.frames > 0) {
    for (const MutationName name : {MutationName::cut, MutationName::repeat, MutationName::silence, MutationName::swap,
                                    MutationName::stretch, MutationName::speech, MutationName::digit}) {
      add_kind({.channel = &channel, .mutation = name, .units = units});
    }
  }
  if (channel.kind == ChannelKind::tool && channel.exchanges > 0) {
    std::vector<std::string> places = result_places(recording, channel);
    if (!places.empty()) add_kind({.channel = &channel, .mutation = MutationName::result, .places = std::move(places)});
    add_kind({.channel = &channel, .mutation = MutationName::latency});
    const std::vector<std::string> parallel = parallel_calls(recording, channel);
    if (channel.exchanges > 1 || !parallel.empty()) {
      add_kind({.channel = &channel, .mutation = MutationName::swap_results, .places = parallel});
      add_kind({.channel = &channel, .mutation = MutationName::swap_order, .places = parallel});
    }
  }
  if (channel.kind == ChannelKind::model && channel.exchanges > 0) {
    const std::vector<std::string> parts = completion_parts(recording, channel);
    if (parts.empty()) {
      add_kind({.channel = &channel, .mutation = MutationName::split_token});
      add_kind({.channel = &channel, .mutation = MutationName::rechunk});
    } else {
      add_kind({.channel = &channel, .mutation = MutationName::split_octets, .places = parts});
    }
    add_kind({.channel = &channel, .mutation = MutationName::latency});
  }
}

// Null where the part is not of a kind that is drawn here.
const Kind* Generator::kind_of(const Case& one, std::uint64_t part) const {
  const std::size_t faults = one.schedule.faults.size();
  const auto found = std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& kind) {
    if (part < faults) {
      const Fault& fault = one.schedule.faults[part];
      return kind.action != nullptr && kind.action->name == fault.action.name && kind.channel->channel == fault.where;
    }
    const Mutation& mutation = one.mutations[part - faults];
    return kind.action == nullptr && kind.mutation == mutation.name && kind.channel->channel == mutation.channel;
  });
  return found == kinds_.end() ? nullptr : &*found;
}

Case Generator::draw(Seed seed) const {
  const rc::Gen<Case> cases = rc::gen::exec([this] {
    Case one;
    const Swarm swarm = Swarm::draw(kinds_.size(), options_.swarm);
    const std::uint64_t parts = draw_between(1, options_.faults_max);
    std::uint64_t mutations = 0;
    for (std::uint64_t i = 0; i < parts; ++i) {
      const Kind& kind = kinds_[swarm.kinds[draw_between(0, swarm.kinds.size() - 1)]];
      if (kind.action == nullptr && ++mutations > options_.mutations_max) continue;
      add_part(kind, sites_, one);
    }
    if (restarts_) restart_what_ends(one);
    if (options_.varies_reaction) one.reaction = kReactions[draw_between(0, kReactions.size() - 1)];
    one.seed = draw_between(0, UINT32_MAX);
    number_faults(one);
    return one;
  });
  return cases(rc::Random(seed), kSize).value();
}

Case Generator::vary(const Case& parent, Seed seed) const {
  const rc::Gen<Case> cases = rc::gen::exec([this, &parent] {
    Case one = parent;
    const std::uint64_t parts = part_count(one);
    const std::uint64_t turn = draw_between(0, 9);
    if (parts > 1 && turn < 2) {
      drop_part(draw_between(0, parts - 1), one);
    } else if (parts > 0 && turn < 8) {
      // The same kind at another place, or another kind.
      const std::uint64_t part = draw_between(0, parts - 1);
      const Kind* kind = kind_of(one, part);
      if (kind == nullptr || turn == 7) kind = &kinds_[draw_between(0, kinds_.size() - 1)];
      drop_part(part, one);
      add_part(*kind, sites_, one);
    } else if (part_count(one) < options_.faults_max + options_.mutations_max) {
      add_part(kinds_[draw_between(0, kinds_.size() - 1)], sites_, one);
    }
    if (restarts_) restart_what_ends(one);
    if (options_.varies_reaction && draw_one_in(4)) one.reaction = kReactions[draw_between(0, kReactions.size() - 1)];
    return one;
  });
  Case one = cases(rc::Random(seed), kSize).value();
  number_faults(one);
  return one;
}

}  // namespace ringback::sim
