#include "sim/report/story.h"

#include <algorithm>
#include <map>

#include "sim/check/requests.h"
#include "sim/report/lanes.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

constexpr std::size_t kQuoteMax = 200;
constexpr std::size_t kArgumentsMax = 60;
// An ordinary moment this close to one that matters is kept.
constexpr Duration kNear = seconds(10);
// How long a tool may take before a report says so.
constexpr Duration kSlow = seconds(1);

std::string quote(const std::string& text) { return "\"" + one_line(text, kQuoteMax) + "\""; }

std::string count_of(std::uint64_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

void tell_speech(const Timeline& timeline, std::vector<Moment>& moments) {
  for (const Spoken& spoken : timeline.caller) {
    const bool typed = spoken.begin == spoken.end;
    const std::string words = spoken.text.empty() ? "" : ": " + quote(spoken.text);
    const std::string what =
        typed ? "types" + words : fmt::format("speaks {}{}", to_seconds_text(spoken.end - spoken.begin), words);
    moments.push_back({.at = spoken.begin, .who = "caller", .what = what, .style = Style::caller, .is_ordinary = true});
  }
  for (const Spoken& entry : timeline.keys) {
    moments.push_back({.at = entry.begin,
                       .who = "caller",
                       .what = "presses " + one_line(entry.text, kQuoteMax),
                       .style = Style::caller,
                       .is_ordinary = true});
  }
  for (const Spoken& spoken : timeline.agent) {
    const bool typed = spoken.begin == spoken.end;
    const std::string words = spoken.text.empty() ? "" : ": " + quote(spoken.text);
    const std::string what =
        typed ? "writes" + words : fmt::format("is heard {}{}", to_seconds_text(spoken.end - spoken.begin), words);
    moments.push_back({.at = spoken.begin, .who = "agent", .what = what, .style = Style::agent, .is_ordinary = true});
  }
}

void tell_interruptions(const Timeline& timeline, std::vector<Moment>& moments) {
  for (const Interruption& cut : timeline.interruptions) {
    std::string what = "barge-in: drops what it was saying";
    for (const Spoken& spoken : timeline.caller) {
      if (spoken.begin <= cut.at && cut.at <= spoken.end)
        what += fmt::format(", {} after the caller began", to_seconds_text(cut.at - spoken.begin));
    }
    moments.push_back({.at = cut.at, .who = "agent", .what = what, .style = Style::warning});
  }
}

void tell_model(const Timeline& timeline, std::vector<Moment>& moments) {
  for (const ModelResponse& response : timeline.responses) {
    const std::string detail = response.detail.empty() ? "" : " (" + one_line(response.detail, kArgumentsMax) + ")";
    const std::string name = fmt::format("response {}", response.number);
    if (!response.done) {
      moments.push_back({.at = response.begin(), .who = "model", .what = name + " is never done", .style = Style::bad});
    } else if (response.status == "cancelled") {
      moments.push_back(
          {.at = *response.done, .who = "model", .what = name + " is cancelled" + detail, .is_ordinary = true});
    } else if (response.status != "completed") {
      const std::string_view verb = response.status == "refused" ? "is" : response.status == "lost" ? "is" : "ends";
      moments.push_back({.at = *response.done,
                         .who = "model",
                         .what = fmt::format("{} {} {}{}", name, verb,
                                             response.status.empty() ? "without a status" : response.status, detail),
                         .style = Style::bad});
    }
  }
  for (const FunctionCall& call : timeline.calls) {
    moments.push_back({.at = call.opened,
                       .who = "model",
                       .what = fmt::format("calls {}{}", one_line(call.name, kArgumentsMax),
                                           call.answered || call.was_lost ? "" : " and never gets its output"),
                       .style = call.answered || call.was_lost ? Style::plain : Style::bad});
  }
  for (const Disconnection& lost : timeline.disconnections) {
    if (lost.at >= timeline.end) continue;
    moments.push_back(
        {.at = lost.at,
         .who = lost.by_agent ? "agent" : "model",
         .what = fmt::format("the connection {} (code {})", lost.by_agent ? "is closed" : "is lost", lost.code),
         .style = lost.by_agent ? Style::plain : Style::bad});
  }
}

std::string attempt_text(const ToolExchange& exchange, std::size_t equal_number, std::size_t equal_in_all) {
  std::string what = tool_name(exchange.channel);
  if (equal_number == 1)
    what += " " + one_line(exchange.arguments, kArgumentsMax);
  else
    what += fmt::format(" again ({} of {})", equal_number, equal_in_all);
  what += " -> " + describe_outcome(exchange);
  if (!exchange.fault.empty()) what += ", by " + exchange.fault;
  if (exchange.ended && *exchange.ended - exchange.requested >= kSlow)
    what += ", after " + to_seconds_text(*exchange.ended - exchange.requested);
  return what;
}

void tell_tools(const Timeline& timeline, std::vector<Moment>& moments) {
  for (const EqualRequests& group : equal_requests(timeline)) {
    for (std::size_t i = 0; i < group.attempts.size(); ++i) {
      const ToolExchange& exchange = *group.attempts[i];
      moments.push_back({.at = exchange.requested,
                         .who = "tool",
                         .what = attempt_text(exchange, i + 1, group.attempts.size()),
                         .style = exchange.is_ok() ? Style::good : Style::bad});
    }
  }
}

// Faults on tools stand with their attempts. Of the rest, rows of one fault on one channel are told once.
void tell_faults(const Timeline& timeline, std::vector<Moment>& moments) {
  std::map<std::pair<std::string, std::string>, std::size_t> last;  // (fault, channel): the moment it was told in
  std::map<std::pair<std::string, std::string>, std::pair<VirtualTime, std::uint64_t>> rows;
  const auto is_tool = [](const FaultHit& hit) { return hit.channel.rfind("tool:", 0) == 0; };
  for (const FaultHit& hit : timeline.faults) {
    if (is_tool(hit)) continue;
    const std::pair key(hit.fault, hit.channel);
    const auto row = rows.find(key);
    if (row != rows.end() && hit.at - row->second.first <= seconds(1)) {
      row->second = {hit.at, row->second.second + 1};
      Moment& told = moments[last[key]];
      told.what = fmt::format("{}: {} on {}, {} until {}", hit.fault, hit.action, hit.channel,
                              count_of(row->second.second, "event"), clock_text(hit.at));
      continue;
    }
    rows[key] = {hit.at, 1};
    last[key] = moments.size();
    const std::string detail = hit.detail.empty() ? "" : " (" + one_line(hit.detail, kArgumentsMax) + ")";
    moments.push_back({.at = hit.at,
                       .who = "fault",
                       .what = fmt::format("{}: {} on {}{}", hit.fault, hit.action, hit.channel, detail),
                       .style = Style::warning});
  }
}

void tell_silence(const Report& report, std::vector<Moment>& moments) {
  const Timeline& timeline = report.timeline;
  if (!timeline.times_are_real || !timeline.audio_is_whole) return;
  const Duration limit = dead_air_limit(report.properties);
  for (const Wait& wait : timeline.waits) {
    if (wait.length() <= limit) continue;
    const bool until_end = wait.end == timeline.end && timeline.hang_up;
    moments.push_back({.at = wait.begin,
                       .who = "dead air",
                       .what = fmt::format("{} of silence, until {}{}", to_seconds_text(wait.length()),
                                           clock_text(wait.end), until_end ? ", when the call was over" : ""),
                       .style = Style::bad});
  }
}

void tell_end(const Report& report, std::vector<Moment>& moments) {
  if (report.result.divergence) {
    const Divergence& divergence = *report.result.divergence;
    moments.push_back({.at = divergence.at,
                       .who = "run",
                       .what = fmt::format("leaves the recording: {} on {}", divergence.what, divergence.channel),
                       .style = Style::bad});
  }
  const std::optional<HangUp>& hang_up = report.timeline.hang_up;
  if (!hang_up) {
    moments.push_back({.at = report.timeline.end,
                       .who = "run",
                       .what = fmt::format("ends ({})", report.result.ended_by.empty() ? "nothing more happened"
                                                                                       : report.result.ended_by),
                       .style = Style::bad});
    return;
  }
  const bool impatient = hang_up->reason == "patience";
  const std::string why = impatient                 ? ", having waited too long"
                          : hang_up->reason.empty() ? ""
                                                    : ": " + one_line(hang_up->reason, kArgumentsMax);
  const std::string unheard = report.timeline.agent.empty() ? ", and not a word of the agent was heard" : "";
  moments.push_back({.at = hang_up->at,
                     .who = hang_up->by,
                     .what = "hangs up" + why + unheard,
                     .style = hang_up->reason.empty() && unheard.empty() ? Style::plain : Style::bad});
}

// Too long a story loses ordinary moments that are far from any other, then its middle.
Story shortened(std::vector<Moment> moments) {
  Story story;
  if (moments.size() > kMomentsMax) {
    std::vector<VirtualTime> important;
    for (const Moment& moment : moments) {
      if (!moment.is_ordinary) important.push_back(moment.at);
    }
    const auto is_far = [&](const Moment& moment) {
      if (!moment.is_ordinary) return false;
      const auto next = std::lower_bound(important.begin(), important.end(), moment.at);
      const bool is_near_next = next != important.end() && *next - moment.at <= kNear;
      const bool is_near_last = next != important.begin() && moment.at - *(next - 1) <= kNear;
      return !is_near_next && !is_near_last;
    };
    for (Moment& moment : moments) {
      if (!is_far(moment)) story.moments.push_back(std::move(moment));
    }
    story.left_out = moments.size() - story.moments.size();
  } else {
    story.moments = std::move(moments);
  }
  if (story.moments.size() > kMomentsMax) {
    const auto surplus = static_cast<std::ptrdiff_t>(story.moments.size() - kMomentsMax);
    const auto middle = story.moments.begin() + kMomentsMax * 2 / 3;
    story.left_out += static_cast<std::size_t>(surplus);
    story.moments.erase(middle, middle + surplus);
  }
  return story;
}

}  // namespace

Story tell(const Report& report) {
  std::vector<Moment> moments;
  tell_faults(report.timeline, moments);
  tell_speech(report.timeline, moments);
  tell_interruptions(report.timeline, moments);
  tell_model(report.timeline, moments);
  tell_tools(report.timeline, moments);
  tell_silence(report, moments);
  tell_end(report, moments);
  std::stable_sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) { return a.at < b.at; });
  return shortened(std::move(moments));
}

}  // namespace ringback::sim
