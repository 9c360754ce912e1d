#include "src/wire/tls.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/wire/java_key_store.h"
#include "tests/wire/split.h"

namespace ringback::wire {
namespace {

constexpr std::int64_t kNow = 1'767'225'600;  // 2026-01-01

// A client of OpenSSL's own, which trusts an authority and believes in a date.
class Client {
 public:
  Client(const Bytes& trusted_pem, const char* host, std::int64_t now = kNow) {
    context_ = SSL_CTX_new(TLS_client_method());
    BIO* const pem = BIO_new_mem_buf(trusted_pem.data(), static_cast<int>(trusted_pem.size()));
    X509* const root = PEM_read_bio_X509(pem, nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), root);
    X509_free(root);
    BIO_free(pem);
    ssl_ = SSL_new(context_);
    X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl_), static_cast<time_t>(now));
    X509_VERIFY_PARAM_set1_host(SSL_get0_param(ssl_), host, 0);
    SSL_set_verify(ssl_, SSL_VERIFY_PEER, nullptr);
    SSL_set_tlsext_host_name(ssl_, host);
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_, in_, out_);
    SSL_set_connect_state(ssl_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  bool shake_hands() { return SSL_do_handshake(ssl_) == 1; }
  void write(BytesView text) { SSL_write(ssl_, text.data(), static_cast<int>(text.size())); }
  void close() { SSL_shutdown(ssl_); }
  Bytes take_output() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(out_, &data);
    Bytes octets(data, static_cast<std::size_t>(size));
    (void)BIO_reset(out_);
    return octets;
  }
  void feed(BytesView octets) {
    if (!octets.empty()) BIO_write(in_, octets.data(), static_cast<int>(octets.size()));
  }
  Bytes read() {
    char buffer[65536];
    const int size = SSL_read(ssl_, buffer, sizeof buffer);
    return size <= 0 ? Bytes() : Bytes(buffer, static_cast<std::size_t>(size));
  }

 private:
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
};

RandomKey key_of(Seed seed) { return {.seed = seed, .domain = "tls", .entity = "1"}; }

// Lets both ends speak until neither has more to say; the server is fed octet by octet where asked.
bool connect(Client& client, TlsServer& server) {
  bool is_done = false;
  for (int round = 0; round < 10; ++round) {
    is_done = client.shake_hands();
    const Bytes octets = client.take_output();
    for (std::size_t i = 0; i < octets.size(); ++i) server.feed(BytesView(octets).substr(i, 1));
    client.feed(server.take_output());
  }
  return is_done && server.failure().empty();
}

}  // namespace

TEST_CASE("a client that trusts the authority talks to any host, octet by octet") {
  LocalAuthority authority(7, kNow);
  for (const char* host :
       {"api.openai.com", "ehr.example", "a-name-that-is-longer-than-the-sixty-four-octets-of-a-common-name.example"}) {
    Client client(authority.certificate_pem(), host);
    TlsServer server(authority, "10.99.0.1", key_of(7));
    REQUIRE(connect(client, server));
    client.write("GET / HTTP/1.1\r\n\r\n");
    server.feed(client.take_output());
    CHECK(server.take_plain() == "GET / HTTP/1.1\r\n\r\n");
    server.write("HTTP/1.1 204 No Content\r\n\r\n");
    client.feed(server.take_output());
    CHECK(client.read() == "HTTP/1.1 204 No Content\r\n\r\n");
    client.close();
    server.feed(client.take_output());
    CHECK(server.is_closed());
  }
}

TEST_CASE("what is written before the handshake is sent after it") {
  LocalAuthority authority(7, kNow);
  Client client(authority.certificate_pem(), "a.example");
  TlsServer server(authority, "a.example", key_of(7));
  server.write("early");
  REQUIRE(connect(client, server));
  client.feed(server.take_output());
  CHECK(client.read() == "early");
}

TEST_CASE("a client that does not trust the authority, or lives at another date, ends in a failure") {
  LocalAuthority authority(7, kNow);
  LocalAuthority other(8, kNow);
  const auto connects = [&](const Bytes& trusted, std::int64_t now) {
    Client client(trusted, "a.example", now);
    TlsServer server(authority, "a.example", key_of(7));
    return connect(client, server);
  };
  CHECK(connects(authority.certificate_pem(), kNow));
  CHECK_FALSE(connects(other.certificate_pem(), kNow));
  CHECK_FALSE(connects(authority.certificate_pem(), kNow - 3 * 24 * 3600));
}

TEST_CASE("equal seeds give equal certificates and equal octets, other seeds others") {
  const auto first_flight = [](const Bytes& greeting, Seed seed) {
    LocalAuthority authority(seed, kNow);
    TlsServer server(authority, "a.example", key_of(seed));
    server.feed(greeting);
    return authority.certificate_pem() + server.take_output();
  };
  LocalAuthority authority(1, kNow);
  Client client(authority.certificate_pem(), "a.example");
  client.shake_hands();
  const Bytes greeting = client.take_output();
  const Bytes flight = first_flight(greeting, 1);
  CHECK(flight.size() > 500);
  CHECK(flight == first_flight(greeting, 1));
  CHECK(flight != first_flight(greeting, 2));
}

TEST_CASE("octets that are no TLS end in a failure, and the names of a stranger stay harmless") {
  LocalAuthority authority(7, kNow);
  TlsServer server(authority, "a.example", key_of(7));
  server.feed("GET / HTTP/1.1\r\n\r\n");
  CHECK(server.failure() != "");
  CHECK(begins_tls("\x16\x03\x01"));
  CHECK_FALSE(begins_tls("GET /"));
  CHECK_FALSE(begins_tls(""));
  Client client(authority.certificate_pem(), "x,IP:1.2.3.4");
  TlsServer strange(authority, "a.example", key_of(7));
  CHECK_FALSE(connect(client, strange));
}

TEST_CASE("a Java key store is the certificate behind its alias, and is as long as the format says") {
  const Bytes store = java_key_store("-----BEGIN CERTIFICATE-----\nMAMC\nAQc=\n-----END CERTIFICATE-----\n");
  const Bytes head("\xFE\xED\xFE\xED\0\0\0\2\0\0\0\1\0\0\0\2\0\x08ringback\0\0\0\0\0\0\0\0\0\5X.509\0\0\0\5", 45);
  CHECK(store.substr(0, head.size()) == head);
  CHECK(store.substr(head.size(), 5) == Bytes("\x30\x03\x02\x01\x07", 5));
  CHECK(store.size() == head.size() + 5 + 20);
  CHECK_THROWS_AS(java_key_store("no certificate"), Error);
}

}  // namespace ringback::wire
