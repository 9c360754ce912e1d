#include "src/formats/redact.h"

#include <catch2/catch.hpp>

namespace ringback::formats {
namespace {

const std::string kKey = "sk-" + std::string(24, 'a');

}  // namespace

TEST_CASE("headers that carry credentials are not kept, others are") {
  Redactor redactor;
  for (const char* secret : {"Authorization", "X-API-Key", "api-key", "Cookie", "set-cookie", "x-goog-api-key",
                             "X-Amz-Security-Token", "proxy-authorization", "openai-organization"}) {
    CHECK_FALSE(redactor.keeps_header(secret, "request"));
  }
  for (const char* plain : {"content-type", "x-ratelimit-limit-tokens", "x-request-id", "accept", "mcp-session-id",
                            "access-control-allow-credentials"}) {
    CHECK(redactor.keeps_header(plain, "request"));
  }
}

TEST_CASE("secrets in JSON are replaced at any depth, and everything else stays octet for octet") {
  Redactor redactor;
  CHECK(redactor.text(R"({ "api_key" : "abc", "token": "word", "max_tokens": 5,  "a":[{"Password":"p\"q"}] })") ==
        R"({ "api_key" : "removed", "token": "word", "max_tokens": 5,  "a":[{"Password":"removed"}] })");
  CHECK(redactor.text(R"({"password":{"type":"string"},"secret":""})") ==
        R"({"password":{"type":"string"},"secret":""})");
  CHECK(
      redactor.text(
          R"({"client_secret":{"value":"x","expires_at":1},"pin_password":12,"api_key":["a", "b"],"cookie":null})") ==
      R"({"client_secret":{"value":"removed","expires_at":1},"pin_password":"removed","api_key":["removed", "removed"],"cookie":null})");
  CHECK(redactor.text(R"({"api_key":"cut)") == R"({"api_key":"removed)");
  CHECK(redactor.text(R"({"secret":[{"secret":"x"}]})") == R"({"secret":[{"secret":"removed"}]})");
  CHECK(redactor.text(R"({"arguments":"{\"client_secret\": \"x\", \"n\": \"\u00e9\"}"})") ==
        R"({"arguments":"{\"client_secret\": \"removed\", \"n\": \"\\u00e9\"}"})");
  CHECK(redactor.text("data: {\"value\":\"" + kKey + "\"}\n\n") == "data: {\"value\":\"removed\"}\n\n");
  CHECK(redactor.summary() ==
        "a key sk-..., json field Password, json field api_key, json field client_secret, json field pin_password, "
        "json field secret");
}

TEST_CASE("texts that only look a little like keys stay") {
  Redactor redactor;
  for (const std::string text :
       {"a task-force-of-many-people-and-more", "sk-short", "\"cut", "eyJhbGciOi.eyJ", "AKIAabc"}) {
    CHECK(redactor.text(text) == text);
  }
  CHECK(redactor.summary().empty());
  CHECK(redactor.text("Bearer eyJhbGciOiJI.eyJzdWIiOiIx.abc-def.") == "Bearer removed.");
}

TEST_CASE("queries, forms and users of URLs are cleaned") {
  Redactor redactor;
  CHECK(redactor.url("https://u:p@h/x?key=1&alt=sse&key=#f") == "https://h/x?key=removed&alt=sse&key=#f");
  CHECK(redactor.url("https://h/a@b") == "https://h/a@b");
  CHECK(redactor.text("see https://u:p@h/x?sig=1\\u0026n=2, or http://h/?a=b and \"wss://h?token=t\"") ==
        "see https://h/x?sig=removed\\u0026n=2, or http://h/?a=b and \"wss://h?token=removed\"");
  CHECK(redactor.text("://?key=1 a://") == "://?key=1 a://");
  CHECK(redactor.form("grant=x&client_secret=y") == "grant=x&client_secret=removed");
}

}  // namespace ringback::formats
