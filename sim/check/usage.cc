#include "sim/check/usage.h"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace ringback::sim {
namespace {

namespace json = boost::json;

const json::object* member(const json::object* object, const char* name) {
  const json::value* found = object == nullptr ? nullptr : object->if_contains(name);
  return found == nullptr ? nullptr : found->if_object();
}

std::uint64_t tokens(const json::object& usage, const char* name) {
  const json::value* found = usage.if_contains(name);
  const std::int64_t* number = found == nullptr ? nullptr : found->if_int64();
  return number == nullptr ? 0 : static_cast<std::uint64_t>(std::clamp<std::int64_t>(*number, 0, wire::kTokensMax));
}

}  // namespace

std::optional<wire::CompletionUsage> usage_in(BytesView frame) {
  boost::system::error_code code;
  const json::value document = json::parse(json::string_view(frame.data(), frame.size()), code);
  if (code) return std::nullopt;
  const json::object* usage = member(member(document.if_object(), "response"), "usage");
  if (usage == nullptr) return std::nullopt;
  return wire::CompletionUsage{.input_tokens = tokens(*usage, "input_tokens"),
                               .output_tokens = tokens(*usage, "output_tokens")};
}

void note_usage(const wire::CompletionUsage& usage, ModelResponse& response, Cost& cost) {
  response.input_tokens = usage.input_tokens;
  response.output_tokens = usage.output_tokens;
  cost.reports_tokens = true;
  cost.input_tokens += usage.input_tokens;
  cost.output_tokens += usage.output_tokens;
}

}  // namespace ringback::sim
