#include "sim/dialog/reaction.h"

#include <limits>
#include <vector>

#include <boost/json.hpp>

#include "src/base/error.h"
#include "src/base/suggest.h"
#include "src/wire/canonical_json.h"

namespace ringback::sim {
namespace {

namespace json = boost::json;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool has_letter(std::string_view text) {
  for (const char c : text) {
    if (is_letter(c)) return true;
  }
  return false;
}

// The first value, in the order in which the text has them, that `fits`; null where there is none.
template <class Fits>
json::value* first(json::value& from, const Fits& fits) {
  if (fits(from)) return &from;
  if (from.is_object()) {
    for (auto& member : from.get_object()) {
      if (json::value* found = first(member.value(), fits)) return found;
    }
  } else if (from.is_array()) {
    for (json::value& element : from.get_array()) {
      if (json::value* found = first(element, fits)) return found;
    }
  }
  return nullptr;
}

bool is_wordy(const json::value& value) {
  return value.is_string() && has_letter({value.get_string().data(), value.get_string().size()});
}

}  // namespace

std::string_view name_of(Reaction reaction) {
  switch (reaction) {
    case Reaction::apologise:
      return "apologise";
    case Reaction::call_again:
      return "call-again";
    case Reaction::silent:
      return "silent";
    case Reaction::claim_success:
      return "claim-success";
  }
  return "";
}

Reaction reaction_named(std::string_view name, std::string_view what) {
  std::vector<std::string_view> known;
  for (const Reaction reaction : kReactions) {
    if (name_of(reaction) == name) return reaction;
    known.push_back(name_of(reaction));
  }
  const std::string nearest = nearest_word(name, known);
  fail("{}: expected {}, found '{}'{}", what, fmt::join(known, ", "), name,
       nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
}

std::string_view condition_of(Reaction reaction) {
  switch (reaction) {
    case Reaction::apologise:
      return "the model apologises";
    case Reaction::call_again:
      return "the model calls the tool again";
    case Reaction::silent:
      return "the model stays silent";
    case Reaction::claim_success:
      return "the model claims success";
  }
  return "";
}

std::string_view name_of(Improvised::Act act) {
  switch (act) {
    case Improvised::Act::say:
      return "says";
    case Improvised::Act::call:
      return "calls";
    case Improvised::Act::nothing:
      return "says nothing";
  }
  return "";
}

void Improviser::called(std::string_view function, BytesView arguments) {
  function_ = function;
  arguments_ = Bytes(arguments);
}

Improvised Improviser::next() {
  switch (reaction_) {
    case Reaction::apologise:
      break;
    case Reaction::call_again:
      if (function_.empty() || calls_again_ == kCallsAgainMax) break;
      if (++calls_again_ > 1) arguments_ = vary_arguments(arguments_);
      return {.act = Improvised::Act::call, .function = function_, .arguments = arguments_};
    case Reaction::silent:
      return {.act = Improvised::Act::nothing};
    case Reaction::claim_success:
      return {.say = kClaim};
  }
  return {.say = kApology};
}

Bytes vary_arguments(BytesView arguments) {
  const Bytes canonical = wire::canonical_json(arguments);
  json::error_code error;
  json::value value = json::parse(canonical, error);
  if (error || !value.is_object()) return Bytes(arguments);
  if (json::value* text = first(value, is_wordy)) {
    for (char& c : text->get_string()) {
      if (is_letter(c)) c = static_cast<char>(c ^ 0x20);
    }
  } else if (json::value* number = first(value, [](const json::value& each) {
               return each.is_int64() && each.get_int64() < std::numeric_limits<std::int64_t>::max();
             })) {
    number->get_int64() += 1;
  } else {
    value.get_object()["again"] = true;
  }
  return json::serialize(value);
}

}  // namespace ringback::sim
