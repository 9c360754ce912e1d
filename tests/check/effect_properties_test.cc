// What the agent does to the world, and what it says of it.
#include <catch2/catch.hpp>

#include "tests/check/one_property.h"

namespace ringback::sim {
namespace {

using namespace std::chrono_literals;
using Time = RunBuilder::Time;

constexpr const char* kSlot7 = R"({"slot_id": 7, "name": "Ada"})";

// A booking whose reply is lost, and a second attempt that is answered.
RunBuilder booked_twice(const std::string& headers = "") {
  RunBuilder run;
  run.asks(1s, "booking.create", kSlot7, headers).breaks(2s, "booking.create", 1, "closed before the answer");
  run.asks(3s, "booking.create", R"({"name": "Ada Lovelace", "slot_id": 7.0})", headers);
  run.answers(4s, "booking.create", {.attempt = 2}).hang_up(9s, "caller");
  return run;
}

TEST_CASE("exactly once: a second booking of one slot, after a reply that was lost, fails") {
  const PropertyResult answer = check(booked_twice(), ExactlyOnce{.tool = "booking.*", .key = "$.slot_id"});
  CHECK(answer.verdict == Verdict::failed);
  REQUIRE(answer.evidence.size() == 1);
  CHECK(answer.evidence[0].at == VirtualTime() + seconds(3));
  CHECK(answer.evidence[0].text ==
        "booking.create 7: done 2 times, first at 1.000 s (failed: closed before the answer)");
  CHECK(answer.evidence[0].event.has_value());
  CHECK(verdict(booked_twice(), ExactlyOnce{.tool = "booking.*"}) == Verdict::held);  // the names differ
}

TEST_CASE("exactly once: a request that never arrived, or was refused, was not done") {
  const Property once = ExactlyOnce{.tool = "booking.create", .key = "$.slot_id"};
  for (const char* action : {"reset", "refuse", "half_open", "blackhole", "dns_failure", "tls_failure"}) {
    INFO(action);
    RunBuilder run;
    run.asks(1s, "booking.create", kSlot7).swallows(1s, "booking.create", 1, action);
    run.breaks(1050ms, "booking.create", 1).asks(3s, "booking.create", kSlot7);
    run.answers(4s, "booking.create", {.attempt = 2}).hang_up(9s, "caller");
    CHECK(verdict(run, once) == Verdict::held);
  }
  for (const auto& [status, expected] : {std::pair(409, Verdict::held), std::pair(503, Verdict::failed)}) {
    INFO(status);
    RunBuilder run;
    run.asks(1s, "booking.create", kSlot7).answers(2s, "booking.create", {.attempt = 1, .status = status});
    run.asks(3s, "booking.create", kSlot7).answers(4s, "booking.create", {.attempt = 2}).hang_up(9s, "caller");
    CHECK(verdict(run, once) == expected);
  }
}

TEST_CASE("exactly once: one Idempotency-Key is one request") {
  const Property once = ExactlyOnce{.tool = "booking.*", .key = "$.slot_id"};
  CHECK(verdict(booked_twice("Idempotency-Key: k-1\n"), once) == Verdict::held);
}

TEST_CASE("exactly once: without a request, or without the key, nothing is decided") {
  CHECK(verdict(booked_twice(), ExactlyOnce{.tool = "booking.*", .key = "$.room"}) == Verdict::undecided);
  RunBuilder run;
  run.created(1s, "r").calls(2s, "r", "c", "cancel").hang_up(3s, "caller");
  CHECK(verdict(run, ExactlyOnce{.tool = "cancel"}) == Verdict::undecided);
}

TEST_CASE("effects after hang-up: a request that leaves when the call is over fails") {
  RunBuilder run;
  run.asks(1s, "booking.create").hang_up(2s, "caller").answers(3s, "booking.create");
  CHECK(verdict(run, EffectsAfterHangUp{}) == Verdict::held);
  run.asks(3s, "booking.create", kSlot7);
  const PropertyResult answer = check(run, EffectsAfterHangUp{});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text ==
        R"(booking.create {"name":"Ada","slot_id":7}: 1.000 s after the call was hung up)");
  RunBuilder other;
  other.asks(1s, "booking.create").hang_up(2s, "caller").asks(3s, "log.write");
  CHECK(verdict(other, EffectsAfterHangUp{"booking.*"}) == Verdict::held);
  CHECK(verdict(other, EffectsAfterHangUp{"log.*"}) == Verdict::failed);
}

TEST_CASE("unacknowledged effects: a request whose reply was lost and that nobody asked about again fails") {
  RunBuilder run;
  run.asks(1s, "booking.create", kSlot7).breaks(2s, "booking.create", 1, "closed before the answer");
  RunBuilder asked_again = run;
  run.hang_up(9s, "caller");
  const PropertyResult answer = check(run, UnacknowledgedEffects{});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text ==
        R"(booking.create {"name":"Ada","slot_id":7}: it arrived, and the agent never learnt what became of it )"
        "(failed: closed before the answer)");
  asked_again.asks(3s, "booking.create", kSlot7).answers(4s, "booking.create", {.attempt = 2}).hang_up(9s, "caller");
  CHECK(verdict(asked_again, UnacknowledgedEffects{}) == Verdict::held);
}

