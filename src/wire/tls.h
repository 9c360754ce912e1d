// TLS by OpenSSL over octets, without a socket: a server that has a certificate for whatever host it is asked for.
//
// A LocalAuthority signs those certificates; whoever connects must trust `certificate_pem()`. Keys, certificates and
// everything random in a handshake are drawn from keyed streams, so equal runs give equal octets. That makes the
// authority's key no secret: it is for a program whose every connection ends in this process, and for nothing else.
//
//   LocalAuthority authority(seed, now);
//   TlsServer server(authority, "api.openai.com", {.seed = seed, .domain = "tls", .entity = "1"});
//   server.feed(octets);   BytesView text = server.take_plain();   send(server.take_output());
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "src/base/bytes.h"
#include "src/base/random.h"

namespace ringback::wire {

class LocalAuthority {
 public:
  // Valid from a day before to ten years after `unix_seconds`, the date that the program believes in.
  LocalAuthority(Seed seed, std::int64_t unix_seconds);
  ~LocalAuthority();
  LocalAuthority(const LocalAuthority&) = delete;
  LocalAuthority& operator=(const LocalAuthority&) = delete;

  // The root certificate.
  const Bytes& certificate_pem() const;

 private:
  friend class TlsServer;
  struct State;
  std::unique_ptr<State> state_;
};

// The server's end of one connection. TLS 1.2 and 1.3, HTTP/1.1 by ALPN, no session tickets.
class TlsServer {
 public:
  // The certificate is for the name that the client asks for (SNI), else for `host`, a name or an address. `authority`
  // outlives the server.
  TlsServer(LocalAuthority& authority, std::string host, const RandomKey& key);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  // Encrypted octets from the client.
  void feed(BytesView octets);
  // What it said, once.
  Bytes take_plain();
  // To be encrypted; kept until the handshake is over.
  void write(BytesView plain);
  // Tells the client that nothing more comes.
  void close();
  // Encrypted octets for the client, once.
  Bytes take_output();
  // The client said that nothing more comes.
  bool is_closed() const;
  // Why the connection cannot go on, such as a client that does not trust the authority; empty while all is well.
  const std::string& failure() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether these first octets of a connection are a TLS handshake's.
bool begins_tls(BytesView octets);

}  // namespace ringback::wire
