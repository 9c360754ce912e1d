#include "sim/faults/model_frame.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/base/utf8.h"
#include "src/wire/canonical_json.h"
#include "src/wire/realtime.h"

namespace ringback::sim {
namespace {

const wire::RealtimePlace kPlace{.event_id = "e", .response_id = "r", .item_id = "i"};
const Bytes kArguments = R"({"name":"Ada"})";

wire::RealtimeItem call_item() {
  return {.id = "i", .type = "function_call", .name = "lookup", .call_id = "c", .arguments = kArguments};
}

TEST_CASE("a corrupted frame keeps its length and is neither JSON nor broken UTF-8", "[model_frame]") {
  const Bytes text = R"({"delta":"grün","type":"response.output_text.delta"})";
  const RandomStream draws({.seed = 1, .domain = "fault", .entity = "f", .purpose = "corrupt"});
  for (std::uint64_t draw = 0; draw < 200; ++draw) {
    const CorruptText corrupted = corrupt_text(text, draws, draw);
    REQUIRE(corrupted.text.size() == text.size());
    REQUIRE(is_utf8(corrupted.text));
    REQUIRE_FALSE(wire::try_canonical_json(corrupted.text).has_value());
    REQUIRE(corrupted.text == corrupt_text(text, draws, draw).text);
  }
}

TEST_CASE("arguments are cut alike in deltas, in the end and in the item", "[model_frame]") {
  CutArguments cut;
  const auto first = with_cut_arguments(wire::function_call_arguments_delta(kPlace, "c", R"({"name":)").text, cut);
  const auto second = with_cut_arguments(wire::function_call_arguments_delta(kPlace, "c", R"("Ada"})").text, cut);
  const auto done = with_cut_arguments(wire::function_call_arguments_done(kPlace, "c", "lookup", kArguments).text, cut);
  const auto item = with_cut_arguments(wire::output_item_done(kPlace, call_item()).text, cut);
  const auto end = with_cut_arguments(wire::response_done("e", "r", "completed", "", {call_item()}).text, cut);
  CHECK(wire::parse_realtime(first.value()).delta == R"({"na)");
  CHECK(wire::parse_realtime(second.value()).delta.empty());
  CHECK(wire::parse_realtime(done.value()).arguments == R"({"na)");
  CHECK(wire::parse_realtime(item.value()).arguments == R"({"na)");
  CHECK(end.value().find(R"("arguments":"{\"na")") != Bytes::npos);
}

TEST_CASE("arguments that came without deltas are cut in their middle", "[model_frame]") {
  CutArguments cut;
  const auto done = with_cut_arguments(wire::function_call_arguments_done(kPlace, "c", "lookup", kArguments).text, cut);
  CHECK(wire::parse_realtime(done.value()).arguments == R"({"name")");
}

TEST_CASE("a function's name is replaced wherever a call is told of", "[model_frame]") {
  const auto done = with_unknown_tool(wire::function_call_arguments_done(kPlace, "c", "lookup", kArguments).text);
  CHECK(wire::parse_realtime(done.value()).name == kUnknownTool);
  CHECK(wire::parse_realtime(done.value()).arguments == kArguments);
  CHECK(wire::parse_realtime(with_unknown_tool(wire::output_item_added(kPlace, call_item()).text).value()).name ==
        kUnknownTool);
  const auto end = with_unknown_tool(wire::response_done("e", "r", "completed", "", {call_item()}).text);
  CHECK(end.value().find("lookup") == Bytes::npos);
}

TEST_CASE("frames without a call, and text that is no frame, are left alone", "[model_frame]") {
  CutArguments cut;
  for (const Bytes& text : {wire::text_delta(kPlace, "hello").text, Bytes("{}"), Bytes("[1]"), Bytes("{not json")}) {
    CHECK_FALSE(with_cut_arguments(text, cut).has_value());
    CHECK_FALSE(with_unknown_tool(text).has_value());
    CHECK_FALSE(response_mark(text).is_created);
  }
  CHECK(cut.empty());
}

TEST_CASE("a failed response and an error are frames with their code", "[model_frame]") {
  const wire::RealtimeFrame failed = wire::parse_realtime(failed_response("e", "resp_1", "rate_limit_exceeded"));
  CHECK(failed.type == wire::RealtimeType::response_done);
  CHECK(failed.response_id == "resp_1");
  CHECK(failed.status == "failed");
  CHECK(failed.code == "rate_limit_exceeded");
  const wire::RealtimeFrame error = wire::parse_realtime(error_frame("e", "server \"error\""));
  CHECK(error.type == wire::RealtimeType::error);
  CHECK(error.code == "server \"error\"");
}

}  // namespace
}  // namespace ringback::sim
