#include "src/formats/scenario_realtime_session.h"

#include <algorithm>

#include <fmt/format.h>

#include "src/wire/json_text.h"

namespace ringback::formats {

std::vector<std::string> tokens_of(const std::string& text) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at + 1), text.size());
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

Bytes session_json(const Scenario& scenario, std::string_view id, std::optional<std::size_t> prompt) {
  Bytes tools;
  for (const ScenarioTool& tool : scenario.tools) {
    const bool is_of_it = tool.hands_over_to ? tool.hands_over_to != prompt : tool.prompt == prompt;
    if (!is_of_it) continue;
    wire::JsonObject object;
    object.text("type", "function").text("name", tool.function()).text("description", tool.description);
    object.raw("parameters", tool.parameters);
    if (!tools.empty()) tools += ',';
    tools += std::move(object).finish();
  }
  wire::JsonObject session;
  session.text("type", "realtime");
  if (!id.empty()) session.text("object", "realtime.session").text("id", id).text("model", scenario.model);
  session.text("instructions", prompt ? scenario.prompts[*prompt].instructions : scenario.instructions)
      .raw("output_modalities", R"(["audio"])");
  session.raw("audio", R"({"input":{"format":{"type":"audio/pcmu"},"transcription":{"model":"gpt-4o-mini-transcribe"},)"
                       R"("turn_detection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,)"
                       R"("silence_duration_ms":500,"create_response":true,"interrupt_response":true}},)"
                       R"("output":{"format":{"type":"audio/pcmu"},"voice":"marin"}})");
  session.raw("tools", fmt::format("[{}]", tools)).text("tool_choice", "auto");
  return std::move(session).finish();
}

}  // namespace ringback::formats
