// The one source of randomness of a process that OpenSSL lets one replace; what came after it cannot be keyed.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "src/wire/tls.h"

#include <algorithm>
#include <map>
#include <utility>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "src/base/error.h"

namespace ringback::wire {
namespace {

// --- randomness ---

// Octets of a keyed stream, eight for each draw.
class Draws {
 public:
  explicit Draws(const RandomKey& key) : stream_(key) {}
  void fill(unsigned char* out, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      if (left_ == 0) {
        bits_ = stream_.bits(index_++);
        left_ = 8;
      }
      out[i] = static_cast<unsigned char>(bits_);
      bits_ >>= 8;
      --left_;
    }
  }

 private:
  RandomStream stream_;
  std::uint64_t index_ = 0;
  std::uint64_t bits_ = 0;
  int left_ = 0;
};

// OpenSSL has one source of randomness for the whole process. Ours gives the draws of whoever is at work in this
// thread, and OpenSSL's own octets to everybody else.
thread_local Draws* draws_at_work = nullptr;

int random_octets(unsigned char* out, int size) {
  if (draws_at_work == nullptr) return RAND_OpenSSL()->bytes(out, size);
  draws_at_work->fill(out, static_cast<std::size_t>(size));
  return 1;
}
int random_status() { return 1; }

void install_randomness() {
  static const RAND_METHOD method = {nullptr, random_octets, nullptr, nullptr, random_octets, random_status};
  static const bool is_installed = RAND_set_rand_method(&method) == 1;
  RINGBACK_CHECK(is_installed, "OpenSSL takes a source of randomness");
}

class Drawing {
 public:
  explicit Drawing(Draws& draws) : before_(std::exchange(draws_at_work, &draws)) {}
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;
  ~Drawing() { draws_at_work = before_; }

 private:
  Draws* before_;
};

// --- owners of OpenSSL's objects ---

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

std::string last_error() {
  char text[256] = "unknown";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  const std::string whole = text;
  const std::size_t reason = whole.rfind(':');  // "error:0A000418:SSL routines::tlsv1 alert unknown ca"
  return reason == std::string::npos ? whole : whole.substr(reason + 1);
}

template <class T>
T* need(T* made, const char* what) {
  if (made == nullptr) fail("TLS: {} could not be made: {}", what, last_error());
  return made;
}

// --- certificates ---

constexpr std::int64_t kDay = 24 * 3600;
constexpr std::size_t kCommonNameMax = 64;  // RFC 5280, ub-common-name

struct Identity {
  Owned<EVP_PKEY> key;
  Owned<X509> certificate;
};

struct Subject {
  std::string common_name;
  std::string alternative_names;  // "DNS:..." or "IP:..."; empty for the authority
  long serial = 1;
  std::int64_t now = 0;
};

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(
      need(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), "a certificate's extension"));
  X509_add_ext(certificate, extension.get(), -1);
}

