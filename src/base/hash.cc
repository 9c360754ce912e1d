#include "src/base/hash.h"

#include <openssl/evp.h>
// Rows are short: the call into the library costs as much as the hash.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fmt/format.h>

#include "src/base/error.h"

namespace ringback {

std::string to_hex(const Digest& digest) {
  std::string text;
  text.reserve(digest.octets.size() * 2);
  for (const std::uint8_t octet : digest.octets) fmt::format_to(std::back_inserter(text), "{:02x}", octet);
  return text;
}

std::string to_hex(const Hash128& hash) { return fmt::format("{:016x}{:016x}", hash.high, hash.low); }

std::uint64_t hash64(BytesView data, std::uint64_t seed) {
  return XXH3_64bits_withSeed(data.data(), data.size(), seed);
}

Hash128 hash128(BytesView data, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(data.data(), data.size(), seed);
  return {.high = hash.high64, .low = hash.low64};
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() {
    RINGBACK_CHECK(context != nullptr && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1,
                   "OpenSSL offers SHA-256");
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(BytesView data) {
  RINGBACK_CHECK(state_ != nullptr, "a finished hash takes no more data");
  RINGBACK_CHECK(EVP_DigestUpdate(state_->context, data.data(), data.size()) == 1, "SHA-256 takes any data");
}

Digest Sha256::finish() {
  RINGBACK_CHECK(state_ != nullptr, "a hash is finished once");
  Digest digest;
  unsigned int length = 0;
  RINGBACK_CHECK(
      EVP_DigestFinal_ex(state_->context, digest.octets.data(), &length) == 1 && length == digest.octets.size(),
      "SHA-256 gives 32 octets, not {}", length);
  state_.reset();
  return digest;
}

Digest sha256(BytesView data) {
  Sha256 hash;
  hash.add(data);
  return hash.finish();
}

void Chain::add(BytesView row) {
  const Hash128 next = hash128(row, value_.low);
  value_ = {.high = next.high ^ value_.high, .low = next.low};
}

}  // namespace ringback
