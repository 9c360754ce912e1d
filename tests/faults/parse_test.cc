#include "sim/faults/parse.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "sim/faults/yaml_tree.h"
#include "src/base/random.h"
#include "tests/faults/any_schedule.h"
#include "tests/faults/overlays.h"

namespace ringback::sim {
namespace {

constexpr const char* kContract = R"(ringback: 1                       # schedule format version
faults:
  - id: ehr-malformed
    where: tool:ehr.lookup_patient   # channel selector; * is a wildcard
    at: {call: 1..5}              # which exchanges
    do: {body: "{not-json"}
  - id: cut-at-47
    where: model
    at: {response: 2, token: 47}
    do: {cut: {code: 1006}}
  - id: two-seconds-of-nothing
    where: caller.audio
    at: {time: 12.48s, for: 2s}
    do: silence
  - id: slow-crm
    where: tool:crm.*
    at: {probability: 1/5}        # drawn from the run's seed, per exchange
    do: {delay: 5s}
bind:                             # which endpoint of the agent is which tool (a trace that was captured knows this itself)
  - {channel: tool:ehr.lookup_patient, url: "https://ehr.example/v1/patients/*"}
answers:                          # rules for what the recording cannot answer
  - when: {channel: model, after_tool_error: ehr.lookup_patient}
    say: "I can't reach the records right now."
)";

std::string whole(std::string_view text) { return std::string(text); }

// A whole overlay from one fault, in flow style.
std::string fault_line(std::string_view inside) { return fmt::format("ringback: 1\nfaults:\n  - {{{}}}\n", inside); }

std::string action_line(std::string_view action) { return fault_line(fmt::format("where: x, do: {}", action)); }

std::string anchor_line(std::string_view anchor) {
  return fault_line(fmt::format("where: x, do: malformed, at: {{{}}}", anchor));
}

TEST_CASE("the example of the contract says what it says") {
  const Schedule schedule = parse_schedule("ehr.yaml", kContract);
  const Schedule expected{
      .faults = {{.id = "ehr-malformed",
                  .where = "tool:ehr.lookup_patient",
                  .at = {.call = IntegerRange{1, 5}},
                  .action = {ActionName::body, Bytes("{not-json")}},
                 {.id = "cut-at-47",
                  .where = "model",
                  .at = {.response = IntegerRange{2, 2}, .token = IntegerRange{47, 47}},
                  .action = {ActionName::cut, std::int64_t{1006}}},
                 {.id = "two-seconds-of-nothing",
                  .where = "caller.audio",
                  .at = {.time = VirtualTime() + milliseconds(12'480), .duration = seconds(2)},
                  .action = {ActionName::silence}},
                 {.id = "slow-crm",
                  .where = "tool:crm.*",
                  .at = {.probability = Ratio{1, 5}},
                  .action = {ActionName::delay, seconds(5)}}},
      .answers = {{.channel = "model",
                   .after_tool_error = "ehr.lookup_patient",
                   .say = "I can't reach the records right now."}},
      .binds = {{.channel = "tool:ehr.lookup_patient", .url = "https://ehr.example/v1/patients/*"}}};
  CHECK(schedule == expected);
  CHECK(place_of(schedule.faults[1].mark) == "ehr.yaml:7:5");
}

TEST_CASE("every action of the contract is read") {
  // Statements and no table: a long table of strings takes a compiler with sanitizers minutes.
  const auto reads = [](const char* text, const Action& action) {
    INFO(text);
    CHECK(parse_schedule("o.yaml", action_line(text)).faults.at(0).action == action);
  };
  reads("{status: 500}", {ActionName::status, std::int64_t{500}});
  reads("{body: \"\"}", {ActionName::body, Bytes()});
  reads("{body: \"null\"}", {ActionName::body, Bytes("null")});
  reads("malformed", {ActionName::malformed});
  reads("wrong_schema", {ActionName::wrong_schema});
  reads("{huge: 8MB}", {ActionName::huge, std::int64_t{8'000'000}});
  reads("{huge: 64KiB}", {ActionName::huge, std::int64_t{65'536}});
  reads("timeout", {ActionName::timeout});
  reads("{partial: {byte: 120}}", {ActionName::partial, std::int64_t{120}});
  reads("duplicate", {ActionName::duplicate});
  reads("unknown_tool", {ActionName::unknown_tool});
  reads("cut", {ActionName::cut});
  reads("{cut: {}}", {ActionName::cut});
  reads("reset", {ActionName::reset});
  reads("{stall: {after: 2}}", {ActionName::stall, std::int64_t{2}});
  reads("stall", {ActionName::stall});
  reads("{slow: {factor: 4}}", {ActionName::slow, Ratio{4, 1}});
  reads("corrupt", {ActionName::corrupt});
  reads("malformed_tool_call", {ActionName::malformed_tool_call});
  reads("unknown_tool_call", {ActionName::unknown_tool_call});
  reads("drop_event", {ActionName::drop_event});
  reads("duplicate_event", {ActionName::duplicate_event});
  reads("reorder", {ActionName::reorder});
  reads("rate_limit", {ActionName::rate_limit});
  reads("{error_event: {code: server_error}}", {ActionName::error_event, Bytes("server_error")});
  reads("silence", {ActionName::silence});
  reads("{garble: {snr_db: 0}}", {ActionName::garble, std::int64_t{0}});
  reads("{garble: {snr_db: -6}}", {ActionName::garble, std::int64_t{-6}});
  reads("{drop: 1/10}", {ActionName::drop, Ratio{1, 10}});
  reads("drop", {ActionName::drop});
  reads("{jitter: 60ms}", {ActionName::jitter, milliseconds(60)});
  reads("{delay: 400ms}", {ActionName::delay, milliseconds(400)});
  reads("clip", {ActionName::clip});
  reads("{dtmf: \"5\"}", {ActionName::dtmf, Bytes("5")});
  reads("half_open", {ActionName::half_open});
  reads("blackhole", {ActionName::blackhole});
  reads("{throttle: 2kB/s}", {ActionName::throttle, std::int64_t{2'000}});
  reads("drop_reply", {ActionName::drop_reply});
  reads("refuse", {ActionName::refuse});
  reads("dns_failure", {ActionName::dns_failure});
  reads("tls_failure", {ActionName::tls_failure});
  reads("{partition: {for: 10s}}", {ActionName::partition, seconds(10)});
  reads("lock_expiry", {ActionName::lock_expiry});
  reads("{failover: {lag: 1s}}", {ActionName::failover, seconds(1)});
  reads("stuck", {ActionName::stuck});
  reads("crash", {ActionName::crash});
  reads("oom", {ActionName::oom});
  reads("{pause: 3s}", {ActionName::pause, seconds(3)});
  reads("{restart_after: 5s}", {ActionName::restart_after, seconds(5)});
  reads("{cpu: {factor: 10}}", {ActionName::cpu, Ratio{10, 1}});
  reads("{clock_step: -1h}", {ActionName::clock_step, Duration() - seconds(3600)});
}

TEST_CASE("ranges have one number, two or an open end") {
  const auto call = [](std::string_view range) {
    return *parse_schedule("o.yaml", anchor_line(fmt::format("call: {}", range))).faults.at(0).at.call;
  };
  CHECK(call("3") == IntegerRange{3, 3});
  CHECK(call("1..5") == IntegerRange{1, 5});
  CHECK(call("2..") == IntegerRange{2, IntegerRange::kOpenEnd});
  CHECK(call("\"2..\"") == IntegerRange{2, IntegerRange::kOpenEnd});
}

TEST_CASE("arguments of a rule become JSON") {
  const Schedule schedule = parse_schedule("o.yaml", R"(ringback: 1
answers:
  - when:
      channel: tool:ehr
      call: 2..
      arguments: {id: 17, name: Ann, code: "17", list: [1, true, null, 01, "a\"b\n"], deep: {x: -1.5e3}}
    status: 404
    body: "{}"
    delay: 30ms
)");
  const AnswerRule& rule = schedule.answers.at(0);
  CHECK(rule.arguments ==
        R"({"id": 17,"name": "Ann","code": "17","list": [1,true,null,"01","a\"b\u000a"],"deep": {"x": -1.5e3}})");
  CHECK(rule.call == IntegerRange{2, IntegerRange::kOpenEnd});
  CHECK(rule.status == 404);
  CHECK(rule.body == Bytes("{}"));
  CHECK(rule.delay == milliseconds(30));
}

TEST_CASE("every mistake is answered with place, expected and found") {
  struct Row {
    std::string (*around)(std::string_view);
    const char* text;
    const char* message;
  };
  const Row rows[] = {
      {whole, "", "o.yaml:1:1: expected an overlay with ringback, faults, bind, sink, answers, found nothing"},
      {whole, "# only a comment\n",
       "o.yaml:1:1: expected an overlay with ringback, faults, bind, sink, answers, found nothing"},
      {whole, "- 1", "o.yaml:1:1: expected an overlay with ringback, faults, bind, sink, answers, found a list"},
      {whole, "faults: []", "o.yaml:1:1: expected 'ringback: 1', the version of this format, found none"},
      {whole, "ringback: 2", "o.yaml:1:11: expected version 1 of this format, found '2'"},
      {whole, "ringback: 1\nfault: []",
       "o.yaml:2:1: expected a key of an overlay (ringback, faults, bind, sink, answers), found 'fault' (did you mean "
       "'faults'?)"},
      {whole, "ringback: 1\nfaults: []\nfaults: []", "o.yaml:3:1: expected each key once, found 'faults' again"},
      {whole, "ringback: 1\nfaults: {}", "o.yaml:2:9: expected a list of faults, found a map"},
      {whole, "ringback: 1\n---\nringback: 1", "o.yaml:3:1: expected one document, found another"},
      {whole, "ringback: 1\n[1]: 2", "o.yaml:2:1: expected a key, which is text, found a list"},
      {whole, "ringback: &v 1",
       "o.yaml:1:11: expected a value, found an anchor (text that begins with & stands in quotes)"},
      {whole, "ringback: !!int 1", "o.yaml:1:11: expected a value without a tag, found 'tag:yaml.org,2002:int'"},
      {fault_line, "do: malformed", "o.yaml:3:5: expected 'where' in a fault, found none"},
      {fault_line, "where: x", "o.yaml:3:5: expected 'do' in a fault, found none"},
      {fault_line, "where: \"\", do: cut", "o.yaml:3:13: expected a channel selector of 1 to 255 octets, found ''"},
      {fault_line, "where: x, do: cut, optional: maybe",
       "o.yaml:3:35: expected `optional`, true or false, found 'maybe'"},
      {fault_line, "where: x, do: cut, on: 1",
       "o.yaml:3:25: expected a key of a fault (id, where, at, do, optional), found 'on'"},
      {whole, "ringback: 1\nfaults:\n  - {id: a, where: x, do: cut}\n  - {id: a, where: y, do: cut}\n",
       "o.yaml:4:5: expected an id of its own, found 'a', which stands at o.yaml:3:5 too"},
      {action_line, "malformd", "o.yaml:3:20: expected an action, found 'malformd' (did you mean 'malformed'?)"},
      {action_line, "{tiemout: 3}", "o.yaml:3:21: expected an action, found 'tiemout' (did you mean 'timeout'?)"},
      {action_line, "{malformed: 3}", "o.yaml:3:21: expected 'malformed' alone, found an argument"},
      {action_line, "delay", "o.yaml:3:20: expected 'delay' with its argument, found none"},
      {action_line, "{cut: {code: 1006}, stall: {after: 2}}",
       "o.yaml:3:20: expected one action, or one action with its argument, found a map"},
      {action_line, "{status: 700}", "o.yaml:3:29: expected a status (200 to 599), found '700'"},
      {action_line, "{status: 5e2}", "o.yaml:3:29: expected a status (200 to 599), found '5e2'"},
      {action_line, "{body: }", "o.yaml:3:27: expected a body, in quotes where it is empty or null, found nothing"},
      {action_line, "{huge: 20MB}",
       "o.yaml:3:27: expected a size (2 to 16711680) with its unit, such as 8MB, found '20MB'"},
      {action_line, "{huge: 8}", "o.yaml:3:27: expected a size (2 to 16711680) with its unit, such as 8MB, found '8'"},
      {action_line, "{huge: 8Mb}",
       "o.yaml:3:27: expected a size (2 to 16711680) with its unit, such as 8MB, found '8Mb'"},
      {action_line, "{huge: 99999999999999999MB}",
       "o.yaml:3:27: expected a size (2 to 16711680) with its unit, such as 8MB, found '99999999999999999MB'"},
      {action_line, "{partial: {}}", "o.yaml:3:30: expected 'byte' in `partial`, found none"},
      {action_line, "{partial: 120}", "o.yaml:3:30: expected `partial` with byte, found '120'"},
      {action_line, "{cut: {cod: 1006}}",
       "o.yaml:3:27: expected a key of `cut` (code), found 'cod' (did you mean 'code'?)"},
      {action_line, "{cut: {code: 1}}", "o.yaml:3:33: expected `code` of `cut` (1000 to 4999), found '1'"},
      {action_line, "{stall: {after: -1}}", "o.yaml:3:36: expected `after` of `stall` (at least 0), found '-1'"},
      {action_line, "{delay: 5}", "o.yaml:3:28: expected a time such as 12.48s, 250ms or 40us, found '5'"},
      {action_line, "{delay: 0s}", "o.yaml:3:28: expected a duration above 0, found '0s'"},
      {action_line, "{delay: 101h}", "o.yaml:3:28: expected a time of at most 100h, found '101h'"},
      {action_line, "{drop: 3/2}", "o.yaml:3:27: expected a ratio from 0 to 1 such as 1/5, found '3/2'"},
      {action_line, "{slow: {factor: 0}}", "o.yaml:3:36: expected a factor above 0 such as 4 or 3/2, found '0'"},
      {action_line, "{slow: {factor: 1/2}}", "o.yaml:3:5: expected a factor of at least 1, found 1/2"},
      {action_line, "{cpu: {factor: 4294967296}}",
       "o.yaml:3:5: expected a factor of numbers up to 4294967295, found 4294967296/1"},
      {action_line, "{dtmf: \"12\"}", "o.yaml:3:5: expected one key of 0-9 * # A-D, found '12'"},
      {action_line, "{dtmf: x}", "o.yaml:3:5: expected one key of 0-9 * # A-D, found 'x'"},
      {action_line, "{throttle: 2kB}", "o.yaml:3:31: expected a rate (at least 1) such as 2kB/s, found '2kB'"},
      {action_line, "*x", "o.yaml:3:20: expected YAML, found: the referenced anchor is not defined"},
      {anchor_line, "call: 0", "o.yaml:3:42: expected a call such as 3, 1..5 or 2.., counted from 1, found '0'"},
      {anchor_line, "call: 5..1", "o.yaml:3:42: expected a call such as 3, 1..5 or 2.., counted from 1, found '5..1'"},
      {anchor_line, "call: 1...5",
       "o.yaml:3:42: expected a call such as 3, 1..5 or 2.., counted from 1, found '1...5'"},
      {anchor_line, "call: ..5", "o.yaml:3:42: expected a call such as 3, 1..5 or 2.., counted from 1, found '..5'"},
      {anchor_line, "call: 99999999999999999999",
       "o.yaml:3:42: expected a call such as 3, 1..5 or 2.., counted from 1, found '99999999999999999999'"},
      {anchor_line, "frame: x", "o.yaml:3:43: expected a frame such as 2, 0..5 or 2.., counted from 0, found 'x'"},
      {anchor_line, "probability: 0.2", "o.yaml:3:49: expected a ratio from 0 to 1 such as 1/5, found '0.2'"},
      {anchor_line, "probability: 1/0", "o.yaml:3:49: expected a ratio from 0 to 1 such as 1/5, found '1/0'"},
      {anchor_line, "for: 2s", "o.yaml:3:41: expected `time` beside `for`, found none"},
      {anchor_line, "tokn: 2",
       "o.yaml:3:36: expected a key of `at` (call, response, event, token, byte, frame, time, for, probability, "
       "occurrence), "
       "found 'tokn' (did you mean 'token'?)"},
      {fault_line, "where: x, at: {time: 1s}, do: silence",
       "o.yaml:3:5: expected `for` beside `time`, how long the silence lasts, found none"},
      {fault_line, "where: x, at: {token: 1}, do: {stall: {after: 2}}",
       "o.yaml:3:5: expected where the stall begins once, found `after` and a token, event or byte"},
      {whole, "ringback: 1\nanswers:\n  - {when: {channel: m}}",
       "o.yaml:3:5: expected in an answer either `say`, or `body` or `status`, found none"},
      {whole, "ringback: 1\nanswers:\n  - {when: {channel: m}, say: a, body: b}",
       "o.yaml:3:5: expected in an answer either `say`, or `body` or `status`, found both"},
      {whole, "ringback: 1\nbind:\n  - {channel: m}", "o.yaml:3:5: expected 'url' in a bind, found none"},
  };
  for (const Row& row : rows) {
    const std::string text = row.around(row.text);
    INFO(text);
    CHECK_THAT(complaint(text), Catch::Equals(row.message));
  }
}

TEST_CASE("text that is not YAML is answered with its place") {
  for (const char* text :
       {"ringback: [1", "ringback: 1\n\tfaults: []", "{", "\"", "ringback: 1\n  faults: []\n bind: []", "a: b: c"}) {
    INFO(text);
    CHECK_THAT(complaint(text), Catch::Matches("o\\.yaml:[0-9]+:[0-9]+: expected .*, found.*"));
  }
}

TEST_CASE("octets that are no UTF-8 are refused with their line, not replaced") {
  CHECK_THAT(complaint("ringback: 1\n# \xff\n"),
             Catch::Equals("o.yaml:2:1: expected UTF-8, found other octets in this line"));
  CHECK(complaint("ringback: 1\n# \u65e5").empty());
}

TEST_CASE("a long stranger's text is not repeated whole, nor over several lines") {
  const std::string message =
      complaint(action_line(fmt::format("\"{}\\n{}\"", std::string(20, 'a'), std::string(500, 'b'))));
  CHECK(message.size() < 200);
  CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("a file may have 1 MiB and not an octet more") {
  std::string text = "ringback: 1\n#";
  text.resize(kYamlBytesMax, ' ');
  CHECK(complaint(text).empty());
  text += ' ';
  CHECK_THAT(complaint(text), Catch::Equals("o.yaml:1:1: expected at most 1048576 octets, found 1048577"));
}

TEST_CASE("values nest 16 deep and not deeper") {
  const auto nested = [](int depth) {
    // The map, `answers`, the answer, `when` and `arguments` are five.
    const std::string brackets(static_cast<std::size_t>(depth - 5), '[');
    const std::string closing(brackets.size(), ']');
    return fmt::format("ringback: 1\nanswers: [{{when: {{channel: m, arguments: {{x: {}{}}}}}, say: a}}]", brackets,
                       closing);
  };
  CHECK(complaint(nested(kYamlDepthMax)).empty());
  CHECK_THAT(complaint(nested(kYamlDepthMax + 1)),
             Catch::Contains("expected at most 16 maps and lists inside one another, found one more"));
  CHECK_THAT(complaint(std::string(200'000, '[')), Catch::Contains("expected at most 16 maps and lists"));
}

TEST_CASE("a map has 1,000 keys and not more") {
  const auto with_keys = [](std::size_t count) {
    std::string keys;
    for (std::size_t i = 0; i < count; ++i) keys += fmt::format("k{}: 1, ", i);
    return fmt::format("ringback: 1\nanswers: [{{when: {{channel: m, arguments: {{{}}}}}, say: a}}]", keys);
  };
  CHECK(complaint(with_keys(kYamlKeysMax)).empty());
  CHECK_THAT(complaint(with_keys(kYamlKeysMax + 1)), Catch::Contains("expected at most 1000 keys in a map"));
}

TEST_CASE("an overlay has 10,000 faults and not more") {
  const auto with_faults = [](std::size_t count) {
    std::string text = "ringback: 1\nfaults:\n";
    for (std::size_t i = 0; i < count; ++i) text += "- {where: m, do: cut}\n";
    return text;
  };
  CHECK(complaint(with_faults(kFaultsMax)).empty());
  CHECK_THAT(complaint(with_faults(kFaultsMax + 1)),
             Catch::Equals("o.yaml:3:1: expected at most 10000 faults, found 10001"));
}

TEST_CASE("a document that would expand to gigabytes is refused at its first anchor") {
  const char* bomb =
      "ringback: 1\na: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n";
  CHECK_THAT(complaint(bomb), Catch::Contains("o.yaml:2:4: expected a value, found an anchor"));
}

TEST_CASE("a schedule is read back from its text as the same schedule") {
  const bool held = rc::check([] {
    const Schedule schedule = draw_schedule();
    const std::string text = to_yaml(schedule);
    RC_LOG(text);
    RC_ASSERT(parse_schedule("printed.yaml", text) == schedule);
  });
  REQUIRE(held);
}

TEST_CASE("a damaged overlay is a schedule or one line of complaint") {
  const RandomStream damage({.seed = 0, .domain = "test", .entity = "parse", .purpose = "damage"});
  const std::string whole = kContract;
  std::size_t refused = 0;
  for (std::uint64_t i = 0; i < 4'000; ++i) {
    std::string text = whole;
    const std::size_t place = damage.below(4 * i, text.size());
    const char octet = static_cast<char>(damage.bits(4 * i + 1));
    switch (damage.below(4 * i + 2, 4)) {
      case 0:
        text[place] = octet;
        break;
      case 1:
        text.erase(place, 1 + damage.below(4 * i + 3, 20));
        break;
      case 2:
        text.insert(place, 1, octet);
        break;
      default:
        text.resize(place);
        break;
    }
    const std::string message = complaint(text);
    if (message.empty()) continue;
    ++refused;
    INFO(text);
    REQUIRE(message.find('\n') == std::string::npos);
    REQUIRE(message.starts_with("o.yaml:"));
  }
  CHECK(refused > 1'000);
}

}  // namespace
}  // namespace ringback::sim
