#include "src/wire/java_key_store.h"

#include <openssl/sha.h>

#include "src/base/base64.h"
#include "src/base/error.h"

namespace ringback::wire {
namespace {

constexpr std::uint32_t kMagic = 0xFEEDFEED, kVersion = 2, kTrustedCertificate = 2;
constexpr std::string_view kAlias = "ringback", kType = "X.509", kPassword = "changeit";
// What the format's digest begins with, behind the password.
constexpr std::string_view kWhitener = "Mighty Aphrodite";
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";

Bytes der_of(BytesView pem) {
  const std::size_t begin = pem.find(kBegin), end = pem.find(kEnd);
  if (begin == BytesView::npos || end == BytesView::npos) fail("a certificate: expected one in PEM, found none");
  std::string text;
  for (const char c : pem.substr(begin + kBegin.size(), end - begin - kBegin.size())) {
    if (c != '\n' && c != '\r') text += c;
  }
  Bytes der;
  if (!base64_decode(text, der)) fail("a certificate: expected base64, found something else");
  return der;
}

void put_number(Bytes& out, std::uint64_t value, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

void put_text(Bytes& out, std::string_view text) {
  put_number(out, text.size(), 2);
  out += text;
}

// SHA-1 over the password in UTF-16, the whitener and everything before.
Bytes digest_of(BytesView store) {
  Bytes all;
  for (const char c : kPassword) put_number(all, static_cast<unsigned char>(c), 2);
  all += kWhitener;
  all += store;
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(all.data()), all.size(), digest);
  return Bytes(reinterpret_cast<const char*>(digest), sizeof digest);
}

}  // namespace

Bytes java_key_store(BytesView pem) {
  const Bytes certificate = der_of(pem);
  Bytes store;
  put_number(store, kMagic, 4);
  put_number(store, kVersion, 4);
  put_number(store, 1, 4);
  put_number(store, kTrustedCertificate, 4);
  put_text(store, kAlias);
  put_number(store, 0, 8);  // when it was put in
  put_text(store, kType);
  put_number(store, certificate.size(), 4);
  store += certificate;
  store += digest_of(store);
  return store;
}

}  // namespace ringback::wire
