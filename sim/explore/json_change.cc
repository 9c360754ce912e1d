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

// An e acute of Latin-1 in the middle of a text. The serializer keeps it: it does not look at octets above 7F.
Bytes with_latin1(json::value& whole, json::value& value) {
  if (!value.is_string()) return {};
  constexpr std::string_view kStandIn = "ringback-latin1";
  value.as_string() += json::string_view(kStandIn.data(), kStandIn.size());
  Bytes text = json::serialize(whole);
  const std::size_t at = text.find(kStandIn);
  text.replace(at, kStandIn.size(), "\xE9");
  return text;
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
  if (change == "latin1") {
    Bytes changed = with_latin1(*whole, *value);
    return changed.empty() ? Bytes(text) : changed;
  }
  if (change == "null") *value = nullptr;
  if (change == "drop") drop(*whole, place);
  if (change == "extra") add_extra(*value);
  if (change == "retype") retype(*value);
  if (change == "empty") make_empty(*value);
  if (change == "long") *value = json::string(kLongTextOctets, 'x');
  return json::serialize(*whole);
}

}  // namespace ringback::sim
