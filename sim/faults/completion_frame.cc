#include "sim/faults/completion_frame.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "sim/faults/tool_answer.h"
#include "src/base/error.h"
#include "src/wire/canonical_json.h"

namespace ringback::sim {

namespace json = boost::json;

namespace {

std::optional<json::object> parse_object(BytesView text) {
  json::parse_options options;
  options.max_depth = wire::kJsonDepthMax;
  boost::system::error_code code;
  json::value value = json::parse(json::string_view(text.data(), text.size()), code, {}, options);
  if (code || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

Bytes text_of(const json::value& value) {
  const std::string text = json::serialize(value);
  return Bytes(text.data(), text.size());
}

json::object* object_in(json::object& object, std::string_view key) {
  json::value* member = object.if_contains(key);
  return member == nullptr ? nullptr : member->if_object();
}

json::array* array_in(json::object& object, std::string_view key) {
  json::value* member = object.if_contains(key);
  return member == nullptr ? nullptr : member->if_array();
}

BytesView string_in(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  const json::string* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? BytesView() : BytesView(text->data(), text->size());
}

std::string number_in(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member == nullptr ? "0" : json::serialize(*member);
}

// Visits every place of an answer that tells of a function call, whatever the vendor. `name` and `arguments` are keys
// of `object`; `key` tells the calls of one answer apart.
struct CallPlace {
  json::object& object;
  std::string_view name;
  std::string_view arguments;
  std::string key;
  bool is_whole = false;  // all of the arguments, not a piece of them
};

template <class Visit>
void visit_chat_calls(json::object& message, bool is_whole, const Visit& visit) {
  json::array* calls = array_in(message, "tool_calls");
  if (calls == nullptr) return;
  for (std::size_t i = 0; i < calls->size(); ++i) {
    json::object* call = (*calls)[i].if_object();
    json::object* function = call == nullptr ? nullptr : object_in(*call, "function");
    if (function == nullptr) continue;
    const std::string index = call->contains("index") ? number_in(*call, "index") : std::to_string(i);
    visit(CallPlace{*function, "name", "arguments", index, is_whole});
  }
}

// An item of Responses, or a block of Messages.
template <class Visit>
void visit_item(json::object* item, const std::string& index, const Visit& visit) {
  if (item == nullptr) return;
  const BytesView type = string_in(*item, "type");
  if (type == "function_call") visit(CallPlace{*item, "name", "arguments", index, true});
  if (type == "tool_use") visit(CallPlace{*item, "name", "input", index, true});
}

template <class Visit>
void visit_items(json::array* items, const Visit& visit) {
  if (items == nullptr) return;
  for (std::size_t i = 0; i < items->size(); ++i) visit_item((*items)[i].if_object(), std::to_string(i), visit);
}

template <class Visit>
void visit_calls(json::object& top, const Visit& visit) {
  if (json::array* choices = array_in(top, "choices")) {
    for (json::value& value : *choices) {
      json::object* choice = value.if_object();
      if (choice == nullptr) continue;
      if (json::object* delta = object_in(*choice, "delta")) visit_chat_calls(*delta, false, visit);
      if (json::object* message = object_in(*choice, "message")) visit_chat_calls(*message, true, visit);
    }
    return;
  }
  const BytesView type = string_in(top, "type");
  const std::string output_index = number_in(top, "output_index");
  if (type == "response.function_call_arguments.delta") {
    visit(CallPlace{top, "", "delta", output_index, false});
  } else if (type == "response.function_call_arguments.done") {
    visit(CallPlace{top, "name", "arguments", output_index, true});
  } else if (type == "content_block_delta") {
    json::object* delta = object_in(top, "delta");
    if (delta != nullptr && string_in(*delta, "type") == "input_json_delta")
      visit(CallPlace{*delta, "", "partial_json", number_in(top, "index"), false});
  }
  visit_item(object_in(top, "item"), output_index, visit);
  visit_item(object_in(top, "content_block"), number_in(top, "index"), visit);
  if (json::object* response = object_in(top, "response")) visit_items(array_in(*response, "output"), visit);
  visit_items(array_in(top, "output"), visit);
  visit_items(array_in(top, "content"), visit);
}

bool cut_one(const CallPlace& place, CutArguments& cut) {
  json::value* member = place.object.if_contains(place.arguments);
  if (member == nullptr) return false;
  // Messages has an object where the others have text; it is empty where pieces follow.
  const bool is_object = member->is_object();
  if (is_object && member->get_object().empty()) return false;
  const Bytes sent = is_object ? text_of(*member) : Bytes(string_in(place.object, place.arguments));
  if (sent.empty()) return false;
  const auto [left, is_new] = cut.emplace(place.key, Bytes());
  if (is_new) left->second = cut_inside_json(sent);
  const BytesView now = place.is_whole || is_new ? BytesView(left->second) : BytesView();
  *member = json::string_view(now.data(), now.size());
  return true;
}

bool rename_one(const CallPlace& place) {
  if (place.name.empty() || string_in(place.object, place.name).empty()) return false;
  place.object[place.name] = json::string_view(kUnknownTool.data(), kUnknownTool.size());
  return true;
}

// The payload with each of its JSON objects changed. Nothing where `change` changed none.
template <class Change>
std::optional<Bytes> with_changed(BytesView payload, const Change& change) {
  if (std::optional<json::object> whole = parse_object(payload)) {
    if (!change(*whole)) return std::nullopt;
    return text_of(*whole);
  }
  bool has_changed = false;
  Bytes changed;
  try {
    wire::ServerSentEvents events;
    for (const wire::ServerSentEvent& event : events.feed(payload)) {
      std::optional<json::object> object = parse_object(event.data);
      if (object.has_value() && change(*object)) {
        has_changed = true;
        changed += wire::server_sent_event(event.name, text_of(*object));
      } else {
        changed += wire::server_sent_event(event.name, event.data);
      }
    }
  } catch (const Error&) {
    return std::nullopt;
  }
  return has_changed ? std::optional(changed) : std::nullopt;
}

}  // namespace

std::optional<Bytes> with_cut_calls(BytesView payload, CutArguments& cut) {
  return with_changed(payload, [&](json::object& object) {
    bool has_changed = false;
    visit_calls(object, [&](const CallPlace& place) { has_changed = cut_one(place, cut) || has_changed; });
    return has_changed;
  });
}

std::optional<Bytes> with_unknown_calls(BytesView payload) {
  return with_changed(payload, [](json::object& object) {
    bool has_changed = false;
    visit_calls(object, [&](const CallPlace& place) { has_changed = rename_one(place) || has_changed; });
    return has_changed;
  });
}

wire::CompletionProtocol protocol_of_part(BytesView part) {
  if (part.find("\"choices\"") != BytesView::npos || part.find("[DONE]") != BytesView::npos)
    return wire::CompletionProtocol::openai_chat;
  if (part.find("response.") != BytesView::npos) return wire::CompletionProtocol::openai_responses;
  return wire::CompletionProtocol::anthropic_messages;
}

}  // namespace ringback::sim
