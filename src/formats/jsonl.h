// A trace as JSON lines, lossless in both directions: what is written here reads back to a trace with the same digest.
//
// The first line says what the file is and carries the metadata; then comes one line for every event, in the trace's
// order:
//
//   {"ringback":"jsonl","version":1,"metadata":{"origin":"scenario"}}
//   {"at_ns":0,"kind":"channel_declared","direction":"none","origin":"captured","id":1,"channel_kind":"model","name":"model"}
//   {"at_ns":20000000,"channel":"model","kind":"message","direction":"to_agent","origin":"captured","text":"{}"}
//
// Rules. `channel` is the declared name; it is left out on the control channel, and a number where nothing was
// declared. `exchange` is left out where it is 0. Body fields stand under their names (docs/trace-format.md) and are
// left out where they have their default. A text field is a JSON string; where its octets are no UTF-8 it is {"base64":
// "..."}. A field of octets is a base64 string. What has no name in this version is its number. A body that its kind's
// fields do not give back exactly (an unknown kind, fields of a newer version) is `"raw"`, the whole body in base64.
// Integers are exact over all of 64 bits.
#pragma once

#include <string>
#include <string_view>

#include "src/base/io.h"
#include "src/formats/format.h"
#include "src/trace/trace.h"

namespace ringback::formats {

inline constexpr int kJsonlVersion = 1;
// The longest line that is read: the largest body with every octet escaped.
inline constexpr std::size_t kJsonlLineBytesMax = 6 * trace::kBodyBytesMax + (1u << 20);

void write_jsonl(const trace::Trace& trace, ByteSink& sink);
// `name` is for messages: "NAME: line 3: expected ..., found ...". Throws Error at the first line that breaks a rule.
trace::Trace read_jsonl(std::string_view name, BytesView data);

// Appends the line of one event, with its line feed. `channels` must have observed the trace up to the event.
void append_jsonl_event(const trace::Event& event, const trace::ChannelTable& channels, std::string& out);

Importer jsonl_importer();
Exporter jsonl_exporter();

}  // namespace ringback::formats
