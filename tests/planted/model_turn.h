// One turn of a small agent on a completion model: asks, runs the calls that the model asks for, all at once, and asks
// again until it says something without a call. Each field of TurnCare is a decision that people get wrong.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "include/ringback/agent.h"
#include "tests/planted/tool_care.h"

namespace ringback::planted {

struct TurnCare {
  // of the model
  Duration piece_limit = milliseconds(2000);   // without a piece of the answer
  Duration answer_limit = milliseconds(4000);  // of all attempts at one answer
  int attempts = 3;
  Duration backoff = milliseconds(200);
  int rounds = 6;
  bool says_so_when_it_fails = true;
  bool notices_empty_answers = true;
  // of tools
  ToolCare tool;
  std::set<std::string> functions;  // the agent's own
  std::set<std::string> effects;    // those of them that must not happen twice
  std::string later;                // the one whose call is done in the background, with patience
  bool repeats_effects = false;
  bool remembers_effects = true;
  bool answers_unknown_functions = true;
  bool checks_arguments = true;
  bool says_so_when_a_tool_fails = true;
  bool keeps_good_outputs = true;   // false: one call that fails, and nobody gets an output
  bool outputs_by_call = true;      // false: in the order in which they came
  bool caches_by_arguments = true;  // false: the function's name is enough
  bool reads_fields_checked = true;
  bool claims_after_success = true;       // false: claims it whatever came of it
  std::optional<std::size_t> output_max;  // longer outputs are dropped
};

inline constexpr std::string_view kTurnSorry = "Sorry, that did not work. Please try again later.";
inline constexpr std::string_view kTurnMoment = "One moment, please.";
inline constexpr std::string_view kTurnPardon = "Sorry, could you say that again?";
inline constexpr std::string_view kTurnDone = "Your order is placed.";

// What the agent keeps from turn to turn.
struct TurnMemory {
  std::vector<wire::ChatItem> conversation;
  std::map<std::string, Bytes> effects;  // by function and arguments: the output
  std::map<std::string, Bytes> cache;
};

// A call that nobody waits for: five attempts, a pause after each.
Task<void> call_in_background(AgentWorld& world, std::string function, Bytes arguments);

class ModelTurn {
 public:
  // All outlive the turn. `say` gets whole texts.
  ModelTurn(AgentWorld& world, const TurnCare& care, TurnMemory& memory, Scope& background,
            std::function<void(const std::string&)> say)
      : world_(world), care_(care), memory_(memory), background_(background), say_(std::move(say)) {}

  Task<void> run();

 private:
  struct Output {
    std::size_t call = 0;
    std::optional<Bytes> body;
  };
  Task<std::optional<wire::ChatItem>> ask();
  Task<std::optional<wire::ChatItem>> ask_once();
  Task<bool> run_calls(std::vector<wire::ChatCall> calls);
  Task<void> serve(wire::ChatCall call, std::size_t number, Mailbox<Output>& outputs);
  Task<std::optional<Bytes>> output_of(wire::ChatCall call);
  void read_fields(const Bytes& body) const;

  AgentWorld& world_;
  const TurnCare& care_;
  TurnMemory& memory_;
  Scope& background_;
  std::function<void(const std::string&)> say_;
};

}  // namespace ringback::planted
