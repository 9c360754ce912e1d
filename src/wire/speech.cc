#include "src/wire/speech.h"

#include <array>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/wire/completion_json.h"

namespace ringback::wire {
namespace {

struct TypeName {
  SpeechType type;
  std::string_view name;
};
constexpr std::array kTypeNames = {
    TypeName{SpeechType::start, "start"},     TypeName{SpeechType::ready, "ready"},
    TypeName{SpeechType::audio, "audio"},     TypeName{SpeechType::speech_started, "speech_started"},
    TypeName{SpeechType::partial, "partial"}, TypeName{SpeechType::final_transcript, "final"},
    TypeName{SpeechType::speak, "speak"},     TypeName{SpeechType::cancel, "cancel"},
    TypeName{SpeechType::done, "done"},       TypeName{SpeechType::error, "error"},
};

}  // namespace

SpeechFrame parse_speech(BytesView text) {
  const std::optional<json::object> object = parse_json_object(text);
  const std::string_view type = object.has_value() ? text_of(*object, "type") : std::string_view();
  if (type.empty()) fail("expected a speech frame as a JSON object with \"type\", found none");
  SpeechFrame frame;
  for (const TypeName& entry : kTypeNames) {
    if (entry.name == type) frame.type = entry.type;
  }
  frame.id = text_of(*object, "id");
  frame.text = text_of(*object, "text");
  frame.code = text_of(*object, "code");
  frame.encoding = text_of(*object, "encoding");
  frame.rate = integer_of(*object, "rate").value_or(0);
  frame.at_ms = integer_of(*object, "at_ms").value_or(0);
  if (std::optional<Bytes> samples = base64_decode(text_of(*object, "audio"))) frame.audio = std::move(*samples);
  return frame;
}

Bytes to_json(const SpeechFrame& frame) {
  JsonObject object;
  for (const TypeName& entry : kTypeNames) {
    if (entry.type == frame.type) object.text("type", entry.name);
  }
  if (!frame.id.empty()) object.text("id", frame.id);
  if (!frame.encoding.empty()) object.text("encoding", frame.encoding).number("rate", frame.rate);
  if (!frame.code.empty()) object.text("code", frame.code);
  const bool has_text = frame.type == SpeechType::partial || frame.type == SpeechType::final_transcript ||
                        frame.type == SpeechType::speak || !frame.text.empty();
  if (has_text) object.text("text", frame.text);
  if (frame.type == SpeechType::audio) object.text("audio", base64_encode(frame.audio));
  if (frame.type == SpeechType::speech_started || frame.type == SpeechType::final_transcript)
    object.number("at_ms", frame.at_ms);
  return std::move(object).finish();
}

}  // namespace ringback::wire
