// Logs of Twilio Media Streams: one WebSocket frame a line, as it was or with its time and direction.
//
//   {"event":"media","sequenceNumber":"4","media":{"track":"inbound","chunk":"2","timestamp":"20","payload":"..."},...}
//   {"time": 0.25, "direction": "received", "message": {"event":"media", ...}}
//
// The agent is the WebSocket's server. Without a direction, a frame with a sequenceNumber (and "connected") is
// Twilio's, another the agent's. Without a time, Twilio's media have their own (`timestamp`), and everything else comes
// with the frame before (`times: caller`). Account and call ids are not kept. Sound stands on "caller.audio" and
// "agent.audio", marks, clears, digits, start and end on "caller".
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_twilio_jsonl(std::string_view name, BytesView data);
Importer twilio_jsonl_importer();

}  // namespace ringback::formats
