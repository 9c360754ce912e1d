// What the actions of the model family make of one frame of a stream, as JSON text. Pure.
//
// The frames are those of the Realtime protocol; other text is left alone.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "src/base/bytes.h"
#include "src/base/random.h"
#include "src/trace/event.h"

namespace ringback::sim {

inline constexpr std::string_view kUnknownTool = "no_such_tool";

struct CorruptText {
  Bytes text;
  std::size_t position = 0;
};
// One octet of the ASCII characters in `text`, which has at least one octet, becomes the control character 1A (hex). No
// JSON may hold it, within strings or without.
CorruptText corrupt_text(BytesView text, const RandomStream& draws, std::uint64_t draw);

// What is left of the arguments of each call of one response, by call id.
using CutArguments = std::map<std::string, Bytes, std::less<>>;
// The frame with every call's arguments cut inside their JSON: the first delta of a call loses its second half, later
// ones are empty, and the whole arguments are what is left of the deltas. Nothing where the frame tells of no
// arguments.
std::optional<Bytes> with_cut_arguments(BytesView text, CutArguments& cut);
// The frame with every function's name replaced. Nothing where it names none.
std::optional<Bytes> with_unknown_tool(BytesView text);

// Whether the event is a token of a Realtime stream, as offsets count them (wire::is_token). Reads the frame.
bool is_token_event(const trace::Event& event);

struct ResponseMark {
  bool is_created = false;  // the response's announcement
  std::string response_id;
};
ResponseMark response_mark(BytesView text);

Bytes error_frame(std::string_view event_id, BytesView code);
// The end of a response that failed.
Bytes failed_response(std::string_view event_id, std::string_view response_id, BytesView code);

}  // namespace ringback::sim
