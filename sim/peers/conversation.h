// The items of one session's conversation, as the server keeps them: what an agent may refer to by id.
//
// All of it is learned from what the server sends, so that it knows nothing which the agent could not have been told.
// What the agent asks for and the server cannot do is refused as the provider does, with a code and a message.
//
//   Conversation conversation;
//   conversation.note(frame, settings.output);                       // each frame that is sent
//   if (const auto refused = conversation.refuse_delete(id)) ...      // send an error instead
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/audio/format.h"
#include "src/wire/realtime.h"

namespace ringback::sim {

// Why a request of the agent is answered with an error.
struct Refusal {
  std::string code;  // empty where the provider gives none
  std::string message;

  friend bool operator==(const Refusal&, const Refusal&) = default;
};

// Whether the length of what the model said is known: not where a recording's audio was cut.
enum class SpokenLength { known, unknown };

class Conversation {
 public:
  struct Item {
    std::string id;
    std::string type;  // "message", "function_call", "function_call_output"
    std::string role;
    std::string name;
    std::string call_id;
    Bytes transcript;
    Bytes arguments;
    Bytes output;
    Duration spoken;  // how much audio of it was sent, or is left of it after a truncation
  };

  // Learns from a frame that the server sends; `output` is the format of audio deltas.
  void note(const wire::RealtimeFrame& frame, const audio::Format& output);

  // The agent created this item, and nothing spoke against it: from now on its id, where it has one, and its call can
  // be referred to, also before the server has acknowledged it.
  void accept(const wire::RealtimeFrame& create);

  const std::vector<Item>& items() const { return items_; }
  // Null where there is no such item.
  const Item* find(const std::string& id) const;
  // Place from 0; nothing where there is no such item.
  std::optional<std::size_t> position_of(const std::string& id) const;
  // The item before `id`, or the last one for an id that is not there; empty where there is none.
  std::string previous_of(const std::string& id) const;

  std::optional<Refusal> refuse_create(const wire::RealtimeFrame& frame) const;
  std::optional<Refusal> refuse_retrieve(const std::string& id) const;
  std::optional<Refusal> refuse_delete(const std::string& id) const;
  std::optional<Refusal> refuse_truncate(const wire::RealtimeFrame& frame, SpokenLength length) const;

 private:
  Item* at(const std::string& id);
  Item& upsert(const wire::RealtimeFrame& frame);

  std::vector<Item> items_;
  std::set<std::string> calls_;  // ids of all function calls ever seen
};

}  // namespace ringback::sim
