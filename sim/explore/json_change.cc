#include "sim/explore/json_change.h"

#include <boost/json.hpp>

namespace ringback::sim {
namespace {

namespace json = boost::json;

std::optional<json::value> parsed(BytesView text) {
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return std::nullopt;
  return value;
}

std::string escaped(std::string_view key) {
  std::string text;
  for (const char c : key) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

void add_places(const json::value& value, const std::string& place, std::vector<std::string>& places) {
  if (places.size() == kJsonPlacesMax) return;
  places.push_back(place);
  if (const json::object* object = value.if_object()) {
    for (const auto& member : *object) add_places(member.value(), place + "/" + escaped(member.key()), places);
  } else if (const json::array* list = value.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i) add_places((*list)[i], place + "/" + std::to_string(i), places);
  }
}

void retype(json::value& value) {
  if (value.is_string()) {
    value = 7;
  } else {
    value = json::string(json::serialize(value));
  }
}

void make_empty(json::value& value) {
  if (value.is_string()) value = "";
  if (value.is_array()) value = json::array();
  if (value.is_object()) value = json::object();
  if (value.is_number()) value = 0;
}

void add_extra(json::value& value) {
  if (json::object* object = value.if_object()) (*object)["unexpected"] = true;
  if (json::array* list = value.if_array(); list != nullptr && !list->empty())
    list->push_back(json::value(list->front()));
}

void drop(json::value& whole, std::string_view place) {
  const std::size_t slash = place.rfind('/');
  if (slash == std::string_view::npos) return;
  json::error_code error;
  json::value* parent = whole.find_pointer(json::string_view(place.data(), slash), error);
  json::value* dropped = whole.find_pointer(json::string_view(place.data(), place.size()), error);
  if (parent == nullptr || dropped == nullptr) return;
  if (json::array* list = parent->if_array()) {
    list->erase(list->begin() + (dropped - list->data()));
  } else if (json::object* object = parent->if_object()) {
    for (auto member = object->begin(); member != object->end(); ++member) {
      if (&member->value() != dropped) continue;
      object->erase(member);
      return;
    }
  }
}

// The serializer writes a stand-in, and `octets` take its place: they need not be JSON or UTF-8.
Bytes with_octets(json::value& whole, json::value& value, BytesView octets, bool is_within_text) {
  constexpr std::string_view kStandIn = "ringback-stand-in";
  if (is_within_text && !value.is_string()) return {};
  if (!is_within_text) value = json::string();
  value.as_string() += json::string_view(kStandIn.data(), kStandIn.size());
  Bytes text = json::serialize(whole);
  const std::size_t quotes = is_within_text ? 0 : 1;
  return text.replace(text.find(kStandIn) - quotes, kStandIn.size() + 2 * quotes, octets);
}

// What no JSON value can say. Nothing for all other changes, and where it makes no sense.
Bytes raw_change(json::value& whole, json::value& value, std::string_view change) {
  if (change == "latin1") return with_octets(whole, value, "\xE9", true);
  if (change == "surrogate") return with_octets(whole, value, "\\ud83d", true);
  if (change == "deep") return with_octets(whole, value, Bytes(kDeepLevels, '[') + Bytes(kDeepLevels, ']'), false);
  if (change == "bom") return "\xEF\xBB\xBF" + Bytes(json::serialize(whole));
  return {};
}

}  // namespace

std::vector<std::string> json_places(BytesView text) {
  std::vector<std::string> places;
  if (const std::optional<json::value> value = parsed(text)) add_places(*value, "", places);
  return places;
}

Bytes changed_json(BytesView text, std::string_view change, std::string_view place) {
  std::optional<json::value> whole = parsed(text);
  if (!whole) return Bytes(text);
  json::error_code error;
  json::value* value = whole->find_pointer(json::string_view(place.data(), place.size()), error);
  if (value == nullptr) return Bytes(text);
  if (change == "latin1" || change == "surrogate" || change == "deep" || change == "bom") {
    Bytes changed = raw_change(*whole, *value, change);
    return changed.empty() ? Bytes(text) : changed;
  }
  if (change == "null") *value = nullptr;
  if (change == "drop") drop(*whole, place);
  if (change == "extra") add_extra(*value);
  if (change == "retype") retype(*value);
  if (change == "empty") make_empty(*value);
  if (change == "big") *value = (std::int64_t{1} << 53) + 1;
  if (change == "long") *value = json::string(kLongTextOctets, 'x');
  return json::serialize(*whole);
}

}  // namespace ringback::sim
