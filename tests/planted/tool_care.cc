#include "tests/planted/tool_care.h"

#include <algorithm>
#include <utility>

namespace ringback::planted {
namespace {

bool is_good(const ToolCare& care, const ToolReply& reply) {
  if (!reply.answered) return false;
  if (care.checks_status && (reply.status < 200 || reply.status >= 300)) return false;
  return !care.checks_body || !wire::is_broken_answer(reply.body);
}

bool never_left(const ToolReply& reply) { return !reply.answered && reply.failure == "refused"; }

Task<ToolReply> ask(AgentWorld& world, bool notices_failures, std::string function, Bytes arguments) {
  ToolReply reply = co_await world.tools.call(function, arguments);
  while (!reply.answered && !notices_failures) co_await sleep(world.kernel, world.lane, seconds(3600));
  co_return reply;
}

}  // namespace

Task<std::optional<Bytes>> call_with_care(AgentWorld& world, ToolCare care, std::string function, Bytes arguments) {
  const VirtualTime due = world.kernel.now() + care.deadline;
  int left = care.retries;
  Duration backoff = care.backoff;
  for (;;) {
    const Duration rest = due - world.kernel.now();
    if (rest <= Duration()) break;
    const Duration limit = care.cuts_at_deadline ? std::min(rest, care.attempt_limit) : care.attempt_limit;
    Task<ToolReply> asked = ask(world, care.notices_failures, function, arguments);
    std::optional<ToolReply> reply = co_await with_timeout(world.kernel, world.lane, limit, std::move(asked));
    if (reply.has_value() && is_good(care, *reply)) co_return std::optional<Bytes>(std::move(reply->body));
    if (!care.is_repeatable && !(reply.has_value() && never_left(*reply))) break;
    if (left == 0) break;
    --left;
    co_await sleep(world.kernel, world.lane, backoff);
    backoff = std::min(backoff * 2, care.backoff_max);
  }
  co_return std::nullopt;
}

}  // namespace ringback::planted
