// What a Realtime session was configured to do, as far as the model peer acts on it and checks look at it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/audio/format.h"
#include "src/base/bytes.h"

namespace ringback::sim {

// The defaults are the provider's: PCM at 24 kHz, server-side voice activity detection that answers and interrupts.
struct SessionSettings {
  audio::Format input{audio::Encoding::pcm16le, 24'000};
  audio::Format output{audio::Encoding::pcm16le, 24'000};
  bool detects_turns = true;
  bool creates_responses = true;
  bool interrupts_responses = true;
  bool speaks = true;  // answers with audio; false: with text
};

// Lays the `session` object of a session.update or session.created frame (GA or beta names) over `settings`. What it
// does not mention stays; a frame without such an object changes nothing.
void apply_session(BytesView frame_json, SessionSettings& settings);

// Of a response.create that asks for a response beside the conversation (`conversation: "none"`): its own input items
// as canonical JSON, empty where it has none. Nothing for a response of the conversation.
std::optional<Bytes> input_beside_conversation(BytesView frame_json);

// The `session` object of a frame as JSON text; empty where there is none.
Bytes session_object(BytesView frame_json);
// The same with the formats of sound as they are by now: what the server answers with.
Bytes session_in_effect(BytesView frame_json, const SessionSettings& settings);

// The names of the functions that the `session` object of a frame declares.
std::vector<std::string> declared_functions(BytesView frame_json);

}  // namespace ringback::sim
