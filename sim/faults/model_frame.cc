#include "sim/faults/model_frame.h"

#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "sim/faults/tool_answer.h"
#include "src/base/error.h"
#include "src/trace/bodies.h"
#include "src/wire/json_text.h"
#include "src/wire/realtime.h"

namespace ringback::sim {

namespace json = boost::json;
using wire::RealtimeType;

namespace {

struct Parsed {
  json::value document;
  RealtimeType type = RealtimeType::other;
};

// Nothing where the text is no frame.
std::optional<Parsed> parse_frame(BytesView text) {
  try {
    const RealtimeType type = wire::parse_realtime(text).type;
    boost::system::error_code code;
    json::value document = json::parse(json::string_view(text.data(), text.size()), code);
    if (code) return std::nullopt;
    return Parsed{std::move(document), type};
  } catch (const Error&) {
    return std::nullopt;
  }
}

Bytes text_of(const json::value& document) {
  const std::string text = json::serialize(document);
  return Bytes(text.data(), text.size());
}

std::string text_member(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  const json::string* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

// Every function call that stands in the frame as an item: of the frame itself, or of a finished response.
std::vector<json::object*> call_items(json::object& top) {
  std::vector<json::object*> items;
  const auto add = [&](json::value* value) {
    json::object* item = value == nullptr ? nullptr : value->if_object();
    if (item != nullptr && text_member(*item, "type") == "function_call") items.push_back(item);
  };
  add(top.if_contains("item"));
  json::value* response = top.if_contains("response");
  json::object* fields = response == nullptr ? nullptr : response->if_object();
  json::value* output = fields == nullptr ? nullptr : fields->if_contains("output");
  json::array* all = output == nullptr ? nullptr : output->if_array();
  if (all != nullptr) {
    for (json::value& item : *all) add(&item);
  }
  return items;
}

bool cut_whole(json::object& call, CutArguments& cut) {
  const std::string arguments = text_member(call, "arguments");
  if (arguments.empty()) return false;
  const auto [left, is_new] = cut.emplace(text_member(call, "call_id"), Bytes());
  if (is_new) left->second = cut_inside_json(arguments);
  call["arguments"] = json::string_view(left->second.data(), left->second.size());
  return true;
}

bool cut_delta(json::object& top, CutArguments& cut) {
  const auto [left, is_new] = cut.emplace(text_member(top, "call_id"), Bytes());
  if (is_new) left->second = cut_inside_json(text_member(top, "delta"));
  top["delta"] = is_new ? json::string_view(left->second.data(), left->second.size()) : json::string_view();
  return true;
}

}  // namespace

CorruptText corrupt_text(BytesView text, const RandomStream& draws, std::uint64_t draw) {
  constexpr char kSubstitute = 0x1a;
  CorruptText corrupted{.text = Bytes(text), .position = draws.below(draw, text.size())};
  // From there to the next character of one octet, so that UTF-8 stays UTF-8.
  for (std::size_t step = 0; step < text.size(); ++step) {
    const std::size_t position = (corrupted.position + step) % text.size();
    if (static_cast<unsigned char>(text[position]) >= 0x80) continue;
    corrupted.position = position;
    break;
  }
  corrupted.text[corrupted.position] = kSubstitute;
  return corrupted;
}

std::optional<Bytes> with_cut_arguments(BytesView text, CutArguments& cut) {
  std::optional<Parsed> frame = parse_frame(text);
  if (!frame) return std::nullopt;
  json::object& top = frame->document.as_object();
  bool has_changed = false;
  if (frame->type == RealtimeType::arguments_delta) has_changed = cut_delta(top, cut);
  if (frame->type == RealtimeType::arguments_done) has_changed = cut_whole(top, cut);
  for (json::object* item : call_items(top)) has_changed = cut_whole(*item, cut) || has_changed;
  if (!has_changed) return std::nullopt;
  return text_of(frame->document);
}

std::optional<Bytes> with_unknown_tool(BytesView text) {
  std::optional<Parsed> frame = parse_frame(text);
  if (!frame) return std::nullopt;
  json::object& top = frame->document.as_object();
  bool has_changed = false;
  const auto rename = [&](json::object& call) {
    if (text_member(call, "name").empty()) return;
    call["name"] = json::string_view(kUnknownTool.data(), kUnknownTool.size());
    has_changed = true;
  };
  if (frame->type == RealtimeType::arguments_done) rename(top);
  for (json::object* item : call_items(top)) rename(*item);
  if (!has_changed) return std::nullopt;
  return text_of(frame->document);
}

bool is_token_event(const trace::Event& event) {
  if (event.kind != trace::EventKind::message) return false;
  try {
    return wire::is_token(wire::parse_realtime(trace::body_field(event.body, 1)));
  } catch (const Error&) {
    return false;  // no frame of the protocol
  }
}

ResponseMark response_mark(BytesView text) {
  try {
    wire::RealtimeFrame frame = wire::parse_realtime(text);
    return {.is_created = frame.type == RealtimeType::response_created, .response_id = std::move(frame.response_id)};
  } catch (const Error&) {
    return {};
  }
}

Bytes error_frame(std::string_view event_id, BytesView code) {
  return wire::error_event(event_id, "server_error", code, fmt::format("a fault: {}", code)).text;
}

Bytes failed_response(std::string_view event_id, std::string_view response_id, BytesView code) {
  wire::JsonObject error;
  error.text("type", "server_error").text("code", code).text("message", fmt::format("a fault: {}", code));
  wire::JsonObject details;
  details.text("type", "failed").raw("error", std::move(error).finish());
  wire::JsonObject response;
  response.text("object", "realtime.response")
      .text("id", response_id)
      .text("status", "failed")
      .raw("status_details", std::move(details).finish())
      .raw("output", "[]");
  wire::JsonObject frame;
  frame.text("type", "response.done").text("event_id", event_id).raw("response", std::move(response).finish());
  return std::move(frame).finish();
}

}  // namespace ringback::sim
