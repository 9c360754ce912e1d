#include "src/process/endpoints.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"

namespace ringback::process {
namespace {

using Kind = Destination::Kind;

const std::vector<trace::Channel> kChannels = {
    {.id = 1, .kind = trace::ChannelKind::caller, .name = "caller"},
    {.id = 2,
     .kind = trace::ChannelKind::model,
     .name = "model",
     .encoding = "openai-realtime",
     .url = "wss://api.openai.com/v1/realtime?model=gpt-realtime"},
    {.id = 3, .kind = trace::ChannelKind::tool, .name = "tool:ehr.lookup", .url = "https://ehr.example/v1/patients"},
    {.id = 4, .kind = trace::ChannelKind::tool, .name = "tool:crm.find"}};

Endpoint https(std::string host, std::string target) {
  return {.is_tls = true, .host = std::move(host), .port = 443, .target = std::move(target)};
}

}  // namespace

TEST_CASE("the channels' own addresses are found, whatever the query") {
  const Endpoints endpoints(kChannels, {});
  CHECK(endpoints.find(https("api.openai.com", "/v1/realtime?model=other")).kind == Kind::model);
  CHECK(endpoints.find(https("EHR.example", "/v1/patients?x=1")).channel == "tool:ehr.lookup");
  CHECK(endpoints.find(https("ehr.example", "/v1/patients/7")).kind == Kind::nobody);
  CHECK(endpoints.find({.is_tls = false, .host = "ehr.example", .port = 80, .target = "/v1/patients"}).kind ==
        Kind::nobody);
  CHECK(endpoints.reach("ehr.example", 443) == Reach::peers);
  CHECK(endpoints.reach("ehr.example", 80) == Reach::nobody);
  CHECK(endpoints.knows("ehr.example"));
  CHECK_FALSE(endpoints.knows("telemetry.example"));
}

TEST_CASE("a bind names an endpoint of its own, with what its path captures") {
  const sim::Schedule schedule{
      .binds = {{.channel = "tool:crm.find", .url = "http://crm.internal:8080/*/customers/{id}/orders/{order}"}},
      .sinks = {{.url = "https://*.telemetry.example/*"}}};
  const Endpoints endpoints(kChannels, schedule);
  const Destination found = endpoints.find(
      {.is_tls = false, .host = "crm.internal", .port = 8080, .target = "/api/v2/customers/a%20b/orders/9?deep=1"});
  CHECK(found.channel == "tool:crm.find");
  CHECK(found.captured == std::vector<std::pair<std::string, std::string>>{{"id", "a b"}, {"order", "9"}});
  CHECK(endpoints.find({.host = "crm.internal", .port = 8080, .target = "/api/customers/a/b/orders/9"}).kind ==
        Kind::nobody);
  CHECK(endpoints.reach("eu.telemetry.example", 443) == Reach::sink);
  CHECK(endpoints.find(https("eu.telemetry.example", "/v1/traces")).kind == Kind::sink);
}

TEST_CASE("arguments are the body, or an object of what path, query and body say") {
  const Destination plain;
  const Destination captured{.kind = Kind::tool, .channel = "tool:a", .captured = {{"id", "7"}}};
  CHECK(arguments_of(plain, "/a", R"({"x": 1})") == R"({"x": 1})");
  CHECK(arguments_of(plain, "/a", "") == "{}");
  CHECK(arguments_of(plain, "/a?name=Anna+B%2e&deep", "") == R"({"name":"Anna B.","deep":""})");
  CHECK(arguments_of(captured, "/a/7", "") == R"({"id":"7"})");
  CHECK(arguments_of(captured, "/a/7?v=1", R"({"v":2})") == R"({"id":"7","v":2})");
  CHECK(arguments_of(captured, "/a/7", "no json") == "no json");
  CHECK(arguments_of(plain, "/a?x=%zz%4", "") == R"({"x":"%zz%4"})");
}

TEST_CASE("a pattern that is no URL is told of with its place") {
  const auto message = [](const std::string& url) {
    try {
      const sim::Schedule schedule{.binds = {{.channel = "tool:a", .url = url, .mark = {"o.yaml", 3, 5}}}};
      const Endpoints endpoints({}, schedule);
      return std::string("no error");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(message("ehr.example/v1") == "o.yaml:3:5: expected a URL of http, https, ws or wss, found 'ehr.example/v1'");
  CHECK(message("https://a:99999/") ==
        "o.yaml:3:5: expected a port from 1 to 65535 in 'https://a:99999/', found '99999'");
  CHECK(message("https:///x") == "o.yaml:3:5: expected a host in 'https:///x', found none");
  CHECK(message("https://a") == "no error");
}

TEST_CASE("a hostile pattern of wildcards does not take for ever") {
  const sim::Schedule schedule{.binds = {{.channel = "tool:a", .url = "https://a/" + std::string(200, '*') + "b"}}};
  const Endpoints endpoints({}, schedule);
  CHECK(endpoints.find(https("a", "/" + std::string(2000, 'a'))).kind == Kind::nobody);
}

}  // namespace ringback::process
