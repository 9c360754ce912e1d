#include "src/process/phone_line.h"

#include <utility>

namespace ringback::process {
namespace {

// Each line of a call has draws of its own.
RandomKey key_of(Seed seed, std::string_view entity, std::string_view purpose) {
  return {.seed = seed, .domain = "phone", .entity = entity, .purpose = purpose};
}
std::string entity_of(std::uint32_t attempt) {
  return attempt == 1 ? "caller" : fmt::format("caller, line {}", attempt);
}

}  // namespace

PhoneLine::PhoneLine(sim::AgentWorld& world, Line& line, const Address& address)
    : world_(world),
      line_(line),
      address_(address),
      key_(wire::websocket_key(RandomStream(key_of(world.seed, entity_of(address.attempt), "handshake")))),
      talk_(make_call_talk(world, address.attempt)),
      work_(world.kernel, world.lane) {
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
  const std::string entity = entity_of(address_.attempt);
  websocket_.emplace(wire::WebSocket::Role::client, key_of(world_.seed, entity, "websocket"));
  websocket_->feed(reader_.take_rest());
  for (const Bytes& message : talk_->opening()) say(message);
  work_.spawn(forward_caller());
  take_messages();
}

// --- from the caller ---

sim::Task<void> PhoneLine::forward_caller() {
  for (;;) {
    std::optional<sim::CallerInput> input = co_await world_.caller.inbox().receive();
    if (!input.has_value() || std::holds_alternative<sim::CallerHungUp>(*input)) break;
    if (is_over_) continue;
    const std::optional<Bytes> message = talk_->forward(*input);
    if (message.has_value()) say(*message);
  }
  caller_has_hung_up_ = true;
  if (is_over_) co_return;
  if (const std::optional<Bytes> farewell = talk_->farewell()) say(*farewell);
  websocket_->close(wire::kWebSocketNormal, "");
  flush();
}

// --- from the agent ---

void PhoneLine::take_messages() {
  while (std::optional<wire::WebSocketEvent> event = websocket_->next()) {
    if (const auto* message = std::get_if<wire::WebSocketMessage>(&*event)) {
      talk_->obey(message->payload);
    } else if (std::holds_alternative<wire::WebSocketClosed>(*event)) {
      if (!caller_has_hung_up_) agent_hung_up_ = true;
    }
  }
  flush();
  if (websocket_->is_finished() && !is_over_) {
    is_over_ = true;
    line_.close();
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

// --- octets ---

void PhoneLine::say(BytesView message) {
  websocket_->send_text(message);
  flush();
}

void PhoneLine::flush() {
  if (websocket_->has_output() && !is_over_) line_.write(websocket_->take_output());
}

}  // namespace ringback::process
