#include "src/trace/codec/base64_runs.h"

#include <array>
#include <cstring>

#include "src/base/error.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ringback::trace {
namespace {

constexpr BytesView kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xff;
constexpr char kPadding = '=';

constexpr std::array<std::uint8_t, 256> values() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

// Two characters for each 12 bits.
constexpr std::array<std::array<char, 2>, 4096> pairs() {
  std::array<std::array<char, 2>, 4096> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
  return table;
}

constexpr auto kValues = values();
constexpr auto kPairs = pairs();

std::uint32_t value_of(char character) { return kValues[static_cast<std::uint8_t>(character)]; }
bool is_base64(char character) { return value_of(character) != kNone; }

// Takes padding in, where it is what an encoder writes.
std::size_t run_length(BytesView text, std::size_t offset, std::size_t end) {
  const std::size_t characters = end - offset;
  const std::size_t missing = (4 - characters % 4) % 4;
  if (missing == 1 || missing == 2) {
    const bool is_padded = text.substr(end, missing) == BytesView("==").substr(0, missing);
    const std::uint32_t unused = missing == 1 ? 3 : 15;
    if (is_padded && (value_of(text[end - 1]) & unused) == 0) return characters + missing;
  }
  return characters / 4 * 4;
}

// A stretch without padding, in whole groups.
void decode_groups(const char* in, std::size_t groups, char* out) {
  for (std::size_t i = 0; i < groups; ++i, in += 4, out += 3) {
    const std::uint32_t bits = value_of(in[0]) << 18 | value_of(in[1]) << 12 | value_of(in[2]) << 6 | value_of(in[3]);
    out[0] = static_cast<char>(bits >> 16);
    out[1] = static_cast<char>(bits >> 8);
    out[2] = static_cast<char>(bits);
  }
}

// The last group, with its padding.
void decode_last(const char* in, char* out) {
  const std::uint32_t bits = value_of(in[0]) << 18 | value_of(in[1]) << 12 |
                             (in[2] == kPadding ? 0 : value_of(in[2]) << 6) | (in[3] == kPadding ? 0 : value_of(in[3]));
  out[0] = static_cast<char>(bits >> 16);
  if (in[2] != kPadding) out[1] = static_cast<char>(bits >> 8);
  if (in[3] != kPadding) out[2] = static_cast<char>(bits);
}

#if defined(__x86_64__)

bool has_wide_vectors() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}

// 24 octets to 32 characters at a time; reads 28 octets from `in`.
__attribute__((target("avx2"))) void encode_wide(const char*& in, std::size_t& length, char*& out) {
  // Into each 32 bits the three octets of a group, as b a c b, so that both pairs of 6 bits can be shifted at once.
  const __m256i spread = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,  //
                                          1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  // What is added to 6 bits to make the character: by whether they are below 26, below 52, a digit, + or /.
  const __m256i offsets = _mm256_setr_epi8(71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0,  //
                                           71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0);
  while (length >= 28) {
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 12));
    const __m256i octets = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), spread);
    const __m256i first_third =
        _mm256_mulhi_epu16(_mm256_and_si256(octets, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
    const __m256i second_fourth =
        _mm256_mullo_epi16(_mm256_and_si256(octets, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
    const __m256i sixes = _mm256_or_si256(first_third, second_fourth);
    // 52 and up: 1 and up. Below 26: 13. Others: 0.
    __m256i kind = _mm256_subs_epu8(sixes, _mm256_set1_epi8(51));
    const __m256i is_upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), sixes);
    kind = _mm256_or_si256(kind, _mm256_and_si256(is_upper, _mm256_set1_epi8(13)));
    const __m256i characters = _mm256_add_epi8(sixes, _mm256_shuffle_epi8(offsets, kind));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), characters);
    in += 24;
    out += 32;
    length -= 24;
  }
}

