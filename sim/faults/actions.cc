#include "sim/faults/actions.h"

#include <algorithm>
#include <array>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

using enum ArgumentType;
using trace::ChannelKind;

constexpr std::int64_t kAnyMost = INT64_MAX;
// A replaced body leaves room in an event for status and headers.
constexpr std::int64_t kHugeBytesMax = static_cast<std::int64_t>(trace::kBodyBytesMax) - (64 << 10);
constexpr bool kRequired = true;
constexpr bool kMayBeLeftOut = false;
constexpr bool kWorks = true;
constexpr bool kLater = false;

constexpr auto kTable = std::to_array<ActionRow>({
    {Family::tool, ActionName::status, "status", integer, "", kRequired, kWorks, 200, 599},
    {Family::tool, ActionName::body, "body", text, "", kRequired, kWorks},
    {Family::tool, ActionName::malformed, "malformed", nothing, "", kMayBeLeftOut, kWorks},
    {Family::tool, ActionName::wrong_schema, "wrong_schema", nothing, "", kMayBeLeftOut, kWorks},
    {Family::tool, ActionName::huge, "huge", size, "", kRequired, kWorks, 2, kHugeBytesMax},
    {Family::tool, ActionName::delay, "delay", duration, "", kRequired, kWorks},
    {Family::tool, ActionName::timeout, "timeout", nothing, "", kMayBeLeftOut, kWorks},
    {Family::tool, ActionName::partial, "partial", integer, "byte", kRequired, kWorks, 0, kAnyMost},
    {Family::tool, ActionName::duplicate, "duplicate", nothing, "", kMayBeLeftOut, kWorks},
    {Family::tool, ActionName::unknown_tool, "unknown_tool", nothing, "", kMayBeLeftOut, kWorks},

    {Family::model, ActionName::cut, "cut", integer, "code", kMayBeLeftOut, kWorks, 1000, 4999},
    {Family::model, ActionName::reset, "reset", nothing, "", kMayBeLeftOut, kWorks},
    {Family::model, ActionName::stall, "stall", integer, "after", kMayBeLeftOut, kWorks, 0, kAnyMost},
    {Family::model, ActionName::delay, "delay", duration, "", kRequired, kWorks},
    {Family::model, ActionName::slow, "slow", factor, "factor", kRequired, kWorks},
    {Family::model, ActionName::corrupt, "corrupt", nothing, "", kMayBeLeftOut, kWorks},
    {Family::model, ActionName::malformed_tool_call, "malformed_tool_call", nothing, "", kMayBeLeftOut, kWorks},
    {Family::model, ActionName::unknown_tool_call, "unknown_tool_call", nothing, "", kMayBeLeftOut, kWorks},
    {Family::model, ActionName::drop_event, "drop_event", nothing, "", kMayBeLeftOut, kWorks},
    {Family::model, ActionName::duplicate_event, "duplicate_event", nothing, "", kMayBeLeftOut, kWorks},
    {Family::model, ActionName::reorder, "reorder", nothing, "", kMayBeLeftOut, kWorks},
    {Family::model, ActionName::rate_limit, "rate_limit", nothing, "", kMayBeLeftOut, kWorks},
    {Family::model, ActionName::error_event, "error_event", text, "code", kRequired, kWorks},

    {Family::audio, ActionName::silence, "silence", nothing, "", kMayBeLeftOut, kWorks},
    {Family::audio, ActionName::garble, "garble", integer, "snr_db", kRequired, kWorks, -60, 60},
    {Family::audio, ActionName::drop, "drop", probability, "", kRequired, kWorks},
    {Family::audio, ActionName::jitter, "jitter", duration, "", kRequired, kWorks},
    {Family::audio, ActionName::delay, "delay", duration, "", kRequired, kWorks},
    {Family::audio, ActionName::clip, "clip", nothing, "", kMayBeLeftOut, kWorks},
    {Family::audio, ActionName::dtmf, "dtmf", text, "", kRequired, kWorks},

    {Family::transport, ActionName::reset, "reset", nothing, "", kMayBeLeftOut, kWorks},
    {Family::transport, ActionName::half_open, "half_open", nothing, "", kMayBeLeftOut, kWorks},
    {Family::transport, ActionName::blackhole, "blackhole", nothing, "", kMayBeLeftOut, kWorks},
    {Family::transport, ActionName::throttle, "throttle", rate, "", kRequired, kWorks, 1, kAnyMost},
    {Family::transport, ActionName::drop_reply, "drop_reply", nothing, "", kMayBeLeftOut, kWorks},
    {Family::transport, ActionName::refuse, "refuse", nothing, "", kMayBeLeftOut, kWorks},
    {Family::transport, ActionName::dns_failure, "dns_failure", nothing, "", kMayBeLeftOut, kWorks},
    {Family::transport, ActionName::tls_failure, "tls_failure", nothing, "", kMayBeLeftOut, kWorks},

    {Family::bus, ActionName::drop, "drop", nothing, "", kMayBeLeftOut, kLater},
    {Family::bus, ActionName::duplicate, "duplicate", nothing, "", kMayBeLeftOut, kLater},
    {Family::bus, ActionName::reorder, "reorder", nothing, "", kMayBeLeftOut, kLater},
    {Family::bus, ActionName::delay, "delay", duration, "", kRequired, kLater},
    {Family::bus, ActionName::partition, "partition", duration, "for", kRequired, kLater},
    {Family::bus, ActionName::lock_expiry, "lock_expiry", nothing, "", kMayBeLeftOut, kLater},
    {Family::bus, ActionName::failover, "failover", duration, "lag", kRequired, kLater},
    {Family::bus, ActionName::stuck, "stuck", nothing, "", kMayBeLeftOut, kLater},

    {Family::process, ActionName::crash, "crash", nothing, "", kMayBeLeftOut, kWorks},
    {Family::process, ActionName::oom, "oom", nothing, "", kMayBeLeftOut, kWorks},
    {Family::process, ActionName::terminate, "terminate", duration, "grace", kMayBeLeftOut, kWorks},
    {Family::process, ActionName::pause, "pause", duration, "", kRequired, kWorks},
    {Family::process, ActionName::restart_after, "restart_after", duration, "", kRequired, kWorks},
    {Family::process, ActionName::cpu, "cpu", factor, "factor", kRequired, kWorks},
    {Family::process, ActionName::clock_step, "clock_step", signed_duration, "", kRequired, kWorks},
});

