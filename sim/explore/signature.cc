#include "sim/explore/signature.h"

#include <algorithm>
#include <array>

#include "sim/faults/check_schedule.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

struct Trouble {
  VirtualTime at;
  std::string channel;
  std::string operation;
  std::string cause;
};

std::string cause_of(const ToolExchange& exchange) {
  switch (exchange.outcome) {
    case ToolExchange::Outcome::malformed:
      return "malformed answer";
    case ToolExchange::Outcome::error_status:
      return "error status";
    case ToolExchange::Outcome::failed:
      return "failed connection";
    case ToolExchange::Outcome::abandoned:
    case ToolExchange::Outcome::pending:
      return "missing answer";
    case ToolExchange::Outcome::answered:
      break;
  }
  return "";
}

// What was under way when the process ended is lost with it, and that is the cause. Only runs whose schedule strikes
// the agent's process have its channel.
void add_ends_of_process(const trace::Trace& run, std::vector<Trouble>& troubles) {
  const trace::Channel* process = run.channels.find(kAgentProcess);
  if (process == nullptr) return;
  for (const trace::Event& event : run.events) {
    if (event.channel != process->id || event.kind != trace::EventKind::process_exited) continue;
    std::erase_if(troubles, [&](const Trouble& trouble) { return trouble.at == event.at; });
    troubles.push_back({event.at, process->name, "process", "ended process"});
  }
}

// All that went wrong in the run, whoever was to blame.
std::vector<Trouble> troubles_of(const trace::Trace& run, const Timeline& timeline) {
  std::vector<Trouble> troubles;
  for (const ToolExchange& exchange : timeline.tools) {
    if (exchange.is_ok()) continue;
    troubles.push_back({exchange.ended.value_or(exchange.requested), exchange.channel, "call", cause_of(exchange)});
  }
  for (const ModelResponse& response : timeline.responses) {
    if (response.status.empty()) {
      troubles.push_back({response.begin(), response.channel, "response", "unfinished response"});
    } else if (response.status == "failed" || response.status == "refused" || response.status == "lost" ||
               response.status == "incomplete") {
      troubles.push_back(
          {response.done.value_or(response.begin()), response.channel, "response", response.status + " response"});
    }
  }
  for (const Disconnection& lost : timeline.disconnections) {
    if (!lost.by_agent) troubles.push_back({lost.at, lost.channel, "connection", "lost connection"});
  }
  add_ends_of_process(run, troubles);
  std::stable_sort(troubles.begin(), troubles.end(), [](const Trouble& a, const Trouble& b) { return a.at < b.at; });
  return troubles;
}

// The evidence of a wait is where it began: what made it long came after that. The evidence of all else is where it was
// seen: what led to it came before.
bool is_wait(const std::string& property) {
  constexpr std::array<std::string_view, 6> kWaits = {"dead_air", "first_audio", "ftl",
                                                      "fallback", "progress",    "recovery"};
  return std::find(kWaits.begin(), kWaits.end(), property) != kWaits.end();
}

// The trouble on that side of the evidence that is next to it, or on the other where there is none; null without any.
const Trouble* trouble_of(const Failure& failure, const std::vector<Trouble>& troubles) {
  if (troubles.empty()) return nullptr;
  const bool waits = is_wait(failure.signature.property);
  const auto behind = std::find_if(troubles.begin(), troubles.end(), [&](const Trouble& trouble) {
    return waits ? trouble.at >= failure.at : trouble.at > failure.at;
  });
  if (waits) return behind != troubles.end() ? &*behind : &troubles.back();
  return behind != troubles.begin() ? &*(behind - 1) : &troubles.front();
}

}  // namespace

std::string to_text(const Signature& signature) {
  if (signature.cause.empty()) return signature.property;
  const bool begins_with_vowel = std::string_view("aeiou").find(signature.cause.front()) != std::string_view::npos;
  return fmt::format("{} after {} {} of {}", signature.property, begins_with_vowel ? "an" : "a", signature.cause,
                     signature.channel);
}

std::string to_key(const Signature& signature) {
  return fmt::format("{}|{}|{}|{}", signature.property, signature.channel, signature.operation, signature.cause);
}

Signature parse_signature(std::string_view where, std::string_view key) {
  std::array<std::string, 4> parts;
  std::string_view rest = key;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t bar = rest.find('|');
    if ((bar == std::string_view::npos) != (i + 1 == parts.size())) {
      fail("{}: expected a signature of four parts with | between, found '{}'", where, key.substr(0, 120));
    }
    parts[i] = rest.substr(0, bar);
    if (bar != std::string_view::npos) rest.remove_prefix(bar + 1);
  }
  return {.property = parts[0], .channel = parts[1], .operation = parts[2], .cause = parts[3]};
}

std::vector<Failure> failures_of(const RunResult& result, const Timeline& timeline,
                                 const std::vector<PropertyResult>& properties) {
  const std::vector<Trouble> troubles = troubles_of(result.run, timeline);
  std::vector<Failure> failures;
  for (const PropertyResult& property : properties) {
    if (property.verdict != Verdict::failed) continue;
    Failure failure{.signature = {.property = std::string(name_of(property.property))},
                    .at = property.evidence.empty() ? result.end : property.evidence.front().at,
                    .finding = property.finding};
    if (const Trouble* trouble = trouble_of(failure, troubles)) {
      failure.signature.channel = trouble->channel;
      failure.signature.operation = trouble->operation;
      failure.signature.cause = trouble->cause;
    }
    failures.push_back(std::move(failure));
  }
  return failures;
}

}  // namespace ringback::sim