// `issuer` is null for one that signs itself.
Identity make_identity(const Subject& subject, const Identity* issuer) {
  Identity made{.key = Owned<EVP_PKEY>(need(EVP_EC_gen("P-256"), "a key")),
                .certificate = Owned<X509>(need(X509_new(), "a certificate"))};
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), subject.serial);
  ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<time_t>(subject.now - kDay));
  ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<time_t>(subject.now + 3650 * kDay));
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* const name = X509_get_subject_name(certificate);
  const std::string common_name = subject.common_name.substr(0, kCommonNameMax);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  X509* const signer = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  const bool is_authority = subject.alternative_names.empty();
  add_extension(certificate, signer, NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(certificate, signer, NID_key_usage,
                is_authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  add_extension(certificate, signer, NID_subject_key_identifier, "hash");
  add_extension(certificate, signer, NID_authority_key_identifier, "keyid:always");
  if (!is_authority) {
    add_extension(certificate, signer, NID_ext_key_usage, "serverAuth");
    add_extension(certificate, signer, NID_subject_alt_name, subject.alternative_names);
  }
  EVP_PKEY* const signing_key = issuer == nullptr ? made.key.get() : issuer->key.get();
  if (X509_sign(certificate, signing_key, EVP_sha256()) == 0)
    fail("TLS: a certificate was not signed: {}", last_error());
  return made;
}

Bytes to_pem(X509* certificate) {
  const Owned<BIO> bio(need(BIO_new(BIO_s_mem()), "a buffer"));
  PEM_write_bio_X509(bio.get(), certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return Bytes(data, static_cast<std::size_t>(size));
}

bool is_address(const std::string& host) {
  ASN1_OCTET_STRING* const octets = a2i_IPADDRESS(host.c_str());
  ASN1_OCTET_STRING_free(octets);
  ERR_clear_error();
  return octets != nullptr;
}

// A name as it may stand in a certificate's extension; its syntax is OpenSSL's own.
bool is_plain_name(const std::string& host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
}

int choose_http11(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                  unsigned offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

struct LocalAuthority::State {
  Seed seed = 0;
  std::int64_t now = 0;
  Identity root;
  Bytes pem;
  Owned<SSL_CTX> context;
  std::map<std::string, Identity> hosts;

  const Identity& identity_for(const std::string& host);
};

LocalAuthority::LocalAuthority(Seed seed, std::int64_t unix_seconds) : state_(std::make_unique<State>()) {
  install_randomness();
  Draws draws({.seed = seed, .domain = "tls", .entity = "authority", .purpose = "key"});
  const Drawing drawing(draws);
  state_->seed = seed;
  state_->now = unix_seconds;
  state_->root = make_identity(
      {.common_name = "ringback local authority", .alternative_names = "", .serial = 1, .now = unix_seconds}, nullptr);
  state_->pem = to_pem(state_->root.certificate.get());
  state_->context.reset(need(SSL_CTX_new(TLS_server_method()), "a TLS context"));
  SSL_CTX* const context = state_->context.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_alpn_select_cb(context, choose_http11, nullptr);
}

LocalAuthority::~LocalAuthority() = default;
const Bytes& LocalAuthority::certificate_pem() const { return state_->pem; }

const Identity& LocalAuthority::State::identity_for(const std::string& asked) {
  const std::string host = is_address(asked) || is_plain_name(asked) ? asked : "unnamed.invalid";
  const auto known = hosts.find(host);
  if (known != hosts.end()) return known->second;
  // Keyed by the host, so that no host's certificate depends on who was asked before.
  Draws draws({.seed = seed, .domain = "tls", .entity = host, .purpose = "key"});
  const Drawing drawing(draws);
  const RandomStream serials({.seed = seed, .domain = "tls", .entity = host, .purpose = "serial"});
  const Subject subject{.common_name = host,
                        .alternative_names = (is_address(host) ? "IP:" : "DNS:") + host,
                        .serial = static_cast<long>(2 + serials.below(0, 1'000'000'000)),
                        .now = now};
  return hosts.emplace(host, make_identity(subject, &root)).first->second;
}

struct TlsServer::State {
  LocalAuthority::State& authority;
  std::string host;
  Draws draws;
  Owned<SSL> ssl;
  BIO* incoming = nullptr;  // owned by ssl
  BIO* outgoing = nullptr;
  Bytes plain;
  Bytes to_write;
  std::string failure;
  bool is_closed = false;
  bool close_when_written = false;

  // Right after the client's greeting, before anything is answered.
  static int set_certificate(SSL* ssl, void* argument) {
    auto* const state = static_cast<State*>(argument);
    const char* const asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    try {
      const Identity& identity = state->authority.identity_for(asked != nullptr ? asked : state->host);
      return SSL_use_certificate(ssl, identity.certificate.get()) == 1 &&
                     SSL_use_PrivateKey(ssl, identity.key.get()) == 1
                 ? 1
                 : 0;
    } catch (const Error& error) {  // OpenSSL's C code must not be left by an exception
      state->failure = error.what();
      return 0;
    }
  }

  void fail_with(const std::string& why) {
    if (failure.empty()) failure = why;
  }

  void advance() {
    if (!failure.empty()) return;
    if (!SSL_is_init_finished(ssl.get())) {
      const int result = SSL_do_handshake(ssl.get());
      if (result <= 0) {
        const int why = SSL_get_error(ssl.get(), result);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) fail_with(last_error());
        return;
      }
    }
    read_all();
    write_all();
  }

  void read_all() {
    char buffer[16384];
    for (;;) {
      const int size = SSL_read(ssl.get(), buffer, sizeof buffer);
      if (size > 0) {
        plain.append(buffer, static_cast<std::size_t>(size));
        continue;
      }
      const int why = SSL_get_error(ssl.get(), size);
      if (why == SSL_ERROR_ZERO_RETURN) {
        is_closed = true;
      } else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
        fail_with(last_error());
      }
      return;
    }
  }

  void write_all() {
    while (!to_write.empty() && failure.empty()) {
      const int size =
          SSL_write(ssl.get(), to_write.data(), static_cast<int>(std::min<std::size_t>(to_write.size(), 1 << 20)));
      if (size <= 0) return fail_with(last_error());
      to_write.erase(0, static_cast<std::size_t>(size));
    }
    if (std::exchange(close_when_written, false)) SSL_shutdown(ssl.get());
  }
};

TlsServer::TlsServer(LocalAuthority& authority, std::string host, const RandomKey& key)
    : state_(new State{.authority = *authority.state_, .host = std::move(host), .draws = Draws(key)}) {
  const Drawing drawing(state_->draws);
  state_->ssl.reset(need(SSL_new(authority.state_->context.get()), "a TLS connection"));
  state_->incoming = need(BIO_new(BIO_s_mem()), "a buffer");
  state_->outgoing = need(BIO_new(BIO_s_mem()), "a buffer");
  SSL_set_bio(state_->ssl.get(), state_->incoming, state_->outgoing);
  SSL_set_accept_state(state_->ssl.get());
  SSL_set_cert_cb(state_->ssl.get(), State::set_certificate, state_.get());
}

TlsServer::~TlsServer() = default;

void TlsServer::feed(BytesView octets) {
  const Drawing drawing(state_->draws);
  ERR_clear_error();
  while (!octets.empty() && state_->failure.empty()) {
    const int taken =
        BIO_write(state_->incoming, octets.data(), static_cast<int>(std::min<std::size_t>(octets.size(), 1 << 20)));
    if (taken <= 0) return state_->fail_with(last_error());
    octets.remove_prefix(static_cast<std::size_t>(taken));
    state_->advance();
  }
}

Bytes TlsServer::take_plain() { return std::exchange(state_->plain, {}); }

void TlsServer::write(BytesView plain) {
  const Drawing drawing(state_->draws);
  state_->to_write += plain;
  if (SSL_is_init_finished(state_->ssl.get())) state_->write_all();
}

void TlsServer::close() {
  const Drawing drawing(state_->draws);
  state_->close_when_written = true;
  if (SSL_is_init_finished(state_->ssl.get())) state_->write_all();
}

Bytes TlsServer::take_output() {
  char* data = nullptr;
  const long size = BIO_get_mem_data(state_->outgoing, &data);
  Bytes octets(data, static_cast<std::size_t>(std::max(0L, size)));
  (void)BIO_reset(state_->outgoing);
  return octets;
}

bool TlsServer::is_closed() const { return state_->is_closed; }
const std::string& TlsServer::failure() const { return state_->failure; }

bool begins_tls(BytesView octets) { return !octets.empty() && octets.front() == '\x16'; }

}  // namespace ringback::wire
