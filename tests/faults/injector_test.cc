#include "sim/faults/injector.h"

#include <algorithm>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tests/faults/crossings.h"
#include "tests/faults/overlays.h"

namespace ringback::sim {
namespace {

using Fate = LinkVerdict::Fate;
using trace::Direction;
using trace::EventKind;

trace::Response response_in(const LinkVerdict& verdict) {
  return trace::body_of<trace::Response>(verdict.replacement.value());
}

LinkVerdict judge_one(std::string_view faults, const Sent& sent) {
  const Schedule schedule = overlay(faults);
  return judge_all(schedule, 0, {sent}).at(0);
}

// What an agent is given: one letter a crossing: d delivered, - dropped, X closed.
std::string fates(std::string_view faults, const std::vector<Sent>& all) {
  const Schedule schedule = overlay(faults);
  std::string text;
  for (const LinkVerdict& verdict : judge_all(schedule, 0, all)) {
    text += verdict.fate == Fate::deliver ? 'd' : verdict.fate == Fate::drop ? '-' : 'X';
  }
  return text;
}

// --- tools ---

TEST_CASE("without faults everything is intact", "[injector]") {
  const Schedule schedule;
  Injector injector(schedule, 0);
  const LinkVerdict verdict = judge(injector, answer(1, "{}"));
  CHECK(verdict.intact());
  CHECK(verdict.acted.empty());
}

TEST_CASE("a body is replaced and its recorded length is not repeated", "[injector]") {
  const Sent sent = answer(1, R"({"name":"Ann"})");
  const LinkVerdict verdict = judge_one(R"(- {where: tool:ehr, do: {body: "{not-json"}})", sent);
  CHECK_FALSE(verdict.intact());
  CHECK(verdict.fate == Fate::deliver);
  const trace::Response response = response_in(verdict);
  CHECK(response.body == "{not-json");
  CHECK(response.status == 200);
  CHECK(response.headers == "X-Trace: 7\n");
  CHECK(verdict.replacement->exchange == 1);
  CHECK(verdict.replacement->channel == sent.event.channel);
  CHECK(verdict.replacement->direction == Direction::to_agent);
  CHECK(verdict.acted == std::vector<LinkVerdict::Acted>{{0, "9 bytes instead of 14"}});
}

TEST_CASE("a status brings a body of its own from 400 on, none at 204, and else keeps the recorded one", "[injector]") {
  const auto body_of_status = [](int status) {
    return response_in(judge_one(fmt::format("- {{where: tool:ehr, do: {{status: {}}}}}", status), answer(1, "{}")))
        .body;
  };
  CHECK(body_of_status(500) == R"({"error":{"status":500}})");
  CHECK(body_of_status(204).empty());
  CHECK(body_of_status(201) == "{}");
}

TEST_CASE("a status and a body compose, in either order", "[injector]") {
  const char* status = "- {where: tool:ehr, do: {status: 503}}";
  const char* body = "- {where: tool:ehr, do: {body: busy}}";
  for (const auto& faults : {fmt::format("{}\n{}", status, body), fmt::format("{}\n{}", body, status)}) {
    const LinkVerdict verdict = judge_one(faults, answer(1, "{}"));
    CHECK(response_in(verdict).status == 503);
    CHECK(response_in(verdict).body == "busy");
    CHECK(verdict.acted.size() == 2);
  }
}

TEST_CASE("malformed, wrong_schema, huge and unknown_tool write bodies", "[injector]") {
  const auto response = [](const char* action) {
    return response_in(judge_one(fmt::format("- {{where: tool:ehr, do: {}}}", action), answer(1, R"({"name":"Ann"})")));
  };
  CHECK(response("malformed").body == R"({"name")");
  CHECK(response("wrong_schema").body == R"([{"unexpected":true}])");
  CHECK(response("{huge: 2MB}").body.size() == 2'000'000);
  CHECK(response("unknown_tool").status == 404);
  CHECK(response("unknown_tool").body == R"({"error":{"code":"unknown_tool","message":"there is no tool ehr"}})");
}

TEST_CASE("the largest huge body makes an event that a trace takes, whatever the headers", "[injector]") {
  Sent sent = answer(1, "{}");
  trace::Response wide{.status = 200, .body = "{}", .headers = Bytes(1 << 20, 'h')};
  sent.event.body = trace::encode_body(wide);
  const LinkVerdict verdict = judge_one("- {where: tool:ehr, do: {huge: 16711680B}}", sent);
  CHECK(response_in(verdict).body.size() == 16'711'680);
  CHECK(verdict.replacement->body.size() <= trace::kBodyBytesMax);
}

TEST_CASE("a delay adds to another, and leaves the answer as it is", "[injector]") {
  const LinkVerdict verdict =
      judge_one("- {where: tool:*, do: {delay: 5s}}\n- {where: tool:ehr, do: {delay: 250ms}}", answer(1, "{}"));
  CHECK(verdict.delay == milliseconds(5'250));
  CHECK_FALSE(verdict.replacement.has_value());
  CHECK_FALSE(verdict.intact());
}

TEST_CASE("a timeout swallows the answer, and faults after it have nothing to act on", "[injector]") {
  const LinkVerdict verdict =
      judge_one("- {where: tool:ehr, do: timeout}\n- {where: tool:ehr, do: {status: 500}}", answer(1, "{}"));
  CHECK(verdict.fate == Fate::drop);
  CHECK_FALSE(verdict.replacement.has_value());
  CHECK(verdict.acted.size() == 1);
}

TEST_CASE("a partial answer is a connection closed after so many bytes", "[injector]") {
  const LinkVerdict verdict = judge_one("- {where: tool:ehr, do: {partial: {byte: 3}}}", answer(1, "{\"a\":1}"));
  REQUIRE(verdict.replacement.has_value());
  CHECK(verdict.replacement->kind == EventKind::failed);
  CHECK(trace::body_of<trace::Failed>(*verdict.replacement).reason == "closed after 3 bytes");
}

TEST_CASE("a partial answer needs a body that is longer", "[injector]") {
  const Schedule schedule = overlay("- {where: tool:ehr, do: {partial: {byte: 2}}}");
  Injector injector(schedule, 0);
  CHECK(judge(injector, answer(1, "{}")).intact());
  CHECK(injector.fired() == std::vector<std::uint64_t>{0});
}

TEST_CASE("a duplicate arrives twice, and two of them three times", "[injector]") {
  CHECK(judge_one("- {where: tool:ehr, do: duplicate}", answer(1, "{}")).copies == 2);
  CHECK(judge_one("- {where: tool:ehr, do: duplicate}\n- {where: tool:ehr, do: duplicate}", answer(1, "{}")).copies ==
        3);
}

TEST_CASE("an exchange that failed in the recording can be answered by a fault", "[injector]") {
  Sent failed = answer(1, "");
  failed.event = trace::make_event({.direction = Direction::to_agent, .exchange = 1}, trace::Failed{.reason = "reset"});
  CHECK(response_in(judge_one("- {where: tool:ehr, do: {body: hello}}", failed)).body == "hello");
  CHECK(judge_one("- {where: tool:ehr, do: {partial: {byte: 0}}}", failed).intact());
}

TEST_CASE("requests of the agent are left alone", "[injector]") {
  Sent request = answer(1, "");
  request.event =
      trace::make_event({.direction = Direction::from_agent, .exchange = 1}, trace::Request{.operation = "ehr"});
  CHECK(judge_one("- {where: tool:ehr, do: {body: hello}}", request).intact());
}

TEST_CASE("a call range picks calls of one concrete channel", "[injector]") {
  const std::vector<Sent> calls = {answer(1, "{}"), answer(2, "{}"), answer(1, "{}", "tool:crm"), answer(3, "{}"),
                                   answer(2, "{}", "tool:crm")};
  CHECK(fates("- {where: tool:*, at: {call: 2..3}, do: timeout}", calls) == "d-d--");
  CHECK(fates("- {where: tool:crm, at: {call: 2}, do: timeout}", calls) == "dddd-");
}

TEST_CASE("an occurrence counts over all channels of the selector", "[injector]") {
  const std::vector<Sent> calls = {answer(1, "{}"), answer(1, "{}", "tool:crm"), answer(2, "{}"),
                                   answer(2, "{}", "tool:crm")};
  CHECK(fates("- {where: tool:*, at: {occurrence: 2..3}, do: timeout}", calls) == "d--d");
  CHECK(fates("- {where: tool:*, at: {call: 2, occurrence: 2}, do: timeout}", calls) == "ddd-");
}

TEST_CASE("a time alone is the first answer from then on, once a channel; with a length it is a window", "[injector]") {
  std::vector<Sent> calls = {answer(1, "{}"), answer(2, "{}"), answer(3, "{}"), answer(1, "{}", "tool:crm"),
                             answer(4, "{}")};
  for (std::size_t i = 0; i < calls.size(); ++i) calls[i].at = VirtualTime() + seconds(static_cast<std::int64_t>(i));
  CHECK(fates("- {where: tool:*, at: {time: 1s}, do: timeout}", calls) == "d-d-d");
  CHECK(fates("- {where: tool:*, at: {time: 1s, for: 2s}, do: timeout}", calls) == "d--dd");
}

TEST_CASE("the pieces of a streamed body share the fate of their head", "[injector]") {
  Sent part = answer(1, "");
  part.event =
      trace::make_event({.direction = Direction::to_agent, .exchange = 1}, trace::ResponsePart{.body = "more"});
  CHECK(fates("- {where: tool:ehr, do: {body: all}}", {answer(1, ""), part}) == "d-");
  CHECK(fates("- {where: tool:ehr, do: timeout}", {answer(1, ""), part}) == "--");
  CHECK(fates("- {where: tool:ehr, at: {call: 2}, do: timeout}", {answer(1, ""), part}) == "dd");
  const Schedule late = overlay("- {where: tool:ehr, do: {delay: 1s}}");
  const std::vector<LinkVerdict> verdicts = judge_all(late, 0, {answer(1, ""), part});
  CHECK(verdicts[0].delay == seconds(1));
  CHECK(verdicts[1].delay == seconds(1));
}

// --- model stream ---

TEST_CASE("a cut takes the place of the token that it names", "[injector]") {
  const Schedule schedule = overlay("- {where: model, at: {response: 2, token: 2}, do: {cut: {code: 1011}}}");
  std::vector<Sent> all = response(1, 3);
  for (const Sent& sent : response(2, 3)) all.push_back(sent);
  const std::vector<LinkVerdict> verdicts = judge_all(schedule, 0, all);
  for (std::size_t i = 0; i < 7; ++i) CHECK(verdicts[i].intact());
  const LinkVerdict& cut = verdicts[7];
  CHECK(cut.fate == Fate::close);
  CHECK(cut.close_code == 1011);
  CHECK_FALSE(cut.deliver_before_close);
  CHECK(verdicts[8].intact());
}

TEST_CASE("a cut without a code and a reset close with 1006", "[injector]") {
  CHECK(judge_one("- {where: model, do: cut}", message(1, 1)).close_code == 1006);
  CHECK(judge_one("- {where: model, do: reset}", message(1, 1)).close_code == 1006);
}

TEST_CASE("an exchange is cut once", "[injector]") {
  CHECK(fates("- {where: model, at: {token: 1..}, do: cut}", response(1, 3)) == "dXddd");
}

TEST_CASE("events count within a response where one is named, else on the channel", "[injector]") {
  std::vector<Sent> all = response(1, 2);
  for (const Sent& sent : response(2, 2)) all.push_back(sent);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].event_number = i + 1;
  CHECK(fates("- {where: model, at: {response: 2, event: 3}, do: cut}", all) == "ddddddXd");
  CHECK(fates("- {where: model, at: {event: 3}, do: cut}", all) == "ddXddddd");
}

TEST_CASE("a byte counts from 0 over the messages of its response", "[injector]") {
  const std::vector<Sent> all = {message(1, 0, "0123456789"), message(1, 1, "0123456789"), message(2, 0, "0123456789")};
  CHECK(fates("- {where: model, at: {response: 1, byte: 9}, do: cut}", all) == "Xdd");
  CHECK(fates("- {where: model, at: {response: 1, byte: 10}, do: cut}", all) == "dXd");
  CHECK(fates("- {where: model, at: {response: 1, byte: 20}, do: cut}", all) == "ddd");
  CHECK(fates("- {where: model, at: {byte: 0}, do: cut}", all) == "XdX");
}

TEST_CASE("a cut that names a time is noticed by whoever sends first after it", "[injector]") {
  Sent from_agent = message(0, 0);
  from_agent.event.direction = Direction::from_agent;
  from_agent.at = VirtualTime() + seconds(2);
  Sent to_agent = message(0, 0);
  to_agent.at = VirtualTime() + seconds(3);
  CHECK(fates("- {where: model, at: {time: 1s}, do: cut}", {from_agent, to_agent}) == "Xd");
  CHECK(fates("- {where: model, at: {time: 3s}, do: cut}", {from_agent, to_agent}) == "dX");
  CHECK(fates("- {where: model, at: {time: 1s, for: 5s}, do: cut}", {from_agent, to_agent}) == "XX");
  CHECK(fates("- {where: model, at: {time: 1s, event: 1}, do: cut}", {from_agent, to_agent}) == "dX");
}

TEST_CASE("a stall lets so many tokens of the response through and nothing after", "[injector]") {
  std::vector<Sent> all = response(1, 4);
  all.push_back(message(0, 0));  // an event of no response
  for (const Sent& sent : response(2, 1)) all.push_back(sent);
  CHECK(fates("- {where: model, at: {response: 1}, do: {stall: {after: 2}}}", all) == "ddd---dddd");
  CHECK(fates("- {where: model, at: {response: 1}, do: stall}", all) == "------dddd");
  CHECK(fates("- {where: model, at: {response: 1, token: 4}, do: stall}", all) == "dddd--dddd");
  CHECK(fates("- {where: model, do: {stall: {after: 1}}}", all) == "dd----ddd-");
}

TEST_CASE("every event that a stall swallows is told", "[injector]") {
  const Schedule schedule = overlay("- {where: model, do: {stall: {after: 2}}}");
  Injector injector(schedule, 0);
  for (const Sent& sent : response(1, 4)) {
    const LinkVerdict verdict = judge(injector, sent);
    CHECK((verdict.fate == Fate::drop) == !verdict.acted.empty());
  }
  CHECK(injector.fired() == std::vector<std::uint64_t>{3});
}

TEST_CASE("a stream that stalled can still be cut", "[injector]") {
  const char* faults = "- {where: model, do: stall}\n- {where: model, at: {token: 2}, do: cut}";
  CHECK(fates(faults, response(1, 3)) == "--X--");
}

TEST_CASE("nothing acts on a stream event once the connection is closed", "[injector]") {
  const char* faults = "- {where: model, do: cut}\n- {where: model, do: {delay: 1s}}";
  const LinkVerdict verdict = judge_one(faults, message(1, 1));
  CHECK(verdict.fate == Fate::close);
  CHECK(verdict.delay == Duration());
}

TEST_CASE("a model can be late", "[injector]") {
  CHECK(judge_one("- {where: model, at: {response: 1}, do: {delay: 3s}}", message(1, 0)).delay == seconds(3));
  CHECK(judge_one("- {where: model, at: {response: 2}, do: {delay: 3s}}", message(1, 0)).intact());
}

// --- audio ---

const Sound kTelephone{};

Sent frame_of(std::uint64_t number, const Bytes& samples) {
  return {
      .channel = "caller.audio",
      .kind = trace::ChannelKind::audio,
      .event = trace::make_event({.channel = 1, .direction = Direction::to_agent}, trace::Audio{.samples = samples}),
      .at = VirtualTime() + milliseconds(20) * static_cast<std::int64_t>(number),
      .event_number = number + 1,
      .sound = &kTelephone,
      .first_sample = 160 * number};
}

TEST_CASE("silence takes the frames it names and keeps their length", "[injector]") {
  const Schedule schedule = overlay("- {where: caller.audio, at: {frame: 1..2}, do: silence}");
  const Bytes sound(160, 'a');
  const std::vector<LinkVerdict> verdicts =
      judge_all(schedule, 0, {frame_of(0, sound), frame_of(1, sound), frame_of(2, sound), frame_of(3, sound)});
  CHECK(verdicts[0].intact());
  CHECK(verdicts[3].intact());
  for (const std::size_t i : {1u, 2u}) {
    CHECK(trace::body_of<trace::Audio>(verdicts[i].replacement.value()).samples == Bytes(160, '\xff'));
    CHECK(verdicts[i].acted == std::vector<LinkVerdict::Acted>{{0, "160 of 160 samples"}});
  }
}

TEST_CASE("an event that lies partly in the window is partly silent", "[injector]") {
  const Schedule schedule = overlay("- {where: caller.audio, at: {time: 30ms, for: 5ms}, do: silence}");
  const std::vector<LinkVerdict> verdicts =
      judge_all(schedule, 0, {frame_of(0, Bytes(160, 'a')), frame_of(1, Bytes(160, 'a'))});
  CHECK(verdicts[0].intact());
  const Bytes expected = Bytes(80, 'a') + Bytes(40, '\xff') + Bytes(40, 'a');
  CHECK(trace::body_of<trace::Audio>(verdicts[1].replacement.value()).samples == expected);
}

TEST_CASE("two silences in one event add up", "[injector]") {
  const LinkVerdict verdict = judge_one(
      "- {where: caller.audio, at: {time: 0s, for: 5ms}, do: silence}\n- {where: caller.audio, at: {time: 10ms, for: "
      "10ms}, do: silence}",
      frame_of(0, Bytes(160, 'a')));
  const Bytes expected = Bytes(40, '\xff') + Bytes(40, 'a') + Bytes(80, '\xff');
  CHECK(trace::body_of<trace::Audio>(verdict.replacement.value()).samples == expected);
}

TEST_CASE("silence acts on the agent's own track too, and not on its transcript", "[injector]") {
  Sent spoken = frame_of(0, Bytes(160, 'a'));
  spoken.channel = "agent.audio";
  spoken.event.direction = Direction::from_agent;
  CHECK_FALSE(judge_one("- {where: agent.audio, do: silence}", spoken).intact());
  spoken.event = trace::make_event({.direction = Direction::from_agent}, trace::Text{.text = "hello"});
  CHECK(judge_one("- {where: agent.audio, do: silence}", spoken).intact());
}

// --- draws and determinism ---

std::vector<Sent> many_calls() {
  std::vector<Sent> calls;
  for (std::uint32_t call = 1; call <= 200; ++call) {
    calls.push_back(answer(call, "{}"));
    calls.push_back(answer(call, "{}", "tool:crm"));
  }
  return calls;
}

TEST_CASE("a fifth of the calls is about a fifth, other calls under another seed and on another channel",
          "[injector]") {
  const Schedule schedule = overlay("- {id: slow, where: tool:*, at: {probability: 1/5}, do: timeout}");
  const auto dropped = [&](Seed seed) {
    std::string text;
    for (const LinkVerdict& verdict : judge_all(schedule, seed, many_calls()))
      text += verdict.fate == Fate::drop ? '-' : 'd';
    return text;
  };
  const std::string first = dropped(1);
  const auto count = std::count(first.begin(), first.end(), '-');
  CHECK(count > 50);
  CHECK(count < 110);
  CHECK(first == dropped(1));
  CHECK(first != dropped(2));
  bool channels_differ = false;
  for (std::size_t i = 0; i < first.size(); i += 2) channels_differ = channels_differ || first[i] != first[i + 1];
  CHECK(channels_differ);
}

TEST_CASE("all events of an exchange share one draw", "[injector]") {
  std::vector<Sent> all;
  for (std::uint32_t number = 1; number <= 40; ++number) {
    for (const Sent& sent : response(number, 3)) all.push_back(sent);
  }
  const std::string text = fates("- {where: model, at: {probability: 1/2}, do: {stall: {after: 0}}}", all);
  std::size_t stalled = 0;
  for (std::size_t i = 0; i < text.size(); i += 5) {
    const std::string one = text.substr(i, 5);
    REQUIRE((one == "ddddd" || one == "-----"));
    stalled += one == "-----" ? 1 : 0;
  }
  CHECK(stalled > 8);
  CHECK(stalled < 32);
}

TEST_CASE("taking one fault away leaves every draw of the others as it was", "[injector]") {
  const bool held = rc::check([] {
    const auto seed = *rc::gen::arbitrary<Seed>();
    const auto count = *rc::gen::inRange<std::size_t>(2, 6);
    Schedule all;
    for (std::size_t i = 0; i < count; ++i) {
      all.faults.push_back({.id = fmt::format("f{}", i),
                            .where = "tool:*",
                            .at = {.probability = Ratio{1, 3}},
                            .action = {ActionName::delay, nanoseconds(std::int64_t{1} << i)}});
    }
    const auto removed = *rc::gen::inRange<std::size_t>(0, count);
    Schedule fewer = all;
    fewer.faults.erase(fewer.faults.begin() + static_cast<std::ptrdiff_t>(removed));
    const std::vector<LinkVerdict> before = judge_all(all, seed, many_calls());
    const std::vector<LinkVerdict> after = judge_all(fewer, seed, many_calls());
    const std::int64_t mask = ~(std::int64_t{1} << removed);
    for (std::size_t i = 0; i < before.size(); ++i) RC_ASSERT((before[i].delay.ns() & mask) == after[i].delay.ns());
  });
  REQUIRE(held);
}

TEST_CASE("the same crossings are judged twice in the same way", "[injector]") {
  const Schedule schedule = overlay(R"(- {where: tool:ehr, at: {probability: 1/3}, do: malformed}
- {where: tool:*, at: {probability: 1/4, occurrence: 2..9}, do: timeout}
- {where: tool:crm, at: {call: 3..}, do: {delay: 1s}}
- {where: model, at: {probability: 1/2}, do: {stall: {after: 1}}}
- {where: model, at: {response: 3, token: 2}, do: cut})");
  std::vector<Sent> all = many_calls();
  for (std::uint32_t number = 1; number <= 9; ++number) {
    for (const Sent& sent : response(number, 3)) all.push_back(sent);
  }
  const std::vector<LinkVerdict> once = judge_all(schedule, 7, all);
  CHECK(once == judge_all(schedule, 7, all));
  CHECK_FALSE(once == judge_all(schedule, 8, all));
}

TEST_CASE("fired counts the crossings on which a fault acted", "[injector]") {
  const Schedule schedule =
      overlay("- {where: tool:ehr, at: {call: 2..3}, do: malformed}\n- {where: tool:none, do: timeout}");
  Injector injector(schedule, 0);
  for (std::uint32_t call = 1; call <= 5; ++call) (void)judge(injector, answer(call, "{}"));
  CHECK(injector.fired() == std::vector<std::uint64_t>{2, 0});
}

TEST_CASE("an injector is not made for what this version cannot do", "[injector]") {
  const Schedule schedule = overlay("- {where: bus, do: stuck}");
  CHECK_THROWS_AS(Injector(schedule, 0), InternalError);
}

}  // namespace
}  // namespace ringback::sim
