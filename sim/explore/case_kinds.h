// What a case over a recording can have: each fault on each channel of the run that can bear it, each mutation that
// finds something to change.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/explore/mutation.h"
#include "sim/explore/sites.h"
#include "sim/explore/speech_units.h"
#include "sim/faults/actions.h"
#include "src/trace/trace.h"

namespace ringback::sim {

struct GenerateOptions {
  std::uint64_t faults_max = 4;
  std::uint64_t mutations_max = 3;
  bool swarm = true;             // false: every kind with the same weight in every case
  bool mutates = true;           // false: faults and reactions alone
  bool varies_reaction = true;   // false: the model apologises
  bool strikes_process = false;  // the agent is a process: it is killed, stopped, started anew
  bool has_work_cost = false;    // of a process whose work costs time: that becomes dearer
  // Words of actions, families, mutations and channels, or "CHANNEL/WORD" for one on the other; empty: all.
  std::vector<std::string> only;
};

// One fault kind on one channel, or one mutation kind on one channel.
struct CaseKind {
  const ChannelSites* channel = nullptr;
  const ActionRow* action = nullptr;              // null for a mutation
  MutationName mutation = MutationName::silence;  // where `action` is null
  // Of `result` call and JSON pointer, "3 /matches/0"; of a swap the two calls and the other's channel, "1 2 tool:b";
  // of `split_octets` exchange and part, "1 7".
  std::vector<std::string> places;
  std::vector<SpeechUnit> units;  // of the caller's sound
};

// In the order of the channels. They point into `sites`.
std::vector<CaseKind> find_kinds(const trace::Trace& recording, const Sites& sites, const GenerateOptions& options);

// The agent's process as a channel: it can be struck at the time of anything that happened in the run.
ChannelSites process_sites(const Sites& sites);

// Whether no agent lives through it: of a process, where nothing starts another one.
bool ends_process(ActionName name);

}  // namespace ringback::sim
