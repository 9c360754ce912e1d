// Draws cases: fault schedules, reactions and mutations over what a run had.
//
// RapidCheck draws, under an explicit seed: the same seed and sites give the same case on every machine. A case is
// drawn swarm style: it enables its own subset of kinds of fault and mutation, each with its own weight, so that some
// cases are all of one kind and others a mixture. Durations are log-uniform. Every anchor is one that the sites have.
//
//   const Generator generator(recording, find_sites(run), {});
//   const Case one = generator.draw(seed);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/explore/case.h"
#include "sim/explore/sites.h"
#include "sim/explore/speech_units.h"

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

// Whether no agent lives through it: of a process, where nothing starts another one.
bool ends_process(ActionName name);

// What can be drawn at all: the recording is needed for the JSON of its answers.
class Generator {
 public:
  // Throws Error where nothing can be drawn: no channel, or `only` names nothing that fits one.
  Generator(const trace::Trace& recording, Sites sites, GenerateOptions options);
  Generator(const Generator&) = delete;  // the kinds point into the sites
  Generator& operator=(const Generator&) = delete;

  Case draw(Seed seed) const;
  // A neighbour of `one`: a part more, a part less, or a part with another place or argument.
  Case vary(const Case& one, Seed seed) const;

  // One fault kind on one channel, or one mutation kind on one channel.
  struct Kind {
    const ChannelSites* channel = nullptr;
    const ActionRow* action = nullptr;              // null for a mutation
    MutationName mutation = MutationName::silence;  // where `action` is null
    // Of `result` call and JSON pointer, "3 /matches/0"; of a swap the two calls and the other's channel, "1 2 tool:b";
    // of `split_octets` exchange and part, "1 7".
    std::vector<std::string> places;
    std::vector<SpeechUnit> units;  // of the caller's sound
  };
  const std::vector<Kind>& kinds() const { return kinds_; }
  const Sites& sites() const { return sites_; }

 private:
  void add_kinds(const trace::Trace& recording);
  void add_faults(const ChannelSites& channel, const trace::Trace& recording);
  void add_mutations(const ChannelSites& channel, const trace::Trace& recording, const std::vector<SpeechUnit>& units);
  void add_kind(const Kind& kind);
  const Kind* kind_of(const Case& one, std::uint64_t part) const;

  Sites sites_;
  GenerateOptions options_;
  std::vector<Kind> kinds_;
  bool restarts_ = false;  // a restart is among the kinds: whatever ends the process has one with it
};

}  // namespace ringback::sim