// 32 characters, all of the alphabet, to 24 octets at a time; writes 28.
__attribute__((target("avx2"))) void decode_wide(const char*& in, std::size_t& length, char*& out) {
  // What is taken from a character to make 6 bits, by its upper four bits; / is apart.
  const __m256i offsets = _mm256_setr_epi8(0, 0, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0,  //
                                           0, 0, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i gather = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,  //
                                          2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  while (length >= 32) {
    const __m256i characters = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi32(characters, 4), _mm256_set1_epi8(15));
    const __m256i is_slash = _mm256_cmpeq_epi8(characters, _mm256_set1_epi8('/'));
    const __m256i offset =
        _mm256_add_epi8(_mm256_shuffle_epi8(offsets, upper), _mm256_and_si256(is_slash, _mm256_set1_epi8(-3)));
    const __m256i sixes = _mm256_add_epi8(characters, offset);
    const __m256i twelves = _mm256_maddubs_epi16(sixes, _mm256_set1_epi32(0x01400140));
    const __m256i groups = _mm256_madd_epi16(twelves, _mm256_set1_epi32(0x00011000));
    const __m256i octets = _mm256_shuffle_epi8(groups, gather);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(octets));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 12), _mm256_extracti128_si256(octets, 1));
    in += 32;
    out += 24;
    length -= 32;
  }
}

#else

bool has_wide_vectors() { return false; }
void encode_wide(const char*&, std::size_t&, char*&) {}
void decode_wide(const char*&, std::size_t&, char*&) {}

#endif

}  // namespace

// Any run covers a character at a multiple of its least length; around each of these a stretch is looked for.
Base64Run find_base64(BytesView text, std::size_t from) {
  for (std::size_t probe = from + kRunCharactersMin - 1; probe < text.size(); probe += kRunCharactersMin) {
    if (!is_base64(text[probe])) continue;
    std::size_t start = probe;
    while (start > from && is_base64(text[start - 1])) --start;
    std::size_t end = probe + 1;
    while (end < text.size() && is_base64(text[end])) ++end;
    const std::size_t length = run_length(text, start, end);
    if (length >= kRunCharactersMin) return {.offset = start, .length = length};
    probe = end - 1;
  }
  return {};
}

std::size_t base64_octets(BytesView run) {
  std::size_t octets = run.size() / 4 * 3;
  if (run[run.size() - 1] == kPadding) --octets;
  if (run[run.size() - 2] == kPadding) --octets;
  return octets;
}

void decode_base64_plainly(BytesView run, char* out) {
  RINGBACK_CHECK(!run.empty() && run.size() % 4 == 0, "a run is whole groups, not {} characters", run.size());
  const std::size_t groups = run.size() / 4 - 1;
  decode_groups(run.data(), groups, out);
  decode_last(run.data() + groups * 4, out + groups * 3);
}

void decode_base64(BytesView run, char* out) {
  if (has_wide_vectors() && run.size() > 4) {
    const char* in = run.data();
    std::size_t length = run.size() - 4;  // the last group may have padding
    decode_wide(in, length, out);
    run.remove_prefix(static_cast<std::size_t>(in - run.data()));
  }
  decode_base64_plainly(run, out);
}

char* encode_base64_plainly(const char* octets, std::size_t length, char* out) {
  const auto octet = [&](std::size_t at) { return std::uint32_t{static_cast<std::uint8_t>(octets[at])}; };
  for (; length >= 3; length -= 3, octets += 3, out += 4) {
    const std::uint32_t bits = octet(0) << 16 | octet(1) << 8 | octet(2);
    std::memcpy(out, kPairs[bits >> 12].data(), 2);
    std::memcpy(out + 2, kPairs[bits & 4095].data(), 2);
  }
  if (length == 0) return out;
  const std::uint32_t bits = octet(0) << 16 | (length == 2 ? octet(1) << 8 : 0);
  std::memcpy(out, kPairs[bits >> 12].data(), 2);
  out[2] = length == 2 ? kAlphabet[bits >> 6 & 63] : kPadding;
  out[3] = kPadding;
  return out + 4;
}

char* encode_base64(const char* octets, std::size_t length, char* out) {
  if (has_wide_vectors()) encode_wide(octets, length, out);
  return encode_base64_plainly(octets, length, out);
}

}  // namespace ringback::trace