std::optional<Family> family_of(ChannelKind kind) {
  switch (kind) {
    case ChannelKind::tool:
      return Family::tool;
    case ChannelKind::model:
    case ChannelKind::transcriber:
    case ChannelKind::synthesizer:
      return Family::model;
    case ChannelKind::audio:
      return Family::audio;
    case ChannelKind::bus:
    case ChannelKind::queue:
      return Family::bus;
    case ChannelKind::tcp:
      return Family::transport;
    case ChannelKind::process:
      return Family::process;
    case ChannelKind::control:
    case ChannelKind::caller:
      return std::nullopt;
  }
  return std::nullopt;
}

const ActionRow* row_in(Family family, ActionName name) {
  const auto row = std::find_if(kTable.begin(), kTable.end(),
                                [&](const ActionRow& each) { return each.family == family && each.name == name; });
  return row == kTable.end() ? nullptr : &*row;
}

}  // namespace

std::string_view name_of(Family family) {
  switch (family) {
    case Family::tool:
      return "tool";
    case Family::model:
      return "model stream";
    case Family::audio:
      return "audio";
    case Family::transport:
      return "transport";
    case Family::bus:
      return "bus and queue";
    case Family::process:
      return "process";
  }
  return "";
}

std::span<const ActionRow> action_table() { return kTable; }

std::string_view name_of(ActionName name) {
  for (const ActionRow& row : kTable) {
    if (row.name == name) return row.word;
  }
  RINGBACK_CHECK(false, "every action stands in the table, {} too", static_cast<int>(name));
  return "";
}

std::vector<std::string_view> action_words() {
  std::vector<std::string_view> words;
  for (const ActionRow& row : kTable) {
    if (std::find(words.begin(), words.end(), row.word) == words.end()) words.push_back(row.word);
  }
  return words;
}

const ActionRow* row_for(ActionName name, ChannelKind kind) {
  const std::optional<Family> family = family_of(kind);
  // Whatever crosses can be the moment at which the agent's process meets something.
  if (const ActionRow* row = row_in(Family::process, name)) return row;
  if (!family) return nullptr;
  if (const ActionRow* row = row_in(*family, name)) return row;
  const bool has_connection = *family == Family::tool || *family == Family::model || *family == Family::bus;
  return has_connection ? row_in(Family::transport, name) : nullptr;
}

std::string_view anchor_without_meaning(const Anchor& anchor, ChannelKind kind) {
  const std::optional<Family> family = family_of(kind);
  const bool is_model = family == Family::model;
  if (anchor.call && family != Family::tool) return "call";
  if (anchor.response && !is_model) return "response";
  if (anchor.event && !is_model && family != Family::bus) return "event";
  if (anchor.token && !is_model) return "token";
  if (anchor.byte && !is_model && family != Family::transport) return "byte";
  if (anchor.frame && family != Family::audio) return "frame";
  return "";
}

}  // namespace ringback::sim
