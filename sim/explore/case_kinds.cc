#include "sim/explore/case_kinds.h"

#include <algorithm>
#include <map>

#include "sim/explore/json_change.h"
#include "sim/faults/check_schedule.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::ChannelKind;

// Whether the words of the user name this kind: the action's or mutation's word, a family, or a channel.
// "CHANNEL/WORD" names what is both.
bool is_wanted(const CaseKind& kind, const std::vector<std::string>& only) {
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

class Finder {
 public:
  Finder(const trace::Trace& recording, const GenerateOptions& options)
      : recording_(recording), options_(options), units_(speech_units(recording)) {}

  std::vector<CaseKind> find(const Sites& sites) {
    for (const ChannelSites& channel : sites.channels) {
      add_faults(channel);
      if (options_.mutates) add_mutations(channel);
    }
    return std::move(kinds_);
  }

 private:
  void add(const CaseKind& kind) {
    if (is_wanted(kind, options_.only)) kinds_.push_back(kind);
  }

  void add_faults(const ChannelSites& channel) {
    // Where the process is struck at an event, it is one of the dialogue's steps.
    const bool has_steps = channel.kind == ChannelKind::process || channel.exchanges > 0;
    for (const ActionRow& row : action_table()) {
      if (!row.is_available || row_for(row.name, channel.kind) != &row) continue;
      if (row.family == Family::process && (!options_.strikes_process || !has_steps)) continue;
      if (row.name == ActionName::cpu && !options_.has_work_cost) continue;
      if (can_stand(row, channel, recording_)) add({.channel = &channel, .action = &row});
    }
  }

  void add_mutations(const ChannelSites& channel) {
    if (channel.channel == "caller.audio" && channel.frames > 0) add_sound(channel);
    if (channel.kind == ChannelKind::tool && channel.exchanges > 0) add_answers(channel);
    if (channel.kind == ChannelKind::model && channel.exchanges > 0) add_stream(channel);
  }

  void add_sound(const ChannelSites& channel) {
    for (const MutationName name : {MutationName::cut, MutationName::repeat, MutationName::silence, MutationName::swap,
                                    MutationName::stretch, MutationName::speech, MutationName::digit}) {
      add({.channel = &channel, .mutation = name, .units = units_});
    }
  }

  void add_answers(const ChannelSites& channel) {
    std::vector<std::string> places = result_places(recording_, channel);
    if (!places.empty()) add({.channel = &channel, .mutation = MutationName::result, .places = std::move(places)});
    add({.channel = &channel, .mutation = MutationName::latency});
    const std::vector<std::string> parallel = parallel_calls(recording_, channel);
    if (channel.exchanges == 1 && parallel.empty()) return;
    add({.channel = &channel, .mutation = MutationName::swap_results, .places = parallel});
    add({.channel = &channel, .mutation = MutationName::swap_order, .places = parallel});
  }

  void add_stream(const ChannelSites& channel) {
    const std::vector<std::string> parts = completion_parts(recording_, channel);
    if (parts.empty()) {
      add({.channel = &channel, .mutation = MutationName::split_token});
      add({.channel = &channel, .mutation = MutationName::rechunk});
    } else {
      add({.channel = &channel, .mutation = MutationName::split_octets, .places = parts});
    }
    add({.channel = &channel, .mutation = MutationName::latency});
  }

  const trace::Trace& recording_;
  const GenerateOptions& options_;
  std::vector<SpeechUnit> units_;
  std::vector<CaseKind> kinds_;
};

}  // namespace

std::vector<CaseKind> find_kinds(const trace::Trace& recording, const Sites& sites, const GenerateOptions& options) {
  return Finder(recording, options).find(sites);
}

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

bool ends_process(ActionName name) {
  return name == ActionName::crash || name == ActionName::oom || name == ActionName::terminate;
}

}  // namespace ringback::sim
