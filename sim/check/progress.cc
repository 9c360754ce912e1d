// progress: after every input the agent does something that others can see `within` that time: it sends sound or text,
// asks a tool, sends the model anything but the caller's sound, drops its queue, or hangs up. Inputs are the caller's
// turns and keys, function calls of the model, answers and failures of tools, and a connection that is lost.
#include <algorithm>

#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

struct Input {
  VirtualTime at;
  std::optional<EventIndex> event;
  std::string what;
  bool is_answered = false;  // the agent spoke before the input was over
};

std::vector<Input> inputs_of(const Timeline& timeline) {
  std::vector<Input> inputs;
  for (const Turn& turn : timeline.turns)
    inputs.push_back({.at = turn.end, .what = "the caller's turn", .is_answered = turn.heard == turn.end});
  for (const VirtualTime key : timeline.key_presses) inputs.push_back({.at = key, .what = "a key"});
  for (const FunctionCall& call : timeline.calls)
    inputs.push_back({.at = call.opened, .event = call.event, .what = "the call of " + one_line(call.name, 40)});
  for (const ToolExchange& exchange : timeline.tools) {
    if (!exchange.ended || exchange.outcome == ToolExchange::Outcome::abandoned) continue;
    inputs.push_back(
        {.at = *exchange.ended, .event = exchange.end_event, .what = "the answer of " + tool_name(exchange.channel)});
  }
  for (const Disconnection& lost : timeline.disconnections) {
    if (!lost.by_agent && lost.at < timeline.end)
      inputs.push_back({.at = lost.at, .event = lost.event, .what = "the loss of the connection to " + lost.channel});
  }
  return inputs;
}

}  // namespace

Finding check_progress(const Timeline& timeline, const Progress& limit) {
  struct Idle {
    Duration length;
    Input input;
  };
  Finding finding{.rests_until = VirtualTime()};
  Duration longest;
  std::vector<Idle> idle;
  for (Input& input : inputs_of(timeline)) {
    if (input.is_answered || input.at > timeline.end) continue;
    const auto act = std::lower_bound(timeline.acts.begin(), timeline.acts.end(), input.at);
    const bool has_acted = act != timeline.acts.end() && *act <= timeline.end;
    const Duration length = (has_acted ? *act : timeline.end) - input.at;
    finding.rests_until = std::max(*finding.rests_until, has_acted ? *act : timeline.end);
    if (!has_acted && length <= limit.within) continue;  // the call was over before it had to
    longest = std::max(longest, length);
    if (length > limit.within) idle.push_back({length, std::move(input)});
  }
  std::stable_sort(idle.begin(), idle.end(), [](const Idle& a, const Idle& b) { return a.length > b.length; });
  for (const Idle& stretch : idle) {
    finding.add({.at = stretch.input.at,
                 .event = stretch.input.event,
                 .text = fmt::format("nothing for {} after {}", to_seconds_text(stretch.length), stretch.input.what)});
  }
  finding.verdict = idle.empty() ? Verdict::held : Verdict::failed;
  finding.text = fmt::format("longest {}", to_seconds_text(longest));
  return finding;
}

}  // namespace ringback::sim
