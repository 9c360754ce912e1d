// The table of actions: which words there are, what they take, on which channels they act, and which work in this
// version. docs/faults.md shows it; a test compares the two.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/faults/schedule.h"
#include "src/trace/bodies.h"

namespace ringback::sim {

enum class Family : std::uint8_t { tool, model, audio, transport, bus, process };
// "tool", "model stream", "audio", "transport", "bus and queue", "process".
std::string_view name_of(Family family);

enum class ArgumentType : std::uint8_t {
  nothing,
  integer,  // within [least, most]
  text,
  size,             // octets, "8MB", within [least, most]
  rate,             // octets a second, "2kB/s"
  duration,         // more than 0
  signed_duration,  // "-1h"
  probability,      // a ratio from 0 to 1
  factor,           // a ratio above 0
};

struct ActionRow {
  Family family = Family::tool;
  ActionName name = ActionName::status;
  std::string_view word;
  ArgumentType type = ArgumentType::nothing;
  std::string_view field;  // the argument's key, as `code` in {cut: {code: 1006}}; empty: {status: 500}
  bool argument_required = false;
  bool is_available = false;
  std::int64_t least = 0;
  std::int64_t most = 0;
};

// Every action of every family, in the order of the contract. A word may stand in several rows, each of another family.
std::span<const ActionRow> action_table();
// Every word once.
std::vector<std::string_view> action_words();

// The row of `name` that is meant on a channel of this kind, or null. A transport action acts on anything that has a
// connection; where a word stands in both, the channel's own family comes first. An action of the process family acts
// on the agent's process, when what the fault names crosses, whatever the channel.
const ActionRow* row_for(ActionName name, trace::ChannelKind kind);

// Whether the action has the argument that the row asks for. A word may stand alone in one family and take an argument
// in another.
inline bool has_argument_for(const ActionRow& row, const Action& action) {
  return !row.argument_required || !std::holds_alternative<std::monostate>(action.argument);
}

// Whether the anchors that are set exist on channels of this kind; the first that does not, or empty.
std::string_view anchor_without_meaning(const Anchor& anchor, trace::ChannelKind kind);

}  // namespace ringback::sim