TEST_CASE("own results: outputs that changed places fail, and what the agent makes of its own answer does not") {
  const auto two_calls = [](const char* first, const char* second) {
    RunBuilder run;
    run.created(1s, "r").calls(2s, "r", "c1", "find").calls(2s, "r", "c2", "track").done(2s, "r");
    run.asks(2s, "shop.find").asks(2s, "shop.track");
    run.answers(3s, "shop.track", {.body = R"({"state":"lost"})"})
        .answers(4s, "shop.find", {.body = R"({"paid":true})"});
    return run.output(5s, "c1", first).output(5s, "c2", second).hang_up(9s, "caller");
  };
  CHECK(verdict(two_calls(R"({"paid": true})", R"({"state":"lost"})"), OwnResults{}) == Verdict::held);
  CHECK(verdict(two_calls("paid", R"({"error":"later"})"), OwnResults{}) == Verdict::held);
  const PropertyResult answer = check(two_calls(R"({"state":"lost"})", R"({"paid":true})"), OwnResults{});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text == R"(find {} is told what shop.track {} answered: {"state":"lost"})");
  CHECK(verdict(two_calls("paid", R"({"paid":true})"), OwnResults{"track"}) == Verdict::failed);
  CHECK(verdict(two_calls("paid", R"({"paid":true})"), OwnResults{"find"}) == Verdict::held);
}

TEST_CASE("unacknowledged effects: what never arrived, or was answered with an error, leaves no doubt") {
  RunBuilder lost;
  lost.asks(1s, "find").swallows(1s, "find", 1).breaks(1050ms, "find", 1).hang_up(9s, "caller");
  CHECK(verdict(lost, UnacknowledgedEffects{}) == Verdict::held);
  RunBuilder error;
  error.asks(1s, "find").answers(2s, "find", {.attempt = 1, .status = 500}).hang_up(9s, "caller");
  CHECK(verdict(error, UnacknowledgedEffects{}) == Verdict::held);
  RunBuilder given_up;
  given_up.asks(1s, "find").gives_up(2s, "find", 1).hang_up(9s, "caller");
  CHECK(verdict(given_up, UnacknowledgedEffects{}) == Verdict::failed);
  RunBuilder waiting;
  waiting.asks(1s, "find").hang_up(9s, "caller");
  CHECK(verdict(waiting, UnacknowledgedEffects{}) == Verdict::failed);
  RunBuilder just_asked;
  just_asked.asks(8500ms, "find").hang_up(9s, "caller");
  CHECK(verdict(just_asked, UnacknowledgedEffects{}) == Verdict::held);
}

TEST_CASE("retries: who tried again is told apart") {
  RunBuilder run;
  run.created(500ms, "r").calls_with(900ms, "r", "c1", "find", R"({"a": 1})");
  run.asks(1s, "ehr.find", R"({"a":1})").answers(2s, "ehr.find", {.attempt = 1, .status = 500});
  run.asks(3s, "ehr.find", R"({"a":1})", "x-stainless-retry-count: 1\n");
  run.answers(4s, "ehr.find", {.attempt = 2, .status = 500});
  run.asks(5s, "ehr.find", R"({"a":1})").answers(6s, "ehr.find", {.attempt = 3, .status = 500});
  run.calls_with(6500ms, "r", "c2", "find", R"({ "a": 1 })");
  run.asks(7s, "ehr.find", R"({"a":1})").answers(8s, "ehr.find", {.attempt = 4}).hang_up(9s, "caller");
  const PropertyResult all = check(run, Retries{.max = 2});
  CHECK(all.verdict == Verdict::failed);
  CHECK(all.finding == "3 of ehr.find by the agent 1, by a library 1, by the model 1");
  for (const Retrier who : {Retrier::agent, Retrier::sdk, Retrier::model}) {
    CHECK(verdict(run, Retries{.max = 0, .by = who}) == Verdict::failed);
    CHECK(verdict(run, Retries{.max = 1, .by = who}) == Verdict::held);
  }
  CHECK(check(run, Retries{.max = 0, .by = Retrier::model}).finding == "1 of ehr.find by the model");
}

// A booking that goes wrong; the agent says `words` about it.
RunBuilder says(const std::string& words, const RecordedAnswer& answer) {
  RunBuilder run;
  run.asks(1s, "booking.create", kSlot7).answers(2s, "booking.create", answer);
  run.agent_transcript(3s, words).agent_speaks(3s, 2s).hang_up(9s, "caller");
  return run;
}

