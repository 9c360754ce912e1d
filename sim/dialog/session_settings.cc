#include "sim/dialog/session_settings.h"

#include <boost/json.hpp>

#include "src/wire/canonical_json.h"

namespace ringback::sim {
namespace {

namespace json = boost::json;

// The member at a path of keys, or null.
const json::value* find(const json::value& from, std::initializer_list<const char*> path) {
  const json::value* at = &from;
  for (const char* key : path) {
    if (!at->is_object()) return nullptr;
    at = at->get_object().if_contains(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

json::value session_of(BytesView frame_json) {
  json::error_code error;
  const json::value frame = json::parse(json::string_view(frame_json.data(), frame_json.size()), error);
  if (error) return nullptr;
  const json::value* session = find(frame, {"session"});
  return session == nullptr ? json::value(nullptr) : *session;
}

void apply_format(const json::value* format, audio::Format& out) {
  if (format == nullptr) return;
  const json::value* type = format->is_object() ? find(*format, {"type"}) : format;
  if (type == nullptr || !type->is_string()) return;
  const json::string& name = type->get_string();
  if (name == "audio/pcmu" || name == "g711_ulaw") out = {audio::Encoding::mulaw, 8'000};
  if (name == "audio/pcma" || name == "g711_alaw") out = {audio::Encoding::alaw, 8'000};
  if (name == "audio/pcm" || name == "pcm16") out = {audio::Encoding::pcm16le, 24'000};
}

// The member that is an object; made where it is not.
json::object& object_at(json::object& of, const char* key) {
  json::value& member = of[key];
  if (!member.is_object()) member = json::object();
  return member.get_object();
}

json::value format_value(const audio::Format& format) {
  switch (format.encoding) {
    case audio::Encoding::mulaw:
      return json::object{{"type", "audio/pcmu"}};
    case audio::Encoding::alaw:
      return json::object{{"type", "audio/pcma"}};
    case audio::Encoding::pcm16le:
      break;
  }
  return json::object{{"type", "audio/pcm"}, {"rate", format.rate}};
}

void apply_flag(const json::value* detection, const char* key, bool& out) {
  const json::value* flag = find(*detection, {key});
  if (flag != nullptr && flag->is_bool()) out = flag->get_bool();
}

void apply_detection(const json::value* detection, SessionSettings& settings) {
  if (detection == nullptr) return;
  settings.detects_turns = detection->is_object();
  if (!settings.detects_turns) return;
  apply_flag(detection, "create_response", settings.creates_responses);
  apply_flag(detection, "interrupt_response", settings.interrupts_responses);
}

void apply_modalities(const json::value* modalities, SessionSettings& settings) {
  if (modalities == nullptr || !modalities->is_array()) return;
  settings.speaks = false;
  for (const json::value& modality : modalities->get_array()) {
    if (modality.is_string() && modality.get_string() == "audio") settings.speaks = true;
  }
}

}  // namespace

void apply_session(BytesView frame_json, SessionSettings& settings) {
  const json::value session = session_of(frame_json);
  if (!session.is_object()) return;
  apply_format(find(session, {"audio", "input", "format"}), settings.input);
  apply_format(find(session, {"input_audio_format"}), settings.input);
  apply_format(find(session, {"audio", "output", "format"}), settings.output);
  apply_format(find(session, {"output_audio_format"}), settings.output);
  apply_detection(find(session, {"audio", "input", "turn_detection"}), settings);
  apply_detection(find(session, {"turn_detection"}), settings);
  apply_modalities(find(session, {"modalities"}), settings);
  apply_modalities(find(session, {"output_modalities"}), settings);
}

std::optional<Bytes> input_beside_conversation(BytesView frame_json) {
  json::error_code error;
  const json::value frame = json::parse(json::string_view(frame_json.data(), frame_json.size()), error);
  if (error) return std::nullopt;
  const json::value* conversation = find(frame, {"response", "conversation"});
  if (conversation == nullptr || !conversation->is_string() || conversation->get_string() != "none")
    return std::nullopt;
  const json::value* input = find(frame, {"response", "input"});
  return input == nullptr ? Bytes() : wire::canonical_json(json::serialize(*input));
}

Bytes session_object(BytesView frame_json) {
  const json::value session = session_of(frame_json);
  return session.is_object() ? Bytes(json::serialize(session)) : Bytes();
}

Bytes session_in_effect(BytesView frame_json, const SessionSettings& settings) {
  json::value session = session_of(frame_json);
  if (!session.is_object()) session = json::object();
  json::object& audio = object_at(session.get_object(), "audio");
  object_at(audio, "input")["format"] = format_value(settings.input);
  object_at(audio, "output")["format"] = format_value(settings.output);
  return Bytes(json::serialize(session));
}

std::vector<std::string> declared_functions(BytesView frame_json) {
  std::vector<std::string> names;
  const json::value session = session_of(frame_json);
  const json::value* tools = find(session, {"tools"});
  if (tools == nullptr || !tools->is_array()) return names;
  for (const json::value& tool : tools->get_array()) {
    const json::value* name = find(tool, {"name"});
    if (name != nullptr && name->is_string()) names.emplace_back(name->get_string());
  }
  return names;
}

}  // namespace ringback::sim
