#include "sim/check/usage.h"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace ringback::sim {
namespace {

namespace json = boost::json;

// What a stranger's numbers may come to, so that their sums stay within 64 bits.
constexpr std::int64_t kTokensMax = 1'000'000'000'000;

const json::object* member(const json::object* object, const char* name) {
  const json::value* found = object == nullptr ? nullptr : object->if_contains(name);
  return found == nullptr ? nullptr : found->if_object();
}

std::uint64_t tokens(const json::object& usage, const char* name) {
  const json::value* found = usage.if_contains(name);
  const std::int64_t* number = found == nullptr ? nullptr : found->if_int64();
  return number == nullptr ? 0 : static_cast<std::uint64_t>(std::clamp<std::int64_t>(*number, 0, kTokensMax));
}

}  // namespace

std::optional<Usage> usage_in(BytesView frame) {
  boost::system::error_code code;
  const json::value document = json::parse(json::string_view(frame.data(), frame.size()), code);
  if (code) return std::nullopt;
  const json::object* usage = member(member(document.if_object(), "response"), "usage");
  if (usage == nullptr) return std::nullopt;
  return Usage{.input_tokens = tokens(*usage, "input_tokens"), .output_tokens = tokens(*usage, "output_tokens")};
}

}  // namespace ringback::sim