TEST_CASE("success claimed: an agent that says it is booked after the tool failed") {
  const PropertyResult answer =
      check(says("One moment. Your visit is booked.", {.attempt = 1, .status = 500}), SuccessClaimed{});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text == "\"Your visit is booked\", but booking.create: status 500 ");
  CHECK(verdict(says("Your visit is booked.", {}), SuccessClaimed{}) == Verdict::held);
  CHECK(verdict(says("Your visit is booked.", {.body = R"({"error": "slot taken"})"}), SuccessClaimed{}) ==
        Verdict::failed);
  CHECK(verdict(says("Your visit is booked.", {.body = R"({"success": false})"}), SuccessClaimed{}) == Verdict::failed);
  CHECK(verdict(says("Your visit is booked.", {.body = R"({"error": null, "id": 3})"}), SuccessClaimed{}) ==
        Verdict::held);
}

TEST_CASE("success claimed: what denies, asks or promises claims nothing") {
  for (const char* words : {"I could not get you booked.", "Shall I have it booked?", "It will be confirmed by mail.",
                            "I'm sorry, that was not sent", "The abandoned cart is here."}) {
    INFO(words);
    CHECK(check(says(words, {.attempt = 1, .status = 500}), SuccessClaimed{}).finding == "nothing was claimed");
  }
  CHECK(verdict(says("Ready to go!", {.attempt = 1, .status = 500}), SuccessClaimed{.words = {"ready to go"}}) ==
        Verdict::failed);
}

TEST_CASE("success claimed: without any call there was no success") {
  RunBuilder run;
  run.agent_transcript(3s, "All done.").agent_speaks(3s, 2s).hang_up(9s, "caller");
  CHECK(check(run, SuccessClaimed{}).evidence.at(0).text == "\"All done\", but no tool was asked");
  RunBuilder too_early;
  too_early.asks(1s, "booking.create").agent_transcript(2s, "Done.").agent_speaks(2s, 1s);
  too_early.answers(3s, "booking.create").hang_up(9s, "caller");
  CHECK(check(too_early, SuccessClaimed{}).evidence.at(0).text == "\"Done\", but booking.create has not answered");
}

// Two lookups; the first is answered late.
RunBuilder two_lookups(bool in_order) {
  RunBuilder run;
  run.created(1s, "r").calls_with(2s, "r", "c1", "find", R"({"city": "Oslo"})");
  run.calls_with(4s, "r", "c2", "find", R"({"city": "Rome"})");
  run.asks(2s, "find", R"({"city": "Oslo"})").asks(4s, "find", R"({"city": "Rome"})");
  run.answers(in_order ? 5s : 8s, "find", {.attempt = 1}).answers(6s, "find", {.attempt = 2});
  run.output(in_order ? 5s : 8s, "c1").output(6s, "c2").agent_speaks(9s, 1s).hang_up(20s, "caller");
  return run;
}

TEST_CASE("stale result: an older question's answer that comes after the newer one's fails") {
  const PropertyResult answer = check(two_lookups(false), StaleResult{});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text ==
        R"(find {"city":"Oslo"} is told to the model after {"city":"Rome"}, which was asked later)");
  CHECK(verdict(two_lookups(true), StaleResult{}) == Verdict::held);
}

TEST_CASE("stale result: a result that is older than its greatest age when it is spoken fails") {
  const Property fresh = StaleResult{.max_age = seconds(4)};
  CHECK(verdict(two_lookups(true), fresh) == Verdict::held);
  RunBuilder run;
  run.created(1s, "r").calls(2s, "r", "c1", "balance").asks(2s, "balance").answers(3s, "balance").output(3s, "c1");
  run.agent_speaks(4s, 1s).calls(60s, "r", "c2", "balance").output(60s, "c2").agent_speaks(61s, 1s);
  run.hang_up(70s, "caller");
  const PropertyResult answer = check(run, fresh);
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text == "the result of balance {} is 58.000 s old when it is spoken");
}

TEST_CASE("a selector that names no tool is told with the nearest name") {
  const PropertyResult answer = check(booked_twice(), Answered{"booking.creat"});
  CHECK(answer.names_no_tool);
  CHECK(answer.nearest == "booking.create");
  CHECK(answer.finding == "no tool 'booking.creat' (did you mean 'booking.create'?)");
  CHECK_FALSE(check(booked_twice(), Retries{.tool = "create", .max = 3}).names_no_tool);
  RunBuilder declared;
  declared.from_agent(0s, wire::session_update(R"({"tools": [{"type": "function", "name": "cancel"}]})"));
  CHECK_FALSE(check(declared, Answered{"cancel"}).names_no_tool);
}

}  // namespace
}  // namespace ringback::sim
