#include "src/wire/completion.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"

namespace ringback::wire {
namespace {

using Kind = CompletionDelta::Kind;
using Role = ChatItem::Role;

constexpr CompletionProtocol kProtocols[] = {CompletionProtocol::openai_chat, CompletionProtocol::openai_responses,
                                             CompletionProtocol::anthropic_messages};

ChatItem answer_with_calls() {
  return {.role = Role::assistant,
          .text = "One moment,\nplease. \xC3\xA9",
          .calls = {{.id = "call_1", .name = "find", .arguments = R"({"name":"Ada \"L\" Åsa"})"},
                    {.id = "call_2", .name = "now", .arguments = "{}"}}};
}

ChatItem read_all(CompletionDecoder& decoder, const std::vector<CompletionPart>& parts, std::string& end) {
  ChatItem answer{.role = Role::assistant};
  const auto take = [&](const std::vector<CompletionDelta>& deltas) {
    for (const CompletionDelta& delta : deltas) {
      append(delta, answer);
      if (delta.kind == Kind::done) end = "done " + delta.reason;
      if (delta.kind == Kind::failed) end = fmt::format("failed {} {}", delta.status, delta.text);
    }
  };
  take(decoder.head(200, ""));
  for (const CompletionPart& part : parts) take(decoder.part(part.octets));
  take(decoder.finish());
  return answer;
}

TEST_CASE("a conversation that is written as a request is read back as it was", "[completion]") {
  const ChatRequest request{.items = {{.role = Role::system, .text = "Be \"kind\"."},
                                      {.role = Role::user, .text = "Hello\n"},
                                      answer_with_calls(),
                                      {.role = Role::tool, .text = R"({"id":7})", .call_id = "call_1"},
                                      {.role = Role::tool, .text = "noon", .call_id = "call_2"},
                                      {.role = Role::user, .text = "And?"}},
                            .settings = R"({"model":"m","stream":true})"};
  for (const CompletionProtocol protocol : kProtocols) {
    CAPTURE(name_of(protocol), build_chat_request(protocol, request));
    const ChatRequest again = parse_chat_request(protocol, build_chat_request(protocol, request));
    REQUIRE(again == request);
    REQUIRE(asks_for_stream(again));
  }
}

TEST_CASE("a made-up answer streams to what it says, and each of its tokens is one delta", "[completion]") {
  for (const CompletionProtocol protocol : kProtocols) {
    const std::vector<CompletionPart> parts =
        build_completion_stream(protocol, {.id = "a1", .model = "m"}, answer_with_calls());
    CompletionDecoder decoder(protocol);
    std::string end;
    REQUIRE(read_all(decoder, parts, end) == answer_with_calls());
    REQUIRE(end.starts_with("done"));
    REQUIRE(decoder.id() == "a1");
    CompletionDecoder again(protocol);
    for (const CompletionPart& part : parts) {
      const std::vector<CompletionDelta> deltas = again.part(part.octets);
      REQUIRE((!deltas.empty() && is_token(deltas.front())) == part.is_token);
    }
  }
}

TEST_CASE("an answer in one body says the same as its stream", "[completion]") {
  for (const CompletionProtocol protocol : kProtocols) {
    CompletionDecoder decoder(protocol);
    ChatItem answer;
    std::vector<CompletionDelta> deltas =
        decoder.head(200, build_completion(protocol, {.id = "a1", .model = "m"}, answer_with_calls()));
    for (const CompletionDelta& delta : deltas) append(delta, answer);
    REQUIRE(answer == answer_with_calls());
    REQUIRE(deltas.back().kind == Kind::done);
  }
}

TEST_CASE("octets may arrive in any pieces", "[completion]") {
  for (const CompletionProtocol protocol : kProtocols) {
    Bytes whole;
    for (const CompletionPart& part : build_completion_stream(protocol, {"a1", "m"}, answer_with_calls()))
      whole += part.octets;
    for (const std::size_t size : {1u, 7u, 64u}) {
      std::vector<CompletionPart> pieces;
      for (std::size_t at = 0; at < whole.size(); at += size) pieces.push_back({.octets = whole.substr(at, size)});
      CompletionDecoder decoder(protocol);
      std::string end;
      REQUIRE(read_all(decoder, pieces, end) == answer_with_calls());
    }
  }
}

TEST_CASE("an answer that is cut, refused or broken fails, and says so once", "[completion]") {
  for (const CompletionProtocol protocol : kProtocols) {
    const std::vector<CompletionPart> parts = build_completion_stream(protocol, {"a1", "m"}, answer_with_calls());
    std::string end;
    CompletionDecoder cut(protocol);
    read_all(cut, {parts.begin(), parts.begin() + 4}, end);
    REQUIRE(end == "failed 0 the stream ended early");

    CompletionDecoder refused(protocol);
    const std::vector<CompletionDelta> deltas =
        refused.head(429, build_completion_error(protocol, "rate_limit_exceeded", "slow down"));
    REQUIRE(deltas.size() == 1);
    REQUIRE(deltas[0].status == 429);
    REQUIRE(deltas[0].text.find("slow down") != Bytes::npos);
    REQUIRE(refused.finish().empty());

    CompletionDecoder broken(protocol);
    read_all(broken, {{.octets = "data: {not-json\n\n"}}, end);
    REQUIRE(end.starts_with("failed 0"));
    CompletionDecoder failed(protocol);
    read_all(failed, {parts[0], {.octets = build_stream_error(protocol, "overloaded_error", "busy")}}, end);
    REQUIRE(end.find("overloaded_error") != std::string::npos);
  }
}

TEST_CASE("what vendors do differently in chat chunks is understood", "[completion]") {
  CompletionDecoder decoder(CompletionProtocol::openai_chat);
  std::string end;
  const ChatItem answer = read_all(
      decoder,
      {{.octets = ": OPENROUTER PROCESSING\n\n"},
       // The whole call in one chunk; a continuation with an empty name; two calls at the same index.
       {.octets =
            R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}}]})"
            "\n\n"},
       {.octets =
            R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"","arguments":":1}"}}]}}]})"
            "\n\n"},
       {.octets =
            R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]})"
            "\n\n"},
       {.octets = R"(data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]})"
                  "\n\n"}},
      end);
  REQUIRE(answer.calls == std::vector<ChatCall>{{"a", "f", R"({"x":1})"}, {"b", "g", "{}"}});
  REQUIRE(end == "done tool_calls");
}

