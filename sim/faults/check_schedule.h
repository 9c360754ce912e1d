// Whether a schedule can be laid over a trace: what this version can do, and what the trace's channels are.
//
//   if (auto message = first_unsupported(schedule)) throw Error(*message);
//   check_channels(schedule, channels);                 // throws Error
//   selectors_without_channel(schedule, names);         // not empty: exit code 5
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/faults/schedule.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// Where faults stand that strike the agent's process at a time and not at something that crosses.
inline constexpr std::string_view kAgentProcess = "agent";
// The first fault that is for an agent that is a process, or null.
const Fault* first_process_fault(const Schedule& schedule);

// The first fault whose action works on no channel in this version: "ehr.yaml:3:5: 'slow' is not available in this
// version".
std::optional<std::string> first_unsupported(const Schedule& schedule);

// Selectors of faults (without optional ones) and of answer rules that name none of these channels, each once, in
// order.
std::vector<std::string> selectors_without_channel(const Schedule& schedule,
                                                   std::span<const std::string> channel_names);

// Throws Error (file:line:column) where a fault's action cannot act on a channel that it selects, is not available
// there in this version, or an anchor means nothing there.
void check_channels(const Schedule& schedule, std::span<const trace::Channel> channels);

}  // namespace ringback::sim
