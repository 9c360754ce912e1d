// Which address stands for which name. Addresses that we invent are counted up in the order of the first lookups.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ringback::shim {

struct Address {
  std::uint8_t family = 4;  // 4 or 6
  std::array<std::uint8_t, 16> octets{};

  auto operator<=>(const Address&) const = default;
};

std::string to_text(const Address& address);
// Throws Error when it is no address.
Address parse_address(std::string_view text);

class Addresses final {
 public:
  // 10.99.a.b, the same for the same name.
  Address invent(const std::string& name);
  void remember(const std::string& name, const Address& address) { names_[address] = name; }
  // The name that was last answered with this address, or the address as text.
  std::string name_of(const Address& address) const;

 private:
  std::map<std::string, Address> invented_;
  std::map<Address, std::string> names_;
};

}  // namespace ringback::shim
