#include "sim/agents/tool_attempts.h"

#include <utility>

#include "src/wire/canonical_json.h"

namespace ringback::sim {
namespace {

bool succeeded(const ToolReply& reply) {
  return reply.answered && reply.status < 400 && !wire::is_broken_answer(reply.body);
}

Task<std::optional<ToolReply>> attempt_once(AgentWorld& world, const RetryOptions& options, const std::string& function,
                                            const Bytes& arguments) {
  Task<ToolReply> asked = world.tools.call(function, arguments);
  if (options.timeout.has_value()) {
    std::optional<ToolReply> limited =
        co_await with_timeout(world.kernel, world.lane, *options.timeout, std::move(asked));
    co_return limited;
  }
  ToolReply reply = co_await asked;
  co_return std::optional<ToolReply>(std::move(reply));
}

}  // namespace

RetryOptions parse_retry_options(AgentOptions& options) {
  RetryOptions parsed;
  parsed.retries = options.count("retries", {.otherwise = parsed.retries, .max = kRetriesMax});
  parsed.backoff = options.time("backoff", parsed.backoff);
  parsed.timeout = options.time_or_none("timeout", parsed.timeout);
  return parsed;
}

Task<std::optional<ToolReply>> call_tool(AgentWorld& world, const RetryOptions& options, std::string function,
                                         Bytes arguments, std::uint32_t* retries_left) {
  Duration backoff = options.backoff;
  std::uint32_t own_retries = options.retries;
  std::uint32_t& left = retries_left == nullptr ? own_retries : *retries_left;
  for (bool is_first = true;; is_first = false) {
    if (!is_first) {
      if (left == 0) break;
      --left;
      co_await sleep(world.kernel, world.lane, backoff);
      backoff = backoff * 2;
    }
    std::optional<ToolReply> reply = co_await attempt_once(world, options, function, arguments);
    if (reply.has_value() && succeeded(*reply)) co_return reply;
  }
  co_return std::nullopt;
}

}  // namespace ringback::sim
