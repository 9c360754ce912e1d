#include "sim/peers/conversation_key.h"

#include <catch2/catch.hpp>

namespace ringback::sim {

TEST_CASE("parallel tools may finish in any order", "[peers]") {
  ConversationKey first;
  first.add_output("call_1", "a");
  first.add_output("call_2", "b");
  ConversationKey second;
  second.add_output("call_2", "b");
  second.add_output("call_1", "a");
  REQUIRE((first.value() == second.value()));
  first.add_response("recorded 1");
  second.add_response("recorded 1");
  REQUIRE((first.value() == second.value()));
}

TEST_CASE("an altered tool output makes another conversation, and it stays another", "[peers]") {
  ConversationKey recorded;
  recorded.add_output("call_1", R"({"id":7})");
  ConversationKey altered;
  altered.add_output("call_1", R"({"id":8})");
  REQUIRE_FALSE((recorded.value() == altered.value()));
  recorded.add_response("recorded 1");
  altered.add_response("recorded 1");
  REQUIRE_FALSE((recorded.value() == altered.value()));
}

TEST_CASE("a tool's output counts as JSON, however it is written, and as octets where it is none", "[peers]") {
  const auto key = [](BytesView output) {
    ConversationKey made;
    made.add_output("call_1", output);
    return made.value();
  };
  REQUIRE((key(R"({"id":7,"name":"Ada"})") == key(R"({"name": "Ada", "id": 7})")));
  REQUIRE_FALSE((key(R"({"id":7})") == key(R"({"id":"7"})")));
  REQUIRE_FALSE((key("not found") == key("not  found")));
}

TEST_CASE("turns, texts and answers each count, and so does their order", "[peers]") {
  const auto key = [](auto... add) {
    ConversationKey made;
    (add(made), ...);
    return made.value();
  };
  const auto turn = [](ConversationKey& k) { k.add_user_turn(hash128("hello")); };
  const auto other_turn = [](ConversationKey& k) { k.add_user_turn(hash128("goodbye")); };
  const auto text = [](ConversationKey& k) { k.add_text("user", "hello"); };
  const auto answer = [](ConversationKey& k) { k.add_response("recorded 1"); };
  const auto made_up = [](ConversationKey& k) { k.add_response("made up 1"); };
  REQUIRE((key(turn) == key(turn)));
  REQUIRE_FALSE((key(turn) == key(other_turn)));
  REQUIRE_FALSE((key(turn, text) == key(text, turn)));
  REQUIRE_FALSE((key(turn, answer) == key(turn, made_up)));
  REQUIRE_FALSE((key(turn, answer) == key(answer, turn)));
}

TEST_CASE("texts do not run into one another", "[peers]") {
  ConversationKey one;
  one.add_text("user", "ab");
  one.add_text("user", "c");
  ConversationKey other;
  other.add_text("user", "a");
  other.add_text("user", "bc");
  REQUIRE_FALSE((one.value() == other.value()));
}

}  // namespace ringback::sim
