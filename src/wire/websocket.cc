#include "src/wire/websocket.h"

#include <utility>

#include "src/base/utf8.h"

namespace ringback::wire {
namespace {

constexpr std::size_t kControlBytesMax = 125;
constexpr std::size_t kReasonBytesMax = kControlBytesMax - 2;

bool is_control(int opcode) { return opcode >= 8; }

// RFC 6455, 7.4: what may stand in a close frame.
bool may_be_sent(std::uint16_t code) {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != kWebSocketNoCode && code != kWebSocketAbnormal;
}

void unmask(Bytes& payload, const unsigned char (&mask)[4]) {
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
}

}  // namespace

void WebSocket::feed(BytesView octets) {
  if (is_finished_) return;
  input_ += octets;
  while (!is_finished_ && take_frame()) {
  }
  input_.erase(0, used_);
  used_ = 0;
}

void WebSocket::end() {
  if (!is_finished_) finish({.code = kWebSocketAbnormal, .reason = "", .by_us = close_sent_});
}

std::optional<WebSocketEvent> WebSocket::next() {
  if (events_.empty()) return std::nullopt;
  std::optional<WebSocketEvent> event(std::move(events_.front()));
  events_.pop_front();
  return event;
}

Bytes WebSocket::take_output() { return std::exchange(output_, {}); }

std::optional<WebSocket::Head> WebSocket::read_head() {
  const auto octet = [this](std::size_t i) { return static_cast<unsigned char>(input_[used_ + i]); };
  const std::size_t available = input_.size() - used_;
  if (available < 2) return std::nullopt;
  Head head{.is_last = (octet(0) & 0x80) != 0, .opcode = octet(0) & 0x0f, .octets = 2};
  head.is_masked = (octet(1) & 0x80) != 0;
  if ((octet(0) & 0x70) != 0) return fail_connection(kWebSocketProtocolError, "a reserved bit is set"), std::nullopt;
  if (head.opcode > kPong || (head.opcode > kBinary && head.opcode < kClose))
    return fail_connection(kWebSocketProtocolError, "an unknown opcode"), std::nullopt;
  if (head.is_masked != (role_ == Role::server)) {
    return fail_connection(kWebSocketProtocolError,
                           head.is_masked ? "a masked frame from a server" : "an unmasked frame from a client"),
           std::nullopt;
  }
  const unsigned short_length = octet(1) & 0x7f;
  if (is_control(head.opcode) && (!head.is_last || short_length > kControlBytesMax))
    return fail_connection(kWebSocketProtocolError, "a control frame that is long or in fragments"), std::nullopt;
  const std::size_t length_octets = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  const std::size_t mask_octets = head.is_masked ? 4 : 0;
  if (available < 2 + length_octets + mask_octets) return std::nullopt;
  head.payload = short_length;
  if (length_octets > 0) {
    head.payload = 0;
    for (std::size_t i = 0; i < length_octets; ++i) head.payload = head.payload << 8 | octet(2 + i);
  }
  for (std::size_t i = 0; i < mask_octets; ++i) head.mask[i] = octet(2 + length_octets + i);
  head.octets += length_octets + mask_octets;
  if (head.payload > kWebSocketMessageBytesMax - message_.size())
    return fail_connection(kWebSocketTooBig, "a message above the limit"), std::nullopt;
  return head;
}

bool WebSocket::take_frame() {
  const std::optional<Head> head = read_head();
  if (!head.has_value() || input_.size() - used_ < head->octets + head->payload) return false;
  Bytes payload = input_.substr(used_ + head->octets, static_cast<std::size_t>(head->payload));
  used_ += head->octets + static_cast<std::size_t>(head->payload);
  if (head->is_masked) unmask(payload, head->mask);
  switch (head->opcode) {
    case kClose:
      take_close(payload);
      break;
    case kPing:
      send(kPong, payload);
      break;
    case kPong:
      events_.emplace_back(WebSocketPong{std::move(payload)});
      break;
    default:
      take_data(*head, std::move(payload));
  }
  return true;
}

void WebSocket::take_data(const Head& head, Bytes payload) {
  if ((head.opcode == kContinuation) != message_opcode_.has_value()) {
    return fail_connection(kWebSocketProtocolError, head.opcode == kContinuation
                                                        ? "a continuation of nothing"
                                                        : "a new message inside another's fragments");
  }
  if (head.opcode != kContinuation) message_opcode_ = head.opcode;
  message_ += payload;
  if (!head.is_last) return;
  const bool is_text = *std::exchange(message_opcode_, std::nullopt) == kText;
  Bytes whole = std::exchange(message_, {});
  if (is_text && !is_utf8(whole)) return fail_connection(kWebSocketBadText, "a text that is not UTF-8");
  // What comes after our own close frame is of no interest any more.
  if (!close_sent_) events_.emplace_back(WebSocketMessage{.is_text = is_text, .payload = std::move(whole)});
}

void WebSocket::take_close(const Bytes& payload) {
  if (payload.size() == 1) return fail_connection(kWebSocketProtocolError, "half a close code");
  WebSocketClosed closed{.by_us = close_sent_};
  if (payload.size() >= 2) {
    closed.code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                             static_cast<unsigned char>(payload[1]));
    closed.reason = payload.substr(2);
    if (!may_be_sent(closed.code)) return fail_connection(kWebSocketProtocolError, "an impossible close code");
    if (!is_utf8(closed.reason)) return fail_connection(kWebSocketBadText, "a reason that is not UTF-8");
  }
  if (!close_sent_) {
    send(kClose, payload.substr(0, 2));
    close_sent_ = true;
  }
  finish(std::move(closed));
}

void WebSocket::close(std::uint16_t code, std::string_view reason) {
  if (close_sent_ || is_finished_) return;
  Bytes payload;
  if (may_be_sent(code)) {
    payload += static_cast<char>(code >> 8);
    payload += static_cast<char>(code & 0xff);
    payload += reason.substr(0, kReasonBytesMax);
    while (!is_utf8(BytesView(payload).substr(2))) payload.pop_back();  // cut inside a character
  }
  send(kClose, payload);
  close_sent_ = true;
}

void WebSocket::fail_connection(std::uint16_t code, std::string reason) {
  close(code, reason);
  finish({.code = code, .reason = std::move(reason), .by_us = true});
}

void WebSocket::finish(WebSocketClosed closed) {
  is_finished_ = true;
  message_.clear();
  events_.emplace_back(std::move(closed));
}

void WebSocket::send(int opcode, BytesView payload) {
  if (close_sent_ || is_finished_) return;
  output_ += static_cast<char>(0x80 | opcode);
  const int mask_bit = role_ == Role::client ? 0x80 : 0;
  if (payload.size() <= kControlBytesMax) {
    output_ += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
  } else {
    const int length_octets = payload.size() <= 0xffff ? 2 : 8;
    output_ += static_cast<char>(mask_bit | (length_octets == 2 ? 126 : 127));
    for (int i = length_octets - 1; i >= 0; --i)
      output_ += static_cast<char>(static_cast<std::uint64_t>(payload.size()) >> (8 * i));
  }
  if (role_ == Role::server) {
    output_ += payload;
    return;
  }
  const std::uint64_t bits = masks_.bits(frames_sent_++);
  unsigned char mask[4];
  for (int i = 0; i < 4; ++i) mask[i] = static_cast<unsigned char>(bits >> (8 * i));
  output_.append(reinterpret_cast<const char*>(mask), sizeof mask);
  Bytes masked(payload);
  unmask(masked, mask);
  output_ += masked;
}

}  // namespace ringback::wire
