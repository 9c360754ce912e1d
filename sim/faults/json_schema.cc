#include "sim/faults/json_schema.h"

#include <vector>

#include "sim/faults/actions.h"
#include "sim/faults/schedule.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

std::string reference(std::string_view name) { return fmt::format(R"({{"$ref": "#/$defs/{}"}})", name); }

std::string value_schema(const ActionRow& row) {
  switch (row.type) {
    case ArgumentType::nothing:
      return "{}";
    case ArgumentType::integer:
      if (row.most == INT64_MAX) return fmt::format(R"({{"type": "integer", "minimum": {}}})", row.least);
      return fmt::format(R"({{"type": "integer", "minimum": {}, "maximum": {}}})", row.least, row.most);
    case ArgumentType::text:
      return row.name == ActionName::dtmf ? R"({"type": ["string", "integer"], "pattern": "^[0-9*#A-D]$"})"
                                          : R"({"type": ["string", "number", "boolean"]})";
    case ArgumentType::size:
      return reference("size");
    case ArgumentType::rate:
      return reference("rate");
    case ArgumentType::duration:
      return reference("duration");
    case ArgumentType::signed_duration:
      return reference("signed_duration");
    case ArgumentType::probability:
    case ArgumentType::factor:
      return reference("ratio");
  }
  return "{}";
}

// "tool; model stream (not in this version)" of all rows of a word.
std::string families_text(std::string_view word) {
  std::string text;
  for (const ActionRow& row : action_table()) {
    if (row.word != word) continue;
    text += fmt::format("{}{}{}", text.empty() ? "" : "; ", name_of(row.family),
                        row.is_available ? "" : " (not in this version)");
  }
  return text;
}

// The forms of one word: alone, and with its argument. Where families take different arguments, any of them.
void add_forms(std::string_view word, std::vector<std::string>& forms) {
  bool alone = false;
  std::vector<std::string> values;
  for (const ActionRow& row : action_table()) {
    if (row.word != word) continue;
    alone = alone || !row.argument_required;
    if (row.type == ArgumentType::nothing) continue;
    std::string value = value_schema(row);
    if (!row.field.empty()) {
      value =
          fmt::format(R"({{"type": "object", "properties": {{"{0}": {1}}}, {2}"additionalProperties": false}})",
                      row.field, value, row.argument_required ? fmt::format(R"("required": ["{}"], )", row.field) : "");
    }
    bool is_known = false;
    for (const std::string& known : values) is_known = is_known || known == value;
    if (!is_known) values.push_back(std::move(value));
  }
  const std::string about = families_text(word);
  if (alone) forms.push_back(fmt::format(R"({{"const": "{}", "description": "{}"}})", word, about));
  for (const std::string& value : values) {
    forms.push_back(fmt::format(
        R"({{"type": "object", "description": "{1}", "properties": {{"{0}": {2}}}, "required": ["{0}"], "additionalProperties": false}})",
        word, about, value));
  }
}

std::string action_schema() {
  std::vector<std::string> forms;
  for (const std::string_view word : action_words()) add_forms(word, forms);
  std::string text = "{\"anyOf\": [";
  const char* separator = "\n";
  for (const std::string& form : forms) {
    text += fmt::format("{}        {}", separator, form);
    separator = ",\n";
  }
  return text + "\n      ]}";
}

constexpr std::string_view kHead = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "A ringback fault schedule",
  "type": "object",
  "properties": {
    "ringback": {"const": 1},
    "faults": {"type": "array", "items": {"$ref": "#/$defs/fault"}},
    "bind": {"type": "array", "items": {"$ref": "#/$defs/bind"}},
    "sink": {"type": "array", "items": {"type": "string"}},
    "answers": {"type": "array", "items": {"$ref": "#/$defs/answer"}}
  },
  "required": ["ringback"],
  "additionalProperties": false,
  "$defs": {
    "selector": {"type": "string", "minLength": 1, "maxLength": 255},
    "range": {"type": ["string", "integer"], "minimum": 0, "pattern": "^[0-9]+(\\.\\.[0-9]*)?$"},
    "duration": {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$"},
    "signed_duration": {"type": "string", "pattern": "^[+-]?[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$"},
    "ratio": {"type": ["string", "integer"], "minimum": 0, "pattern": "^[0-9]+(/[0-9]+)?$"},
    "size": {"type": "string", "pattern": "^[0-9]+(B|kB|MB|KiB|MiB)$"},
    "rate": {"type": "string", "pattern": "^[0-9]+(B|kB|MB|KiB|MiB)/s$"},
    "anchor": {
      "type": "object",
      "properties": {
        "call": {"$ref": "#/$defs/range"},
        "response": {"$ref": "#/$defs/range"},
        "event": {"$ref": "#/$defs/range"},
        "token": {"$ref": "#/$defs/range"},
        "byte": {"$ref": "#/$defs/range"},
        "frame": {"$ref": "#/$defs/range"},
        "time": {"$ref": "#/$defs/duration"},
        "for": {"$ref": "#/$defs/duration"},
        "probability": {"$ref": "#/$defs/ratio"},
        "occurrence": {"$ref": "#/$defs/range"}
      },
      "dependentRequired": {"for": ["time"]},
      "additionalProperties": false
    },
    "fault": {
      "type": "object",
      "properties": {
        "id": {"$ref": "#/$defs/selector"},
        "where": {"$ref": "#/$defs/selector"},
        "at": {"$ref": "#/$defs/anchor"},
        "do": {"$ref": "#/$defs/action"},
        "optional": {"type": "boolean"}
      },
      "required": ["where", "do"],
      "additionalProperties": false
    },
    "bind": {
      "type": "object",
      "properties": {"channel": {"$ref": "#/$defs/selector"}, "url": {"type": "string"}},
      "required": ["channel", "url"],
      "additionalProperties": false
    },
    "answer": {
      "type": "object",
      "properties": {
        "when": {
          "type": "object",
          "properties": {
            "channel": {"$ref": "#/$defs/selector"},
            "call": {"$ref": "#/$defs/range"},
            "response": {"$ref": "#/$defs/range"},
            "arguments": {"type": "object"},
            "after_tool_error": {"$ref": "#/$defs/selector"}
          },
          "required": ["channel"],
          "additionalProperties": false
        },
        "say": {"type": "string"},
        "body": {"type": "string"},
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "delay": {"$ref": "#/$defs/duration"}
      },
      "required": ["when"],
      "additionalProperties": false
    },
    "action": )";

}  // namespace

std::string faults_json_schema() { return std::string(kHead) + action_schema() + "\n  }\n}\n"; }

}  // namespace ringback::sim
