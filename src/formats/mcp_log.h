// Logs of MCP over stdio: one line for each line that crossed, with the pipe's name before it.
//
//   STDIN: {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}
//   STDERR: Starting server...
//   STDOUT: {"jsonrpc":"2.0","id":1,"result":{"content":[]}}
//
// The agent is the client. Every message stands on the channel "mcp" as it was; standard error stands there as octets;
// each tools/call becomes an exchange of "tool:NAME" as well (`tools: derived`), an error of JSON-RPC with status 500.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_mcp_log(std::string_view name, BytesView data);
Importer mcp_log_importer();

}  // namespace ringback::formats
