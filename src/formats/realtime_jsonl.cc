#include "src/formats/realtime_jsonl.h"

#include <algorithm>
#include <array>

#include "src/base/error.h"
#include "src/formats/cassette_layout.h"
#include "src/formats/http_cassette.h"
#include "src/formats/json_lines.h"
#include "src/formats/line_time.h"
#include "src/formats/redact.h"

namespace ringback::formats {
namespace {

constexpr std::array<std::string_view, 6> kSent = {"sent", "send", "client", "out", "outgoing", "from_agent"};
constexpr std::array<std::string_view, 7> kReceived = {"received", "receive",  "recv",    "server",
                                                       "in",       "incoming", "to_agent"};
constexpr std::array<std::string_view, 5> kFrameKeys = {"event", "data", "message", "payload", "frame"};

bool is_sent(const Node& line) {
  const Bytes& direction = line.text_at("direction");
  if (std::find(kSent.begin(), kSent.end(), direction) != kSent.end()) return true;
  if (std::find(kReceived.begin(), kReceived.end(), direction) != kReceived.end()) return false;
  fail("{}: expected direction sent or received, found {}", line.place(), direction.substr(0, 40));
}

const Node& frame_of(const Node& line) {
  for (const std::string_view key : kFrameKeys) {
    if (const Node* node = line.find(key)) return *node;
  }
  fail("{}: expected the frame under \"event\", found none", line.place());
}

CassetteEntry read_line(const Node& line, LineClock& clock, Redactor& redactor) {
  const std::optional<std::int64_t> ns = line_time_ns(line);
  if (!ns.has_value()) fail("{}: expected the frame's time under \"time\", found none", line.place());
  const Node& frame = frame_of(line);
  CassetteEntry entry{.place = line.place(), .is_sent = is_sent(line), .has_type = true, .at = clock.at(*ns)};
  entry.json = redactor.text(frame.is_text() ? frame.text() : frame.json());
  const Document document = parse_json_document(line.place(), entry.json);
  document.root().text_at("type");
  return entry;
}

bool is_realtime_jsonl(BytesView head, std::string_view) {
  const BytesView line = first_line(head);
  const auto has = [&](BytesView text) { return line.find(text) != BytesView::npos; };
  return line.starts_with('{') && has("\"direction\"") && has("type") && !has("\"streamSid\"") &&
         !has("\"connected\"") &&
         (has("session.") || has("response.") || has("input_audio_buffer.") || has("conversation.item."));
}

}  // namespace

trace::Trace import_realtime_jsonl(std::string_view name, BytesView data) {
  std::vector<CassetteEntry> entries;
  LineClock clock;
  Redactor redactor;
  for_each_json_line(name, data, [&](const Node& line) { entries.push_back(read_line(line, clock, redactor)); });
  trace::Trace trace =
      lay_out_realtime(entries, {.source = "realtime-jsonl", .times = "", .description = "import realtime-jsonl"});
  const std::string removed = redactor.summary();
  if (!removed.empty()) trace.metadata["redaction"] = removed;
  return trace;
}

Importer realtime_jsonl_importer() {
  return with_cuts(single_file_importer("realtime-jsonl", "OpenAI Realtime frames, a line each with time and direction",
                                        is_realtime_jsonl, import_realtime_jsonl),
                   cut_lines);
}

}  // namespace ringback::formats
