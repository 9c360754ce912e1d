#include "sim/check/json_path.h"

#include <charconv>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "src/wire/canonical_json.h"

namespace ringback::sim {
namespace {

namespace json = boost::json;

constexpr std::string_view kEndsName = ".[]'";

const json::value* step_into(const json::value& from, const std::string& name) {
  const json::object* object = from.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}
const json::value* step_into(const json::value& from, std::size_t index) {
  const json::array* array = from.if_array();
  return array == nullptr ? nullptr : array->if_contains(index);
}

}  // namespace

std::optional<JsonPath> JsonPath::parse(std::string_view text) {
  if (!text.starts_with('$')) return std::nullopt;
  text.remove_prefix(1);
  JsonPath path;
  while (!text.empty()) {
    if (path.steps_.size() == kStepsMax) return std::nullopt;
    const bool is_quoted = text.starts_with("['");
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      const std::string_view name = text.substr(0, text.find_first_of(kEndsName));
      if (name.empty()) return std::nullopt;
      path.steps_.emplace_back(std::string(name));
      text.remove_prefix(name.size());
    } else if (is_quoted) {
      const std::size_t end = text.find("']", 2);
      if (end == std::string_view::npos) return std::nullopt;
      path.steps_.emplace_back(std::string(text.substr(2, end - 2)));
      text.remove_prefix(end + 2);
    } else {
      const std::size_t end = text.find(']');
      if (!text.starts_with('[') || end == std::string_view::npos) return std::nullopt;
      std::size_t index = 0;
      const auto [rest, error] = std::from_chars(text.data() + 1, text.data() + end, index);
      if (error != std::errc() || rest != text.data() + end) return std::nullopt;
      path.steps_.emplace_back(index);
      text.remove_prefix(end + 1);
    }
  }
  return path;
}

std::optional<Bytes> JsonPath::find(BytesView text) const {
  if (steps_.empty()) return wire::try_canonical_json(text);
  boost::system::error_code code;
  const json::value document = json::parse(json::string_view(text.data(), text.size()), code);
  if (code) return std::nullopt;
  const json::value* at = &document;
  for (const Step& step : steps_) {
    at = std::visit([&](const auto& to) { return step_into(*at, to); }, step);
    if (at == nullptr) return std::nullopt;
  }
  return wire::canonical_json(json::serialize(*at));
}

}  // namespace ringback::sim
