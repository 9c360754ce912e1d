// What a model does where nobody recorded what it did: one of a named set, so that a verdict can say what it rests on.
//
//   Improviser improviser(reaction_named("call-again"));
//   improviser.called("lookup", R"({"name":"Ada"})");   // what the model called last, recorded or made up
//   Improvised next = improviser.next();                 // call lookup again
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/bytes.h"
#include "src/base/time.h"

namespace ringback::sim {

enum class Reaction : std::uint8_t {
  apologise,      // says kApology
  call_again,     // calls the function that it called last: with the same arguments, then with varied ones
  silent,         // answers with nothing
  claim_success,  // says kClaim, whatever the tools answered
};
inline constexpr std::array kReactions = {Reaction::apologise, Reaction::call_again, Reaction::silent,
                                          Reaction::claim_success};

// "apologise", "call-again", "silent", "claim-success".
std::string_view name_of(Reaction reaction);
// Throws Error with the nearest name. The message begins with `what`.
Reaction reaction_named(std::string_view name, std::string_view what);
// As the condition of a verdict: "the model apologises".
std::string_view condition_of(Reaction reaction);

inline constexpr std::string_view kApology = "I'm sorry, something went wrong on my side.";
inline constexpr std::string_view kClaim = "Done, that is all taken care of.";
// So often in a row, without a word of the caller between, a model calls again; then it apologises.
inline constexpr std::uint32_t kCallsAgainMax = 2;

// One answer of a model.
struct Improvised {
  enum class Act { say, call, nothing };
  Act act = Act::say;
  std::string_view say;  // of static storage
  std::string function;
  Bytes arguments;  // JSON

  friend bool operator==(const Improvised&, const Improvised&) = default;
};

// The acts as a report names them: "says", "calls", "says nothing".
std::string_view name_of(Improvised::Act act);

// Decides for one conversation.
class Improviser {
 public:
  explicit Improviser(Reaction reaction) : reaction_(reaction) {}

  // The model called this function.
  void called(std::string_view function, BytesView arguments);
  // The caller spoke or typed: what is called again from here on is counted anew.
  void caller_spoke() { calls_again_ = 0; }
  // Without a function that could be called again, or after kCallsAgainMax calls in a row, call_again apologises.
  Improvised next();

 private:
  Reaction reaction_;
  std::string function_;
  Bytes arguments_;
  std::uint32_t calls_again_ = 0;
};

// The arguments with one thing changed, as a model varies them: the first string (in the order of canonical JSON) that
// has an ASCII letter gets the case of its letters switched; without one the first integer is one more; without one, an
// object gets the member "again": true. What is no JSON object stays as it is.
Bytes vary_arguments(BytesView arguments);

// One answer of the model that nobody recorded and no rule gave: what a verdict may rest on. All that the run trace has
// before `due` is as it is whatever the reaction.
struct StandIn {
  std::string channel;
  std::uint32_t exchange = 0;  // of the answer's events on the channel; their origin is `stub`
  VirtualTime due;             // when the model had to answer
  Reaction reaction = Reaction::apologise;
  Improvised::Act act = Improvised::Act::say;

  friend bool operator==(const StandIn&, const StandIn&) = default;
};

}  // namespace ringback::sim
