#include "src/formats/realtime_cassette.h"

#include <yaml-cpp/yaml.h>

#include "src/base/error.h"
#include "src/formats/cassette_layout.h"
#include "src/formats/yaml_json.h"
#include "src/wire/json_text.h"

namespace ringback::formats {

namespace {

std::string text_at(std::string_view name, const YAML::Node& node, const char* key) {
  const YAML::Node value = node[key];
  if (!value.IsDefined() || !value.IsScalar()) fail("{}: expected \"{}\" with a text", place_of(name, node), key);
  return value.Scalar();
}

std::int64_t code_at(std::string_view name, const YAML::Node& node) {
  int code = 0;
  if (!node["code"].IsDefined() || !YAML::convert<int>::decode(node["code"], code) || code < 0 || code > 65'535) {
    fail("{}: expected \"code\" with a WebSocket close code", place_of(name, node));
  }
  return code;
}

CassetteEntry read_entry(std::string_view name, const YAML::Node& node) {
  if (!node.IsMap()) fail("{}: expected an interaction with kind, direction and data", place_of(name, node));
  CassetteEntry entry;
  entry.place = place_of(name, node);
  const std::string kind = text_at(name, node, "kind");
  if (kind == "close") {
    entry.is_close = true;
    entry.close_code = code_at(name, node);
    if (node["reason"].IsDefined() && node["reason"].IsScalar()) entry.close_reason = node["reason"].Scalar();
    return entry;
  }
  if (kind != "message") fail("{}: expected kind message or close, found {}", entry.place, kind);
  const std::string direction = text_at(name, node, "direction");
  if (direction != "sent" && direction != "received") {
    fail("{}: expected direction sent or received, found {}", entry.place, direction);
  }
  entry.is_sent = direction == "sent";
  const YAML::Node data = node["data"];
  if (!data.IsDefined() || !data.IsMap()) fail("{}: expected \"data\" with the frame's JSON object", entry.place);
  entry.has_type = data["type"].IsDefined();
  entry.json = json_of_yaml(name, data);
  return entry;
}

std::vector<CassetteEntry> read_entries(std::string_view name, BytesView data) {
  if (data.size() > kCassetteBytesMax) {
    fail("{}: expected a cassette of at most {} bytes, found {}", name, kCassetteBytesMax, data.size());
  }
  const YAML::Node top = parse_yaml(name, data);
  if (!top.IsMap()) fail("{}: expected a cassette with version and interactions", name);
  const std::string version = text_at(name, top, "version");
  if (version != "1") fail("{}: expected version 1, found {}", name, version);
  const YAML::Node interactions = top["interactions"];
  if (!interactions.IsDefined() || !interactions.IsSequence() || interactions.size() == 0 ||
      interactions.size() > kCassetteInteractionsMax) {
    fail("{}: expected \"interactions\": a list of 1 to {}", name, kCassetteInteractionsMax);
  }
  std::vector<CassetteEntry> entries;
  entries.reserve(interactions.size());
  for (const YAML::Node& node : interactions) entries.push_back(read_entry(name, node));
  return entries;
}

// True where all frames have a "type", false where none has.
bool is_realtime(std::string_view name, const std::vector<CassetteEntry>& entries) {
  const CassetteEntry* first = nullptr;
  for (const CassetteEntry& entry : entries) {
    if (entry.is_close) continue;
    if (first == nullptr) first = &entry;
    if (entry.has_type != first->has_type) {
      fail("{}: expected frames of one protocol, found {} a \"type\" after {}", entry.place,
           entry.has_type ? "one with" : "one without", first->has_type ? "some with" : "some without");
    }
  }
  if (first == nullptr) fail("{}: expected at least one message", name);
  return first->has_type;
}

bool is_cassette(BytesView head, std::string_view) {
  const auto has = [&](BytesView text) { return head.find(text) != BytesView::npos; };
  return (head.starts_with("version:") || has("\nversion:")) && has("interactions:") && has("- kind: ");
}

}  // namespace

trace::Trace import_realtime_cassette(std::string_view name, BytesView data) {
  const std::vector<CassetteEntry> entries = read_entries(name, data);
  return is_realtime(name, entries) ? lay_out_realtime(entries) : lay_out_messages(entries, "gemini-live");
}

Importer realtime_cassette_importer() {
  return {.name = "realtime-cassette",
          .description = "a YAML recording of Realtime or Gemini Live WebSocket frames",
          .detect = is_cassette,
          .read =
              [](std::span<const ImportInput> inputs) {
                if (inputs.size() != 1) fail("realtime-cassette: expected one file, found {}", inputs.size());
                return import_realtime_cassette(inputs[0].name, inputs[0].data);
              },
          .cuts = cut_yaml,
          .missing_end = yaml_without_end};
}

}  // namespace ringback::formats
