// tokens: what the model reports as its usage comes to at most `max` tokens, input and output together.
#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {

Finding check_tokens(const Timeline& timeline, const Tokens& limit) {
  const Cost& cost = timeline.cost;
  if (!cost.reports_tokens) return {.verdict = Verdict::not_measurable, .text = "the model reports no usage"};
  Finding finding{.text = fmt::format("{} in, {} out", cost.input_tokens, cost.output_tokens)};
  std::uint64_t sum = 0;
  for (const ModelResponse& response : timeline.responses) {
    const std::uint64_t tokens = response.input_tokens + response.output_tokens;
    if (tokens > 0) finding.rests_until = response.done;
    if (sum <= limit.max && sum + tokens > limit.max) {
      finding.verdict = Verdict::failed;
      finding.add({.at = response.done.value_or(response.begin()),
                   .event = response.event,
                   .text = fmt::format("response {} takes the sum to {}", response.number, sum + tokens)});
    }
    sum += tokens;
  }
  return finding;
}

}  // namespace ringback::sim
