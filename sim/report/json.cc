#include "sim/report/json.h"

#include "src/base/error.h"
#include "src/wire/json_text.h"

namespace ringback::sim {
namespace {

using wire::JsonObject;

template <class List, class Item>
Bytes array_of(const List& list, Item json_of) {
  Bytes out = "[";
  for (const auto& item : list) {
    if (out.size() > 1) out += ',';
    out += json_of(item);
  }
  return out + "]";
}

Bytes text_of(std::string_view text) {
  Bytes out;
  wire::append_json_string(text, out);
  return out;
}

Bytes ns_or_null(const std::optional<Duration>& value) { return value ? fmt::format("{}", value->ns()) : "null"; }

Bytes count_or_null(const std::optional<std::uint64_t>& value) { return value ? fmt::format("{}", *value) : "null"; }

Bytes evidence_json(const Evidence& evidence) {
  JsonObject object;
  object.number("at_ns", evidence.at.ns());
  // As `ringback cat` numbers events, from 1.
  object.raw("event", evidence.event ? fmt::format("{}", *evidence.event + 1) : "null");
  object.text("text", evidence.text);
  return std::move(object).finish();
}

Bytes property_json(const PropertyResult& answer) {
  JsonObject object;
  object.text("name", name_of(answer.property)).text("verdict", name_of(answer.verdict));
  object.raw("evidence", array_of(answer.evidence, evidence_json));
  object.text("limits", to_text(answer.property)).text("finding", answer.finding);
  object.text_or_null("condition", answer.condition);
  object.raw("rests_on_reaction", answer.rests_on_reaction ? "true" : "false");
  return std::move(object).finish();
}

Bytes metrics_json(const Metrics& metrics) {
  JsonObject object;
  object.raw("dead_air_max_ns", ns_or_null(metrics.dead_air_max));
  object.raw("first_audio_p95_ns", ns_or_null(metrics.first_audio_p95));
  object.raw("ftl_p95_ns", ns_or_null(metrics.ftl_p95));
  object.number("retries_max", static_cast<std::int64_t>(metrics.retries_max));
  object.number("identical_requests_max", static_cast<std::int64_t>(metrics.identical_requests_max));
  object.raw("recovery_max_ns", ns_or_null(metrics.recovery_max));
  object.raw("recovery_is_censored", metrics.recovery_is_censored ? "true" : "false");
  const auto stage = [&](Stage which) { return ns_or_null(metrics.stage_p95[static_cast<std::size_t>(which)]); };
  object.raw("end_of_turn_p95_ns", stage(Stage::end_of_turn)).raw("transcript_p95_ns", stage(Stage::transcript));
  object.raw("first_byte_p95_ns", stage(Stage::first_byte));
  object.raw("barge_in_max_ns", ns_or_null(metrics.barge_in_max));
  object.raw("talk_over_max_ns", ns_or_null(metrics.talk_over_max));
  object.raw("truncation_error_max_ns", ns_or_null(metrics.truncation_error_max));
  object.raw("underruns", count_or_null(metrics.underruns));
  object.number("retries_by_agent", static_cast<std::int64_t>(metrics.retries_by_agent));
  object.number("retries_by_sdk", static_cast<std::int64_t>(metrics.retries_by_sdk));
  object.number("retries_by_model", static_cast<std::int64_t>(metrics.retries_by_model));
  object.raw("input_tokens", count_or_null(metrics.input_tokens));
  object.raw("output_tokens", count_or_null(metrics.output_tokens));
  object.number("audio_in_ns", metrics.audio_in.ns()).number("audio_out_ns", metrics.audio_out.ns());
  return std::move(object).finish();
}

Bytes fault_json(const FaultOutcome& fault) {
  JsonObject object;
  object.text("id", fault.id).number("fired", static_cast<std::int64_t>(fault.fired));
  object.raw("may_stay_silent", fault.may_stay_silent ? "true" : "false");
  object.text_or_null("nearest", fault.nearest);
  return std::move(object).finish();
}

// All five, also those that gave no answer.
Bytes origins_json(const RunResult& result) {
  JsonObject object;
  for (const char* origin : {"recorded", "recorded-repeat", "recorded-other-args", "rule", "stub"}) {
    const auto count = result.origins.find(origin);
    object.number(origin, count == result.origins.end() ? 0 : static_cast<std::int64_t>(count->second));
  }
  return std::move(object).finish();
}

Bytes divergence_json(const std::optional<Divergence>& divergence) {
  if (!divergence) return "null";
  JsonObject object;
  object.number("at_ns", divergence->at.ns()).text("channel", divergence->channel).text("what", divergence->what);
  object.text("expected", divergence->expected).text("actual", divergence->actual).text("nearest", divergence->nearest);
  return std::move(object).finish();
}

Bytes stand_in_json(const StandIn& stand_in) {
  JsonObject object;
  object.text("channel", stand_in.channel).number("exchange", stand_in.exchange);
  object.number("due_ns", stand_in.due.ns()).text("reaction", name_of(stand_in.reaction));
  object.text("act", name_of(stand_in.act));
  return std::move(object).finish();
}

Bytes reaction_json(const ReactionRun& run) {
  JsonObject object;
  object.text("reaction", name_of(run.result.reaction)).text("digest", to_hex(run.result.digest));
  object.number("virtual_ns", run.result.end.ns()).text("ended_by", run.result.ended_by);
  object.raw("properties", array_of(run.properties, property_json));
  object.raw("metrics", metrics_json(run.metrics)).raw("origins", origins_json(run.result));
  object.raw("stand_ins", array_of(run.result.stand_ins, stand_in_json));
  return std::move(object).finish();
}

Bytes detector_json(const std::optional<DetectorFit>& fit) {
  if (!fit.has_value()) return "null";
  JsonObject object;
  object.number("turns", static_cast<std::int64_t>(fit->turns));
  object.number("error_median_ns", fit->error_median.ns()).number("error_worst_ns", fit->error_worst.ns());
  object.number("audible_level", static_cast<std::int64_t>(fit->options.audible_level));
  object.number("onset_ns", fit->options.onset.ns()).number("end_silence_ns", fit->options.end_silence.ns());
  object.number("onset_lag_ns", fit->onset_lag.ns()).number("end_lag_ns", fit->end_lag.ns());
  return std::move(object).finish();
}

std::string_view name_of(Verification verification) {
  switch (verification) {
    case Verification::not_checked:
      return "not-checked";
    case Verification::equal:
      return "equal";
    case Verification::differs:
      return "differs";
  }
  return "";
}

}  // namespace

std::string render_json(const Report& report) {
  const RunResult& result = report.result;
  JsonObject object;
  object.text("digest", to_hex(result.digest)).text("level", name_of(result.level));
  object.raw("taints", array_of(result.taints, text_of));
  // A seed has 64 bits without a sign.
  object.raw("seed", fmt::format("{}", result.seed));
  object.number("virtual_ns", result.end.ns());
  object.raw("wall_ns", report.wall_ns ? fmt::format("{}", *report.wall_ns) : "null");
  object.raw("properties", array_of(report.properties, property_json));
  object.raw("metrics", metrics_json(report.metrics));
  object.raw("faults", array_of(result.faults, fault_json));
  object.raw("origins", origins_json(result));
  object.raw("divergence", divergence_json(result.divergence));
  object.text("command", report.command);
  object.text("trace", report.trace).text("agent", report.agent);
  object.text("verification", name_of(report.verification));
  object.text("ended_by", result.ended_by);
  object.raw("agent_first_heard_ns",
             result.agent_first_heard ? fmt::format("{}", result.agent_first_heard->ns()) : "null");
  object.text("reaction", name_of(result.reaction));
  object.raw("stand_ins", array_of(result.stand_ins, stand_in_json));
  object.raw("reactions", report.reactions == nullptr ? "null" : array_of(*report.reactions, reaction_json));
  object.raw("detector", detector_json(result.detector));
  object.raw("notices", array_of(result.notices, text_of));
  return std::move(object).finish() + "\n";
}

}  // namespace ringback::sim
