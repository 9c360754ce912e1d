#include "src/wire/twilio.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "src/base/base64.h"
#include "src/wire/json_text.h"

namespace ringback::wire {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 32;

// The member of an object as text; null where there is none.
const json::string* text_in(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_string();
}

const json::object* object_in(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

Bytes text_of(JsonObject& object) { return std::move(object).finish(); }

}  // namespace

Bytes TwilioStream::connected() const {
  return text_of(JsonObject().text("event", "connected").text("protocol", "Call").text("version", "1.0.0"));
}

Bytes TwilioStream::start() {
  const Bytes format =
      text_of(JsonObject().text("encoding", "audio/x-mulaw").number("sampleRate", 8000).number("channels", 1));
  const Bytes start = text_of(JsonObject()
                                  .text("accountSid", ids_.account_sid)
                                  .text("streamSid", ids_.stream_sid)
                                  .text("callSid", ids_.call_sid)
                                  .raw("tracks", R"(["inbound"])")
                                  .raw("mediaFormat", format)
                                  .raw("customParameters", "{}"));
  return text_of(JsonObject()
                     .text("event", "start")
                     .text("sequenceNumber", next_number())
                     .raw("start", start)
                     .text("streamSid", ids_.stream_sid));
}

Bytes TwilioStream::media(Duration at, BytesView samples) {
  const Bytes media = text_of(JsonObject()
                                  .text("track", "inbound")
                                  .text("chunk", std::to_string(++chunk_))
                                  .text("timestamp", std::to_string(at.ms()))
                                  .text("payload", base64_encode(samples)));
  return text_of(JsonObject()
                     .text("event", "media")
                     .text("sequenceNumber", next_number())
                     .raw("media", media)
                     .text("streamSid", ids_.stream_sid));
}

Bytes TwilioStream::mark(std::string_view name) {
  return text_of(JsonObject()
                     .text("event", "mark")
                     .text("sequenceNumber", next_number())
                     .text("streamSid", ids_.stream_sid)
                     .raw("mark", text_of(JsonObject().text("name", name))));
}

Bytes TwilioStream::dtmf(std::string_view digit) {
  return text_of(JsonObject()
                     .text("event", "dtmf")
                     .text("streamSid", ids_.stream_sid)
                     .text("sequenceNumber", next_number())
                     .raw("dtmf", text_of(JsonObject().text("track", "inbound_track").text("digit", digit))));
}

Bytes TwilioStream::stop() {
  return text_of(
      JsonObject()
          .text("event", "stop")
          .text("sequenceNumber", next_number())
          .text("streamSid", ids_.stream_sid)
          .raw("stop", text_of(JsonObject().text("accountSid", ids_.account_sid).text("callSid", ids_.call_sid))));
}

std::optional<TwilioCommand> parse_twilio_command(BytesView text) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = kDepthMax;
  const json::value whole = json::parse(text, error, {}, options);
  const json::object* const object = error ? nullptr : whole.if_object();
  if (object == nullptr) return std::nullopt;
  const json::string* const event = text_in(*object, "event");
  if (event == nullptr) return std::nullopt;
  if (*event == "clear") return TwilioClear{};
  if (*event == "media") {
    const json::object* const media = object_in(*object, "media");
    const json::string* const payload = media == nullptr ? nullptr : text_in(*media, "payload");
    std::optional<Bytes> samples = payload == nullptr ? std::nullopt : base64_decode(*payload);
    if (!samples.has_value()) return std::nullopt;
    return TwilioMedia{std::move(*samples)};
  }
  if (*event == "mark") {
    const json::object* const mark = object_in(*object, "mark");
    const json::string* const name = mark == nullptr ? nullptr : text_in(*mark, "name");
    if (name == nullptr) return std::nullopt;
    return TwilioMark{std::string(*name)};
  }
  return std::nullopt;
}

}  // namespace ringback::wire