TEST_CASE("what an answer took is read as each vendor reports it", "[completion]") {
  const auto usage_of = [](CompletionProtocol protocol, const char* octets) {
    CompletionDecoder decoder(protocol);
    decoder.part(octets);
    return decoder.usage();
  };
  const CompletionUsage expected{.input_tokens = 120, .output_tokens = 7};
  REQUIRE(usage_of(CompletionProtocol::openai_chat,
                   "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":120,\"completion_tokens\":7}}\n\n") == expected);
  REQUIRE(usage_of(CompletionProtocol::openai_responses,
                   "data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":120,"
                   "\"output_tokens\":7}}}\n\n") == expected);
  REQUIRE(
      usage_of(CompletionProtocol::anthropic_messages,
               "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":120,\"output_tokens\":1}}}"
               "\n\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":7}}\n\n") == expected);
  REQUIRE_FALSE(usage_of(CompletionProtocol::openai_chat, "data: {\"choices\":[],\"usage\":null}\n\n").has_value());
  REQUIRE(usage_of(CompletionProtocol::openai_chat,
                   "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":-5,\"completion_tokens\":7e3}}\n\n")
              ->input_tokens == 0);
}

TEST_CASE("a request that is none says what is missing", "[completion]") {
  for (const CompletionProtocol protocol : kProtocols) {
    REQUIRE_THROWS_AS(parse_chat_request(protocol, "[]"), Error);
    REQUIRE_THROWS_AS(parse_chat_request(protocol, "{}"), Error);
    REQUIRE_THROWS_AS(parse_chat_request(protocol, R"({"messages":[{"role":"wizard"}],"input":[{"role":"wizard"}]})"),
                      Error);
  }
  Bytes deep = R"({"messages":[],"input":[],"x":)";
  for (int i = 0; i < 200; ++i) deep += '[';
  REQUIRE_THROWS_AS(parse_chat_request(CompletionProtocol::openai_chat, deep), Error);
}

}  // namespace
}  // namespace ringback::wire
