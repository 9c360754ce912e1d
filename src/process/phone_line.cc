#include "src/process/phone_line.h"

#include <utility>

namespace ringback::process {
namespace {

// As the provider writes them: two letters and 32 hexadecimal digits.
std::string sid(Seed seed, const char* letters) {
  const RandomStream stream({.seed = seed, .domain = "phone", .entity = letters, .purpose = "sid"});
  return fmt::format("{}{:016x}{:016x}", letters, stream.bits(0), stream.bits(1));
}

RandomKey masks_of(Seed seed) { return {.seed = seed, .domain = "phone", .entity = "caller", .purpose = "websocket"}; }

}  // namespace

PhoneLine::PhoneLine(sim::AgentWorld& world, Line& line, const Address& address)
    : world_(world),
      line_(line),
      address_(address),
      key_(wire::websocket_key(
          RandomStream({.seed = world.seed, .domain = "phone", .entity = "caller", .purpose = "handshake"}))),
      stream_({.stream_sid = sid(world.seed, "MZ"), .call_sid = sid(world.seed, "CA"), .account_sid = sid(0, "AC")}),
      work_(world.kernel, world.lane) {
  const std::optional<audio::Format> format = world.caller.format();
  if (!format.has_value() || format->encoding != audio::Encoding::mulaw || format->rate != 8000) {
    fail(
        "the caller's channel: expected sound as mulaw at 8000 Hz, which is what Twilio Media Streams carries, found "
        "{}",
        format.has_value() ? fmt::format("{} at {} Hz", audio::name_of(format->encoding), format->rate) : "no sound");
  }
  line_.write(to_octets(wire::websocket_request(address_.target, key_), address_.host));
}

void PhoneLine::feed(BytesView octets) {
  if (is_over_) return;
  if (websocket_.has_value()) {
    websocket_->feed(octets);
    return take_messages();
  }
  reader_.feed(octets);
  take_answer();
}

void PhoneLine::take_answer() {
  const std::optional<wire::HttpResponse> response = reader_.next();
  if (!reader_.failure().empty())
    fail("the agent's server at {}{} answered the call with no HTTP ({})", address_.host, address_.target,
         reader_.failure());
  if (!response.has_value()) return;
  if (response->status != 101 || field_of(response->fields, "Sec-WebSocket-Accept") != wire::accept_key(key_)) {
    fail("the agent's server at {}{} did not take the call's WebSocket: expected 101, found {}{}; --dial names another",
         address_.host, address_.target, response->status, response->status == 101 ? " with a wrong key" : "");
  }
  websocket_.emplace(wire::WebSocket::Role::client, masks_of(world_.seed));
  websocket_->feed(reader_.take_rest());
  begin_stream();
  take_messages();
}

void PhoneLine::begin_stream() {
  stream_began_ = world_.kernel.now();
  say(stream_.connected());
  say(stream_.start());
  work_.spawn(forward_caller());
}

// --- from the caller ---

sim::Task<void> PhoneLine::forward_caller() {
  for (;;) {
    std::optional<sim::CallerInput> input = co_await world_.caller.inbox().receive();
    if (!input.has_value() || std::holds_alternative<sim::CallerHungUp>(*input)) break;
    forward(*input);
  }
  caller_has_hung_up_ = true;
  if (is_over_) co_return;
  say(stream_.stop());
  websocket_->close(wire::kWebSocketNormal, "");
  flush();
}

void PhoneLine::forward(const sim::CallerInput& input) {
  if (is_over_) return;
  if (const auto* audio = std::get_if<sim::CallerAudio>(&input)) {
    say(stream_.media(world_.kernel.now() - stream_began_, audio->samples));
  } else if (const auto* mark = std::get_if<sim::CallerMarkPlayed>(&input)) {
    say(stream_.mark(mark->name));
  } else if (const auto* key = std::get_if<sim::CallerDigit>(&input)) {
    say(stream_.dtmf(key->digit));
  }
}

// --- from the agent ---

void PhoneLine::take_messages() {
  while (std::optional<wire::WebSocketEvent> event = websocket_->next()) {
    if (const auto* message = std::get_if<wire::WebSocketMessage>(&*event)) {
      const std::optional<wire::TwilioCommand> command = wire::parse_twilio_command(message->payload);
      if (command.has_value()) obey(*command);
    } else if (std::holds_alternative<wire::WebSocketClosed>(*event)) {
      hang_up();
    }
  }
  flush();
  if (websocket_->is_finished() && !is_over_) {
    is_over_ = true;
    line_.close();
  }
}

void PhoneLine::obey(const wire::TwilioCommand& command) {
  if (const auto* media = std::get_if<wire::TwilioMedia>(&command)) {
    if (!media->samples.empty()) world_.caller.send_audio(media->samples);
  } else if (const auto* mark = std::get_if<wire::TwilioMark>(&command)) {
    world_.caller.send_mark(mark->name);
  } else {
    world_.caller.clear();
  }
}

void PhoneLine::end() {
  if (is_over_) return;
  if (!websocket_.has_value()) {
    reader_.end();
    take_answer();
    fail("the agent's server at {}{} ended the connection before it took the call", address_.host, address_.target);
  }
  websocket_->end();
  take_messages();
}

void PhoneLine::hang_up() {
  if (caller_has_hung_up_ || agent_hung_up_) return;
  agent_hung_up_ = true;
}

// --- octets ---

void PhoneLine::say(BytesView message) {
  websocket_->send_text(message);
  flush();
}

void PhoneLine::flush() {
  if (websocket_->has_output() && !is_over_) line_.write(websocket_->take_output());
}

}  // namespace ringback::process
