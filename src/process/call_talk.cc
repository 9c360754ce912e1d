#include "src/process/call_talk.h"

#include <utility>

#include <boost/json/parse.hpp>

#include "src/base/error.h"
#include "src/wire/json_text.h"
#include "src/wire/twilio.h"

namespace ringback::process {
namespace {

constexpr std::size_t kDepthMax = 32;

// As the provider writes them: two letters and 32 hexadecimal digits.
std::string sid(Seed seed, const char* letters, std::uint32_t attempt) {
  const RandomStream stream({.seed = seed, .domain = "phone", .entity = letters, .purpose = "sid"});
  const std::uint64_t first = std::uint64_t{2} * (attempt - 1);
  return fmt::format("{}{:016x}{:016x}", letters, stream.bits(first), stream.bits(first + 1));
}

class Phone final : public CallTalk {
 public:
  Phone(sim::AgentWorld& world, std::uint32_t attempt)
      : world_(world),
        stream_({.stream_sid = sid(world.seed, "MZ", attempt),
                 .call_sid = sid(world.seed, "CA", 1),
                 .account_sid = sid(0, "AC", 1)}) {}

  std::vector<Bytes> opening() override {
    began_ = world_.kernel.now();
    return {stream_.connected(), stream_.start()};
  }
  std::optional<Bytes> forward(const sim::CallerInput& input) override {
    if (const auto* audio = std::get_if<sim::CallerAudio>(&input))
      return stream_.media(world_.kernel.now() - began_, audio->samples);
    if (const auto* mark = std::get_if<sim::CallerMarkPlayed>(&input)) return stream_.mark(mark->name);
    if (const auto* key = std::get_if<sim::CallerDigit>(&input)) return stream_.dtmf(key->digit);
    return std::nullopt;
  }
  std::optional<Bytes> farewell() override { return stream_.stop(); }
  void obey(BytesView message) override {
    const std::optional<wire::TwilioCommand> command = wire::parse_twilio_command(message);
    if (!command.has_value()) return;
    if (const auto* media = std::get_if<wire::TwilioMedia>(&*command)) {
      if (!media->samples.empty()) world_.caller.send_audio(media->samples);
    } else if (const auto* mark = std::get_if<wire::TwilioMark>(&*command)) {
      world_.caller.send_mark(mark->name);
    } else {
      world_.caller.clear();
    }
  }

 private:
  sim::AgentWorld& world_;
  wire::TwilioStream stream_;
  VirtualTime began_;
};

class ChatWindow final : public CallTalk {
 public:
  explicit ChatWindow(sim::AgentWorld& world) : world_(world) {}

  std::vector<Bytes> opening() override { return {}; }
  std::optional<Bytes> forward(const sim::CallerInput& input) override {
    const auto* typed = std::get_if<sim::CallerText>(&input);
    if (typed == nullptr) return std::nullopt;
    wire::JsonObject message;
    message.text("text", typed->text);
    return std::move(message).finish();
  }
  std::optional<Bytes> farewell() override { return std::nullopt; }
  // An object with a `text`, or else the text itself.
  void obey(BytesView message) override {
    namespace json = boost::json;
    json::parse_options options;
    options.max_depth = kDepthMax;
    json::error_code error;
    const json::value value = json::parse(json::string_view(message.data(), message.size()), error, {}, options);
    if (error || !value.is_object()) return world_.caller.send_text(std::string(message));
    const json::value* text = value.get_object().if_contains("text");
    if (text != nullptr && text->is_string()) world_.caller.send_text(std::string(text->get_string()));
  }

 private:
  sim::AgentWorld& world_;
};

}  // namespace

std::unique_ptr<CallTalk> make_call_talk(sim::AgentWorld& world, std::uint32_t attempt) {
  const std::optional<audio::Format> format = world.caller.format();
  if (!format.has_value()) return std::make_unique<ChatWindow>(world);
  if (format->encoding != audio::Encoding::mulaw || format->rate != 8000) {
    fail(
        "the caller's channel: expected sound as mulaw at 8000 Hz, which is what Twilio Media Streams carries, found "
        "{}",
        fmt::format("{} at {} Hz", audio::name_of(format->encoding), format->rate));
  }
  return std::make_unique<Phone>(world, attempt);
}

}  // namespace ringback::process
