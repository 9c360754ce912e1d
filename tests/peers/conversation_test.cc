#include "sim/peers/conversation.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

namespace ringback::sim {
namespace {

constexpr audio::Format kFormat{audio::Encoding::mulaw, 8'000};

// user_1, then answer_1 with two seconds of speech, then call_item_1 that calls call_1.
Conversation talked() {
  Conversation conversation;
  conversation.note(wire::committed("e", "", "user_1"), kFormat);
  const wire::RealtimePlace place{.event_id = "e", .response_id = "r", .item_id = "answer_1"};
  conversation.note(wire::item_added("e", "user_1", {.id = "answer_1"}), kFormat);
  conversation.note(wire::output_audio_delta(place, Bytes(16'000, 'x')), kFormat);
  conversation.note(
      wire::item_added("e", "answer_1", {.id = "call_item_1", .type = "function_call", .call_id = "call_1"}), kFormat);
  return conversation;
}

std::vector<std::string> ids(const Conversation& conversation) {
  std::vector<std::string> ids;
  for (const Conversation::Item& item : conversation.items()) ids.push_back(item.id);
  return ids;
}

wire::RealtimeFrame create(const std::string& item, const std::string& more = "") {
  return wire::parse_realtime(fmt::format(R"({{"type":"conversation.item.create","item":{}{}}})", item, more));
}

std::string code_of(const std::optional<Refusal>& refusal) { return refusal ? refusal->code : "accepted"; }
std::string message_of(const std::optional<Refusal>& refusal) { return refusal ? refusal->message : "accepted"; }

}  // namespace

TEST_CASE("what the server said is what can be referred to", "[conversation]") {
  const Conversation conversation = talked();
  CHECK(ids(conversation) == std::vector<std::string>{"user_1", "answer_1", "call_item_1"});
  CHECK((conversation.find("answer_1")->spoken == seconds(2)));
  CHECK(conversation.find("user_1")->role == "user");
  CHECK(conversation.position_of("call_item_1") == 2u);
  CHECK(conversation.previous_of("answer_1") == "user_1");
  CHECK(conversation.previous_of("new") == "call_item_1");
  CHECK(code_of(conversation.refuse_retrieve("answer_1")) == "accepted");
}

TEST_CASE("ids that the session does not have are refused", "[conversation]") {
  const Conversation conversation = talked();
  CHECK(code_of(conversation.refuse_retrieve("item_9")) == "item_retrieve_invalid_item_id");
  CHECK(message_of(conversation.refuse_delete("item_9")) ==
        "Error deleting item: the item with id 'item_9' does not exist.");
  CHECK(code_of(conversation.refuse_truncate(wire::truncate("item_9", 5), SpokenLength::known)) ==
        "item_truncate_invalid_item_id");
  const std::string text = R"({"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}])";
  CHECK(code_of(conversation.refuse_create(create(text + "}", R"(,"previous_item_id":"item_9")"))) ==
        "item_create_invalid_previous_item_id");
  CHECK(code_of(conversation.refuse_create(create(text + "}", R"(,"previous_item_id":"root")"))) == "accepted");
  CHECK(code_of(conversation.refuse_create(create(text + "}", R"(,"previous_item_id":"answer_1")"))) == "accepted");
  CHECK(code_of(conversation.refuse_create(create(text + R"(,"id":"user_1"})"))) == "invalid_value");
  CHECK(code_of(conversation.refuse_create(wire::create_function_output("call_9", "{}"))) == "invalid_tool_call_id");
  CHECK(code_of(conversation.refuse_create(wire::create_function_output("call_1", "{}"))) == "accepted");
}

TEST_CASE("an item cannot be truncated beyond what was said of it", "[conversation]") {
  Conversation conversation = talked();
  const auto refuse = [&](std::int64_t end_ms, SpokenLength length = SpokenLength::known) {
    return message_of(conversation.refuse_truncate(wire::truncate("answer_1", end_ms), length));
  };
  CHECK(refuse(0) == "accepted");
  CHECK(refuse(2'000) == "accepted");
  CHECK(refuse(2'001) == "Audio content of 2000ms is already shorter than 2001ms");
  CHECK(refuse(2'001, SpokenLength::unknown) == "accepted");
  CHECK(refuse(-1) == "Invalid 'audio_end_ms': expected a number of at least 0.");
  conversation.note(wire::item_truncated("e", "answer_1", 500), kFormat);
  CHECK(refuse(501) == "Audio content of 500ms is already shorter than 501ms");
  CHECK(message_of(conversation.refuse_truncate(wire::truncate("user_1", 5), SpokenLength::known)) ==
        "Only model output audio messages can be truncated");
}

TEST_CASE("a truncation beyond all numbers changes nothing", "[conversation]") {
  Conversation conversation = talked();
  conversation.note(wire::item_truncated("e", "answer_1", std::numeric_limits<std::int64_t>::max()), kFormat);
  CHECK((conversation.find("answer_1")->spoken == seconds(2)));
}

TEST_CASE("items stand where the agent puts them, and a deleted one is gone", "[conversation]") {
  Conversation conversation = talked();
  conversation.accept(create(R"({"id":"first","type":"message","role":"system"})", R"(,"previous_item_id":"root")"));
  conversation.accept(create(R"({"id":"middle","type":"message","role":"user"})", R"(,"previous_item_id":"user_1")"));
  CHECK(ids(conversation) == std::vector<std::string>{"first", "user_1", "middle", "answer_1", "call_item_1"});
  conversation.note(wire::item_deleted("e", "middle"), kFormat);
  CHECK(code_of(conversation.refuse_delete("middle")) == "item_delete_invalid_item_id");
  CHECK(conversation.previous_of("answer_1") == "user_1");
}

TEST_CASE("what the agent created can be referred to before it is acknowledged", "[conversation]") {
  Conversation conversation;
  conversation.accept(create(R"({"id":"mine","type":"function_call","call_id":"call_7","name":"f"})"));
  CHECK(code_of(conversation.refuse_create(wire::create_function_output("call_7", "{}"))) == "accepted");
  CHECK(code_of(conversation.refuse_delete("mine")) == "accepted");
}

}  // namespace ringback::sim
