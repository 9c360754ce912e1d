// Frames of speech-to-text and text-to-speech sockets, as JSON text: the common form that recordings of such services
// are brought into (docs/replay.md). One JSON object a frame.
//
//   agent  -> both           {"type":"start","encoding":"mulaw","rate":8000}
//   both   -> agent          {"type":"ready"}
//   agent  -> transcriber    {"type":"audio","audio":BASE64}
//   transcriber -> agent     {"type":"speech_started","at_ms":N}  {"type":"partial","text":T}
//                            {"type":"final","text":T,"at_ms":N}    the turn is over
//   agent  -> synthesizer    {"type":"speak","id":ID,"text":T}      {"type":"cancel","id":ID}
//   synthesizer -> agent     {"type":"audio","id":ID,"audio":BASE64}  {"type":"done","id":ID}
//   both   -> agent          {"type":"error","code":C,"text":T}
#pragma once

#include <cstdint>
#include <string>

#include "src/base/bytes.h"

namespace ringback::wire {

enum class SpeechType : std::uint8_t {
  other,
  start,
  ready,
  audio,
  speech_started,
  partial,
  final_transcript,
  speak,
  cancel,
  done,
  error,
};

// What is not in a frame is empty.
struct SpeechFrame {
  SpeechType type = SpeechType::other;
  std::string id;    // of what is to be spoken
  Bytes text;        // a transcript, or what to say; of an error: why
  Bytes audio;       // samples
  std::string code;  // of an error
  std::string encoding;
  std::int64_t rate = 0;
  std::int64_t at_ms = 0;  // on the clock of the audio sent so far

  friend bool operator==(const SpeechFrame&, const SpeechFrame&) = default;
};

// Throws Error where `text` is not a JSON object with a string "type". A type that is not known is `other`.
SpeechFrame parse_speech(BytesView text);
Bytes to_json(const SpeechFrame& frame);

}  // namespace ringback::wire
