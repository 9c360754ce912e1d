#include "sim/peers/conversation_key.h"

#include <algorithm>

#include <fmt/format.h>

#include "src/wire/canonical_json.h"

namespace ringback::sim {
namespace {

// Length-prefixed, so that neighbours cannot run into one another.
Bytes item(std::string_view tag, BytesView first, BytesView second = {}) {
  return fmt::format("{}:{}:{}:{}:{}", tag, first.size(), first, second.size(), second);
}

}  // namespace

void ConversationKey::add_user_turn(const Hash128& content) { others_.push_back(item("turn", to_hex(content))); }

void ConversationKey::add_text(std::string_view role, BytesView text) { others_.push_back(item("text", role, text)); }

void ConversationKey::add_output(std::string_view call_id, BytesView output) {
  outputs_.push_back(item("output", call_id, wire::canonical_json(output)));
}

void ConversationKey::add_response(std::string_view identity) {
  std::sort(outputs_.begin(), outputs_.end());
  for (const Bytes& output : outputs_) until_last_response_.add(output);
  for (const Bytes& other : others_) until_last_response_.add(other);
  outputs_.clear();
  others_.clear();
  until_last_response_.add(item("response", identity));
}

void ConversationKey::add_deletion(std::size_t position) {
  others_.push_back(item("deleted", fmt::format("{}", position)));
}

Hash128 ConversationKey::value_beside(BytesView input) const { return hash128(item("beside", to_hex(value()), input)); }

Hash128 ConversationKey::value() const {
  Chain chain = until_last_response_;
  std::vector<Bytes> sorted = outputs_;
  std::sort(sorted.begin(), sorted.end());
  for (const Bytes& output : sorted) chain.add(output);
  for (const Bytes& other : others_) chain.add(other);
  return chain.value();
}

}  // namespace ringback::sim
