#include "host/dns.h"

namespace ringback::shim {

namespace {

constexpr std::size_t kHeaderOctets = 12;
constexpr std::size_t kNameMax = 253;

std::uint16_t number_at(std::string_view octets, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(octets[at]) << 8 |
                                    static_cast<std::uint8_t>(octets[at + 1]));
}

void put_number(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<Question> parse_question(std::string_view datagram) {
  if (datagram.size() < kHeaderOctets + 5) return std::nullopt;
  const unsigned flags = number_at(datagram, 2);
  const bool is_query = (flags & 0x8000) == 0 && (flags & 0x7800) == 0;
  if (!is_query || number_at(datagram, 4) != 1) return std::nullopt;
  Question question;
  question.id = number_at(datagram, 0);
  std::size_t at = kHeaderOctets;
  while (at < datagram.size() && datagram[at] != 0) {
    const std::size_t length = static_cast<std::uint8_t>(datagram[at]);
    if (length > 63 || at + 1 + length >= datagram.size() || question.name.size() + length > kNameMax)
      return std::nullopt;
    if (!question.name.empty()) question.name += '.';
    for (char c : datagram.substr(at + 1, length)) question.name += lower(c);
    at += 1 + length;
  }
  if (at + 5 > datagram.size()) return std::nullopt;
  question.type = number_at(datagram, at + 1);
  question.octets = std::string(datagram.substr(kHeaderOctets, at + 5 - kHeaderOctets));
  return question;
}

std::string make_answer(const Question& question, DnsCode code, const std::vector<Address>& addresses) {
  std::string records;
  unsigned count = 0;
  for (const Address& address : addresses) {
    const bool six = address.family == 6;
    if (code != DnsCode::no_error || question.type != (six ? kTypeAaaa : kTypeA)) continue;
    const std::size_t size = six ? 16 : 4;
    put_number(records, 0xc00c);  // the name of the question
    put_number(records, question.type);
    put_number(records, 1);
    put_number(records, 0);
    put_number(records, 60);  // seconds to live
    put_number(records, static_cast<unsigned>(size));
    records.append(reinterpret_cast<const char*>(address.octets.data()), size);
    ++count;
  }
  std::string answer;
  put_number(answer, question.id);
  put_number(answer, 0x8180u | static_cast<unsigned>(code));
  put_number(answer, 1);
  put_number(answer, count);
  put_number(answer, 0);
  put_number(answer, 0);
  return answer + question.octets + records;
}

}  // namespace ringback::shim
