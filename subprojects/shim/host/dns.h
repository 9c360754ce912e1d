// Questions and answers of the domain name system (RFC 1035), as far as a resolver library asks: one question, A or
// AAAA.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/addresses.h"

namespace ringback::shim {

struct Question {
  std::uint16_t id = 0;
  std::uint16_t type = 0;  // 1: A, 28: AAAA
  std::string name;        // without the last dot, in lower case
  std::string octets;      // the question section, to be repeated in the answer
};

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeAaaa = 28;
enum class DnsCode : std::uint8_t { no_error = 0, server_failure = 2, name_error = 3 };

// Nothing: not a question that we understand.
std::optional<Question> parse_question(std::string_view datagram);
// Only addresses of the type that was asked for are in the answer.
std::string make_answer(const Question& question, DnsCode code, const std::vector<Address>& addresses);

}  // namespace ringback::shim
