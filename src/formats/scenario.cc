#include "src/formats/scenario.h"

#include <initializer_list>

#include <yaml-cpp/yaml.h>

#include "src/base/error.h"
#include "src/base/suggest.h"
#include "src/formats/yaml_json.h"
#include "src/wire/completion.h"

namespace ringback::formats {

namespace {

using Keys = std::vector<std::string_view>;

// A map of the script whose keys are checked, with typed access to its members.
class Table {
 public:
  Table(std::string_view name, const YAML::Node& node, std::string_view what, const Keys& keys)
      : name_(name), node_(node) {
    if (!node.IsMap()) fail("{}: expected {} with keys and values", place_of(name, node), what);
    for (const auto& member : node) {
      const std::string& key = member.first.IsScalar() ? member.first.Scalar() : std::string();
      bool is_known = false;
      for (const std::string_view known : keys) is_known = is_known || known == key;
      if (is_known) continue;
      const std::string nearest = nearest_word(key, keys);
      fail("{}: {} has no key \"{}\"{}", place_of(name, member.first), what, key,
           nearest.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", nearest));
    }
  }

  bool has(const char* key) const { return node_[key].IsDefined(); }
  YAML::Node member(const char* key) const { return node_[key]; }
  int line() const { return node_.Mark().line + 1; }

  std::string text(const char* key, const std::string& otherwise) const {
    const YAML::Node value = node_[key];
    if (!value.IsDefined()) return otherwise;
    if (!value.IsScalar()) fail("{}: expected text for \"{}\"", place_of(name_, value), key);
    return value.Scalar();
  }

  Duration duration(const char* key, Duration otherwise) const {
    const YAML::Node value = node_[key];
    if (!value.IsDefined()) return otherwise;
    if (!value.IsScalar()) fail("{}: expected a time such as 700ms for \"{}\"", place_of(name_, value), key);
    const Duration parsed = parse_duration(value.Scalar(), fmt::format("{}: \"{}\"", place_of(name_, value), key));
    if (parsed < Duration() || parsed > kScenarioCallMax) {
      fail("{}: expected \"{}\" from 0s to {}, found {}", place_of(name_, value), key, to_text(kScenarioCallMax),
           value.Scalar());
    }
    return parsed;
  }

  struct Range {
    int min = 0;
    int max = 0;
  };
  int integer(const char* key, int otherwise, Range range) const {
    const YAML::Node value = node_[key];
    if (!value.IsDefined()) return otherwise;
    int parsed = 0;
    if (!value.IsScalar() || !YAML::convert<int>::decode(value, parsed) || parsed < range.min || parsed > range.max) {
      fail("{}: expected a whole number from {} to {} for \"{}\"", place_of(name_, value), range.min, range.max, key);
    }
    return parsed;
  }

  bool flag(const char* key) const {
    const YAML::Node value = node_[key];
    bool parsed = false;
    if (value.IsDefined() && !YAML::convert<bool>::decode(value, parsed)) {
      fail("{}: expected true or false for \"{}\"", place_of(name_, value), key);
    }
    return parsed;
  }

  Bytes json(const char* key, const Bytes& otherwise) const {
    const YAML::Node value = node_[key];
    return value.IsDefined() ? json_of_yaml(name_, value) : otherwise;
  }

 private:
  std::string_view name_;
  YAML::Node node_;
};

ScenarioVoice read_voice(std::string_view name, const YAML::Node& node, ScenarioVoice voice) {
  const Table table(name, node, "a voice", {"voice", "speed", "pitch"});
  voice.name = table.text("voice", voice.name);
  voice.words_per_minute = table.integer("speed", voice.words_per_minute, {.min = 80, .max = 400});
  voice.pitch = table.integer("pitch", voice.pitch, {.min = 0, .max = 99});
  return voice;
}

ScenarioTool read_tool(std::string_view name, const YAML::Node& node) {
  const Table table(name, node, "a tool", {"name", "description", "parameters", "url", "prompt"});
  ScenarioTool tool;
  tool.name = table.text("name", "");
  if (tool.name.empty() || tool.name.size() > 200 || tool.function().empty()) {
    fail("{}: expected the tool's \"name\", such as ehr.lookup_patient", place_of(name, node));
  }
  tool.description = table.text("description", "");
  tool.parameters = table.json("parameters", R"({"type":"object","properties":{}})");
  tool.url = table.text("url", "");
  return tool;
}

ScenarioPrompt read_prompt(std::string_view name, const YAML::Node& node) {
  const Table table(name, node, "a prompt", {"name", "instructions"});
  ScenarioPrompt prompt{.name = table.text("name", ""), .instructions = table.text("instructions", "")};
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
  if (prompt.name.empty() || prompt.name.size() > 40 || prompt.name.find_first_not_of(kAllowed) != std::string::npos) {
    fail("{}: expected the prompt's \"name\": lower-case letters, digits and _, such as billing", place_of(name, node));
  }
  return prompt;
}

// Who hands over calls a function of its own; each prompt but the addressee's has it.
ScenarioTool transfer_to(const Scenario& scenario, std::size_t prompt) {
  const std::string& addressee = scenario.prompts[prompt].name;
  return {.name = "transfer_to_" + addressee,
          .description = fmt::format("Hands the call over to {}.", addressee),
          .parameters = R"({"type":"object","properties":{}})",
          .hands_over_to = prompt};
}

std::size_t find_prompt(std::string_view name, const Table& table, const char* key, const Scenario& scenario) {
  const std::string wanted = table.text(key, "");
  Keys known;
  for (std::size_t i = 0; i < scenario.prompts.size(); ++i) {
    if (scenario.prompts[i].name == wanted) return i;
    known.push_back(scenario.prompts[i].name);
  }
  const std::string nearest = nearest_word(wanted, known);
  fail("{}: line {}: no prompt \"{}\" under prompts:{}", name, table.line(), wanted,
       nearest.empty() ? std::string() : fmt::format(" did you mean {}?", nearest));
}

std::string spoken_text(std::string_view name, const Table& table, const char* key) {
  std::string text = table.text(key, "");
  while (text.ends_with('\n')) text.pop_back();
  if (text.empty() || text.size() > kScenarioLineBytesMax) {
    fail("{}: line {}: expected 1 to {} bytes to say, found {}", name, table.line(), kScenarioLineBytesMax,
         text.size());
  }
  return text;
}

std::string read_keys(std::string_view name, const Table& table) {
  std::string keys = table.text("keys", "");
  if (keys.empty() || keys.size() > kScenarioKeysMax ||
      keys.find_first_not_of("0123456789*#ABCD") != std::string::npos) {
    fail("{}: line {}: expected 1 to {} keys (0-9 * # A-D), found \"{}\"", name, table.line(), kScenarioKeysMax, keys);
  }
  return keys;
}

// A string is the body itself, anything else is its JSON.
Bytes read_result(const Table& table) {
  const YAML::Node result = table.member("result");
  if (result.IsDefined() && result.IsScalar() && result.Tag() == "!") return result.Scalar();
  return table.json("result", "{}");
}

ScenarioStep read_step(std::string_view name, const YAML::Node& node, const Scenario& scenario) {
  const Table table(name, node, "a step",
                    {"agent", "caller", "keys", "tool", "hand_over", "hang_up", "after", "at", "interrupts", "latency",
                     "arguments", "result", "status", "attempts", "backoff", "gives_up"});
  int kinds = 0;
  for (const char* kind : {"agent", "caller", "keys", "tool", "hand_over", "hang_up"}) kinds += table.has(kind);
  if (kinds != 1) {
    fail("{}: expected one of agent, caller, keys, tool, hand_over and hang_up in a step, found {}",
         place_of(name, node), kinds);
  }
  ScenarioStep step;
  step.line = table.line();
  const auto only = [&](const char* key, bool is_allowed, const char* where) {
    if (table.has(key) && !is_allowed) fail("{}: \"{}\" belongs to {}", place_of(name, node), key, where);
  };
  const bool is_caller = table.has("caller") || table.has("keys");
  const bool is_tool = table.has("tool");
  only("after", is_caller || table.has("hang_up"), "a caller's line, keys or a hang_up");
  only("at", is_caller, "a caller's line or keys");
  only("interrupts", is_caller, "a caller's line or keys");
  only("latency", is_tool || table.has("agent"), "an agent's line or a tool");
  for (const char* key : {"arguments", "result", "status", "attempts", "backoff", "gives_up"}) {
    only(key, is_tool, "a tool");
  }
  if (table.has("after") + table.has("at") + table.has("interrupts") > 1) {
    fail("{}: expected one of after, at and interrupts", place_of(name, node));
  }
  if (table.has("agent")) {
    step.kind = ScenarioStep::Kind::agent;
    step.text = spoken_text(name, table, "agent");
    step.latency = table.duration("latency", milliseconds(500));
  } else if (is_caller) {
    const bool speaks = table.has("caller");
    step.kind = speaks ? ScenarioStep::Kind::caller : ScenarioStep::Kind::keys;
    step.text = speaks ? spoken_text(name, table, "caller") : read_keys(name, table);
    if (table.has("at")) step.at = table.duration("at", {});
    if (table.has("interrupts")) step.interrupts = table.duration("interrupts", {});
  } else if (is_tool) {
    step.kind = ScenarioStep::Kind::tool;
    step.text = table.text("tool", "");
    step.arguments = table.json("arguments", "{}");
    step.result = read_result(table);
    step.status = table.integer("status", 200, {.min = 100, .max = 599});
    step.latency = table.duration("latency", milliseconds(400));
    step.attempts = table.integer("attempts", 1, {.min = 1, .max = 100});
    step.backoff = table.duration("backoff", step.backoff);
    step.gives_up = table.flag("gives_up");
  } else if (table.has("hand_over")) {
    const std::size_t prompt = find_prompt(name, table, "hand_over", scenario);
    step.kind = ScenarioStep::Kind::tool;
    step.text = transfer_to(scenario, prompt).name;
    step.arguments = "{}";
    step.result = fmt::format(R"({{"transferred_to":"{}"}})", scenario.prompts[prompt].name);
  } else {
    step.kind = ScenarioStep::Kind::hang_up;
    step.text = table.text("hang_up", "");
    if (step.text != "caller" && step.text != "agent") {
      fail("{}: expected hang_up: caller or hang_up: agent, found \"{}\"", place_of(name, node), step.text);
    }
  }
  step.after = table.duration("after", step.after);
  return step;
}

// The model knows a tool by its function's name, and the trace by its own.
std::vector<ScenarioTool> read_tools(std::string_view name, const YAML::Node& list) {
  std::vector<ScenarioTool> tools;
  if (!list.IsDefined() || list.IsNull()) return tools;
  if (!list.IsSequence() || list.size() > kScenarioToolsMax) {
    fail("{}: expected \"tools\": a list of at most {}", place_of(name, list), kScenarioToolsMax);
  }
  for (const YAML::Node& node : list) {
    ScenarioTool tool = read_tool(name, node);
    for (const ScenarioTool& other : tools) {
      if (other.function() != tool.function()) continue;
      fail("{}: expected tools that the model can tell apart, found {} and {}: it calls both {}", place_of(name, node),
           other.name, tool.name, tool.function());
    }
    tools.push_back(std::move(tool));
  }
  return tools;
}

const char* name_of(ScenarioStep::Kind kind) {
  switch (kind) {
    case ScenarioStep::Kind::agent:
      return "an agent's line";
    case ScenarioStep::Kind::caller:
      return "a caller's line";
    case ScenarioStep::Kind::keys:
      return "keys";
    case ScenarioStep::Kind::tool:
      return "a tool";
    case ScenarioStep::Kind::hang_up:
      return "a hang_up";
  }
  return "";
}

ScenarioKind read_kind(std::string_view name, const Table& top) {
  const std::string kind = top.text("kind", "realtime");
  if (kind == "realtime") return ScenarioKind::realtime;
  if (kind == "chat") return ScenarioKind::chat;
  if (kind == "cascade") return ScenarioKind::cascade;
  fail("{}: expected kind realtime, chat or cascade, found \"{}\"", place_of(name, top.member("kind")), kind);
}

// A step of the list; several where it names tools that are called at once.
struct StepNode {
  YAML::Node node;
  bool is_at_once = false;
};

std::vector<StepNode> step_nodes(std::string_view name, const YAML::Node& steps) {
  std::vector<StepNode> nodes;
  for (const YAML::Node& node : steps) {
    const YAML::Node together = node.IsMap() ? node["tools"] : YAML::Node(YAML::NodeType::Undefined);
    if (!together.IsDefined()) {
      nodes.push_back({.node = node});
      continue;
    }
    Table(name, node, "a step", {"tools"});
    if (!together.IsSequence() || together.size() < 2)
      fail("{}: expected a list of at least two tools to call at once", place_of(name, node));
    for (const YAML::Node& tool : together) {
      if (!tool.IsMap() || !tool["tool"].IsDefined()) fail("{}: expected a tool", place_of(name, tool));
      nodes.push_back({.node = tool, .is_at_once = tool != together[0]});
    }
    if (nodes.size() > kScenarioStepsMax) fail("{}: expected at most {} steps", name, kScenarioStepsMax);
  }
  return nodes;
}

// What a kind of session does not have.
void check_kind(std::string_view name, ScenarioKind kind, const ScenarioStep& step) {
  if (kind == ScenarioKind::realtime && step.is_at_once)
    fail("{}: line {}: expected one tool after the other in a call on a Realtime model", name, step.line);
  if (kind == ScenarioKind::chat && step.interrupts)
    fail("{}: line {}: nobody is interrupted in a typed conversation", name, step.line);
  if (kind != ScenarioKind::realtime && (step.kind == ScenarioStep::Kind::keys || step.attempts > 1 || step.gives_up))
    fail("{}: line {}: keys, attempts and gives_up belong to a realtime script", name, step.line);
  if (kind != ScenarioKind::realtime && step.at)
    fail("{}: line {}: expected after or interrupts; at is for calls on a Realtime model", name, step.line);
}

// Who can act after whom; `previous` is null at the beginning.
void check_order(std::string_view name, const ScenarioStep* previous, const ScenarioStep& step) {
  using Kind = ScenarioStep::Kind;
  const auto is_callers = [](const ScenarioStep& each) { return each.kind == Kind::caller || each.kind == Kind::keys; };
  const auto refuse = [&](const char* why) { fail("{}: line {}: {}", name, step.line, why); };
  if (previous == nullptr) {
    if (step.kind != Kind::agent && !is_callers(step))
      refuse("expected the first step to be a line, not a tool or a hang_up");
    if (step.interrupts) refuse("there is no speech to interrupt yet");
    return;
  }
  if (previous->kind == Kind::hang_up) refuse("expected nothing after a hang_up");
  if ((previous->kind == step.kind && step.kind != Kind::tool) || (is_callers(*previous) && is_callers(step))) {
    fail("{}: line {}: expected somebody else's turn, found {} after {}", name, step.line, name_of(step.kind),
         name_of(previous->kind));
  }
  if (previous->kind == Kind::tool && previous->gives_up) {
    if (step.kind != Kind::hang_up) refuse("expected a hang_up after a tool that the agent gives up");
    return;
  }
  if (previous->kind == Kind::tool && step.kind != Kind::agent && step.kind != Kind::tool) {
    refuse("expected an agent's line or another tool after a tool: the model answers every result");
  }
  if (step.interrupts && previous->kind != Kind::agent) refuse("expected an agent's line before an interruption");
}

}  // namespace

std::string ScenarioTool::function() const { return name.substr(name.rfind('.') + 1); }

Scenario parse_scenario(std::string_view name, BytesView data) {
  if (data.size() > kScenarioBytesMax) {
    fail("{}: expected a script of at most {} bytes, found {}", name, kScenarioBytesMax, data.size());
  }
  const Table top(name, parse_yaml(name, data), "a scenario script",
                  {"ringback", "title", "note", "kind", "protocol", "voices", "model", "instructions", "tools",
                   "prompts", "steps"});
  if (top.integer("ringback", 0, {.min = 0, .max = 1'000'000}) != 1) {
    fail("{}: line 1: expected \"ringback: 1\", the version of the script format", name);
  }
  Scenario scenario;
  scenario.title = top.text("title", "");
  scenario.note = top.text("note", "");
  scenario.kind = read_kind(name, top);
  scenario.protocol = top.text("protocol", scenario.protocol);
  if (!wire::completion_protocol_named(scenario.protocol).has_value()) {
    fail("{}: expected protocol openai-chat, openai-responses or anthropic-messages, found \"{}\"",
         place_of(name, top.member("protocol")), scenario.protocol);
  }
  scenario.model = top.text("model", scenario.kind == ScenarioKind::realtime ? "gpt-realtime" : "gpt-4o-mini");
  scenario.instructions = top.text("instructions", "");
  if (top.has("voices")) {
    const Table voices(name, top.member("voices"), "voices", {"agent", "caller"});
    if (voices.has("agent")) scenario.agent_voice = read_voice(name, voices.member("agent"), scenario.agent_voice);
    if (voices.has("caller")) scenario.caller_voice = read_voice(name, voices.member("caller"), scenario.caller_voice);
  }
  for (const YAML::Node& prompt : top.member("prompts")) scenario.prompts.push_back(read_prompt(name, prompt));
  if (scenario.prompts.size() > kScenarioPromptsMax) {
    fail("{}: expected at most {} prompts, found {}", name, kScenarioPromptsMax, scenario.prompts.size());
  }
  scenario.tools = read_tools(name, top.member("tools"));
  for (std::size_t i = 0; i < scenario.tools.size(); ++i) {
    const YAML::Node node = top.member("tools")[i];
    const Table tool(name, node, "a tool", {"name", "description", "parameters", "url", "prompt"});
    if (tool.has("prompt")) scenario.tools[i].prompt = find_prompt(name, tool, "prompt", scenario);
  }
  for (std::size_t i = 0; i < scenario.prompts.size(); ++i) scenario.tools.push_back(transfer_to(scenario, i));

  const YAML::Node steps = top.member("steps");
  if (!steps.IsDefined() || !steps.IsSequence() || steps.size() == 0 || steps.size() > kScenarioStepsMax) {
    fail("{}: expected \"steps\": a list of 1 to {} steps", name, kScenarioStepsMax);
  }
  for (const StepNode& each : step_nodes(name, steps)) {
    ScenarioStep step = read_step(name, each.node, scenario);
    step.is_at_once = each.is_at_once;
    check_kind(name, scenario.kind, step);
    const bool is_early = step.kind == ScenarioStep::Kind::agent && step.latency < kScenarioLatencyMin;
    if (is_early && scenario.kind == ScenarioKind::realtime) {
      fail("{}: line {}: expected a \"latency\" of at least {}, found {}", name, step.line,
           to_text(kScenarioLatencyMin), to_text(step.latency));
    }
    check_order(name, scenario.steps.empty() ? nullptr : &scenario.steps.back(), step);
    if (step.kind == ScenarioStep::Kind::tool) {
      Keys known;
      for (const ScenarioTool& tool : scenario.tools) known.push_back(tool.name);
      bool is_known = false;
      for (const std::string_view tool : known) is_known = is_known || tool == step.text;
      const std::string nearest = nearest_word(step.text, known);
      if (!is_known) {
        fail("{}: line {}: no tool \"{}\" under tools:{}", name, step.line, step.text,
             nearest.empty() ? std::string() : fmt::format(" did you mean {}?", nearest));
      }
    }
    scenario.steps.push_back(std::move(step));
  }
  if (scenario.steps.back().kind != ScenarioStep::Kind::hang_up) {
    fail("{}: line {}: expected a hang_up as the last step", name, scenario.steps.back().line);
  }
  return scenario;
}

trace::Trace import_scenario(std::string_view name, BytesView data, const SpeechSynthesizer& synthesizer) {
  return compile_scenario(name, parse_scenario(name, data), synthesizer);
}

Importer scenario_importer(SpeechSynthesizer synthesizer) {
  const auto has_line = [](BytesView head, std::string_view start) {
    return head.starts_with(start) || head.find(fmt::format("\n{}", start)) != BytesView::npos;
  };
  return {.name = "scenario",
          .description = "a script of who says what and when (docs/scenario.md)",
          .detect = [has_line](BytesView head,
                               std::string_view) { return has_line(head, "ringback:") && has_line(head, "steps:"); },
          .read =
              [synthesizer = std::move(synthesizer)](std::span<const ImportInput> inputs) {
                if (inputs.size() != 1) fail("scenario: expected one script, found {} files", inputs.size());
                return import_scenario(inputs[0].name, inputs[0].data, synthesizer);
              }};
}

}  // namespace ringback::formats
