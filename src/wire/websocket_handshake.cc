#include <openssl/evp.h>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/wire/websocket.h"

namespace ringback::wire {
namespace {

constexpr std::string_view kVersion = "13";
constexpr std::size_t kKeyOctets = 16;

// The standard's own constant, RFC 6455, 1.3.
constexpr std::string_view kAcceptSalt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

Bytes sha1(BytesView data) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  RINGBACK_CHECK(EVP_Digest(data.data(), data.size(), digest, &size, EVP_sha1(), nullptr) == 1, "SHA-1 works");
  return Bytes(reinterpret_cast<const char*>(digest), size);
}

HttpResponse refusal(std::uint32_t status, const char* why) {
  HttpResponse response{.status = status, .body = why, .keeps_alive = false};
  if (status == 426) response.fields.push_back({"Sec-WebSocket-Version", std::string(kVersion)});
  return response;
}

}  // namespace

bool is_websocket_request(const HttpRequest& request) {
  return has_token(request.fields, "Connection", "upgrade") && has_token(request.fields, "Upgrade", "websocket");
}

std::string accept_key(std::string_view key) { return base64_encode(sha1(Bytes(key) + Bytes(kAcceptSalt))); }

HttpResponse accept_websocket(const HttpRequest& request) {
  if (request.method != "GET" || !is_websocket_request(request)) return refusal(400, "expected a WebSocket request\n");
  if (field_of(request.fields, "Sec-WebSocket-Version") != kVersion)
    return refusal(426, "expected version 13 of WebSocket\n");
  const std::string_view key = field_of(request.fields, "Sec-WebSocket-Key");
  const std::optional<Bytes> decoded = base64_decode(key);
  if (!decoded.has_value() || decoded->size() != kKeyOctets) return refusal(400, "expected a key of 16 octets\n");
  HttpResponse response{
      .status = 101, .fields = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Accept", accept_key(key)}}, .body = ""};
  const std::string_view offered = field_of(request.fields, "Sec-WebSocket-Protocol");
  if (!offered.empty()) {
    std::string_view first = offered.substr(0, offered.find(','));
    while (!first.empty() && first.back() == ' ') first.remove_suffix(1);
    response.fields.push_back({"Sec-WebSocket-Protocol", std::string(first)});
  }
  return response;
}

std::string websocket_key(const RandomStream& stream) {
  Bytes octets;
  for (std::size_t i = 0; i < kKeyOctets; ++i) octets += static_cast<char>(stream.below(i, 256));
  return base64_encode(octets);
}

HttpRequest websocket_request(std::string target, std::string_view key) {
  return {.method = "GET",
          .target = std::move(target),
          .fields = {{"Upgrade", "websocket"},
                     {"Connection", "Upgrade"},
                     {"Sec-WebSocket-Version", std::string(kVersion)},
                     {"Sec-WebSocket-Key", std::string(key)}},
          .body = ""};
}

}  // namespace ringback::wire
