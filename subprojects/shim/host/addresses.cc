#include "host/addresses.h"

#include <arpa/inet.h>

#include "ringback/shim/session.h"

namespace ringback::shim {

std::string to_text(const Address& address) {
  char text[INET6_ADDRSTRLEN];
  ::inet_ntop(address.family == 6 ? AF_INET6 : AF_INET, address.octets.data(), text, sizeof text);
  return text;
}

Address parse_address(std::string_view text) {
  const std::string copy(text);
  Address address;
  if (::inet_pton(AF_INET, copy.c_str(), address.octets.data()) == 1) return address;
  address.family = 6;
  if (::inet_pton(AF_INET6, copy.c_str(), address.octets.data()) == 1) return address;
  throw Error("'" + copy + "' is neither an IPv4 nor an IPv6 address");
}

Address Addresses::invent(const std::string& name) {
  const auto found = invented_.find(name);
  if (found != invented_.end()) return found->second;
  const std::size_t number = invented_.size() + 1;
  Address address;
  address.octets = {10, 99, static_cast<std::uint8_t>(number / 250), static_cast<std::uint8_t>(number % 250 + 1)};
  invented_.emplace(name, address);
  return address;
}

std::string Addresses::name_of(const Address& address) const {
  const auto found = names_.find(address);
  return found != names_.end() ? found->second : to_text(address);
}

}  // namespace ringback::shim
