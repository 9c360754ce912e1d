#include "src/trace/codec/dictionary.h"

namespace ringback::trace {
namespace {

// What stands last is the cheapest to refer to.
constexpr BytesView kText =
    // Answers of Messages, Responses and chat completions, whole and streamed.
    R"~(content-type: application/json
content-type: text/event-stream
authorization: Bearer 
POST /v1/messages
POST /v1/responses
POST /v1/chat/completions
{"error":{"message":"Rate limit reached","type":"rate_limit_exceeded","code":"rate_limit_exceeded"}}
{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}
event: message_start
data: {"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude-sonnet-4","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_01","name":"get_weather","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15}}

event: message_stop
data: {"type":"message_stop"}

"stop_reason":"tool_use""max_tokens":1024,"stream":true,"system":"tools":[{"name":"input_schema":{"type":"object","properties":{
event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_01","object":"response","created_at":0,"status":"in_progress","model":"gpt-4o-mini","output":[]}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_01","output_index":0,"content_index":0,"delta":"Hello"}

event: response.output_text.done
event: response.completed
data: {"type":"response.completed","sequence_number":9,"response":{
{"id":"chatcmpl-1","object":"chat.completion","created":0,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"","tool_calls":[{"id":"call_1","type":"function","function":{"name":"lookup","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}
{"messages":[{"role":"system","content":"You are a helpful assistant. "},{"role":"user","content":"Hello, "},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"","arguments":"{\"}"}}]},{"role":"tool","tool_call_id":"call_1","content":"{\"}"}],"model":"gpt-4o-mini","tools":[{"type":"function","function":{"name":"","description":"","parameters":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}}}],"stream":true,"stream_options":{"include_usage":true}}
data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"","arguments":""}}]},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":" you"},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: [DONE]

)~"
    // Speech services, and what tools answer.
    R"~({"type":"start","encoding":"mulaw","rate":8000}{"type":"ready"}{"type":"speak","id":"say_1","text":""}{"type":"audio","id":"say_1","audio":""}{"type":"done","id":"say_1"}
{"type":"speech_started","at_ms":1000}{"type":"partial","text":""}{"type":"final","text":"","at_ms":1000}
{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"","arguments":{}}}{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":""}]}}
{"status":"ok"}{"ok":true}{"error":"not found"}{"error":"internal error"}{"results":[]}{"matches":[]}{"items":[{"id":"","name":"","date":"2026-01-01","at":"2026-01-01T09:30"}]}
)~"
    // Frames of the Realtime protocol.
    R"~({"type":"error","event_id":"event_00001","error":{"type":"invalid_request_error","code":"","message":"","param":null,"event_id":null}}
{"type":"session.update","session":{"type":"realtime","instructions":"You are the telephone assistant of ","output_modalities":["audio"],"audio":{"input":{"format":{"type":"audio/pcmu"},"transcription":{"model":"gpt-4o-mini-transcribe"},"turn_detection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":500,"create_response":true,"interrupt_response":true}},"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"alloy"}},"tools":[{"type":"function","name":"","description":"","parameters":{"type":"object","properties":{"name":{"type":"string","description":""}},"required":["name"]}}],"tool_choice":"auto"}}
{"type":"session.created","event_id":"event_00001","session":{"type":"realtime","object":"realtime.session","id":"sess_0001","model":"gpt-realtime","instructions":"
{"type":"session.updated","event_id":"event_00002","session":{"type":"realtime","object":"realtime.session","id":"sess_0001","model":"gpt-realtime","instructions":"
{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":""}]}}
{"type":"conversation.item.truncate","item_id":"item_0001","content_index":0,"audio_end_ms":1000}
{"type":"conversation.item.truncated","event_id":"event_00010","item_id":"item_0001","content_index":0,"audio_end_ms":1000}
{"type":"response.cancel"}{"type":"input_audio_buffer.clear"}{"type":"input_audio_buffer.commit"}{"type":"rate_limits.updated","event_id":"event_00010","rate_limits":[]}
{"type":"input_audio_buffer.append","audio":"/////////////////////////////////////////////////////////////////////////w=="}
{"type":"input_audio_buffer.speech_started","event_id":"event_00011","audio_start_ms":1000,"item_id":"item_0002"}
{"type":"input_audio_buffer.speech_stopped","event_id":"event_00012","audio_end_ms":2000,"item_id":"item_0002"}
{"type":"input_audio_buffer.committed","event_id":"event_00013","previous_item_id":"item_0001","item_id":"item_0002"}
{"type":"conversation.item.added","event_id":"event_00014","previous_item_id":"item_0001","item":{"id":"item_0002","type":"message","status":"completed","role":"user","content":[{"type":"input_audio","transcript":null}]}}
{"type":"conversation.item.done","event_id":"event_00015","previous_item_id":"item_0001","item":{"id":"item_0002","type":"message","status":"completed","role":"user","content":[{"type":"input_audio","transcript":null}]}}
{"type":"conversation.item.input_audio_transcription.completed","event_id":"event_00016","item_id":"item_0002","content_index":0,"transcript":"Hello. I have an appointment, and I need to "}
{"type":"response.create"}{"type":"response.created","event_id":"event_00017","response":{"object":"realtime.response","id":"resp_0001","status":"in_progress","status_details":null,"output":[]}}
{"type":"response.output_item.added","event_id":"event_00018","response_id":"resp_0001","output_index":1,"item":{"id":"item_0003","type":"function_call","status":"in_progress","name":"","call_id":"call_0001","arguments":""}}
{"type":"response.function_call_arguments.delta","event_id":"event_00019","response_id":"resp_0001","item_id":"item_0003","output_index":1,"call_id":"call_0001","delta":"{\"name\":"}
{"type":"response.function_call_arguments.delta","event_id":"event_00020","response_id":"resp_0001","item_id":"item_0003","output_index":1,"call_id":"call_0001","delta":"\"}"}
{"type":"response.function_call_arguments.done","event_id":"event_00021","response_id":"resp_0001","item_id":"item_0003","output_index":1,"call_id":"call_0001","name":"lookup","arguments":"{\"name\":\"\"}"}
{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"call_0001","output":"{\"error\":\"\"}"}}
{"type":"conversation.item.added","event_id":"event_00022","previous_item_id":"item_0003","item":{"id":"item_0004","type":"function_call_output","status":"completed","call_id":"call_0001","output":"{}"}}
{"type":"response.output_item.added","event_id":"event_00023","response_id":"resp_0002","output_index":0,"item":{"id":"item_0005","type":"message","status":"in_progress","role":"assistant","content":[]}}
{"type":"conversation.item.added","event_id":"event_00024","previous_item_id":null,"item":{"id":"item_0005","type":"message","status":"in_progress","role":"assistant","content":[]}}
{"type":"response.content_part.added","event_id":"event_00025","response_id":"resp_0002","item_id":"item_0005","output_index":0,"content_index":0,"part":{"type":"audio","transcript":""}}
{"type":"response.output_text.delta","event_id":"event_00026","response_id":"resp_0002","item_id":"item_0005","output_index":0,"content_index":0,"delta":""}
{"type":"response.output_audio.delta","event_id":"event_00027","response_id":"resp_0002","item_id":"item_0005","output_index":0,"content_index":0,"delta":""}
{"type":"response.output_audio_transcript.delta","event_id":"event_00028","response_id":"resp_0002","item_id":"item_0005","output_index":0,"content_index":0,"delta":" the"}
{"type":"response.output_audio_transcript.delta","event_id":"event_00029","response_id":"resp_0002","item_id":"item_0005","output_index":0,"content_index":0,"delta":" you"}
{"type":"response.output_audio_transcript.delta","event_id":"event_00030","response_id":"resp_0002","item_id":"item_0005","output_index":0,"content_index":0,"delta":" one moment, please."}
{"type":"response.output_audio.done","event_id":"event_00031","response_id":"resp_0002","item_id":"item_0005","output_index":0,"content_index":0}
{"type":"response.output_audio_transcript.done","event_id":"event_00032","response_id":"resp_0002","item_id":"item_0005","output_index":0,"content_index":0,"transcript":"How can I help you?"}
{"type":"response.content_part.done","event_id":"event_00033","response_id":"resp_0002","item_id":"item_0005","output_index":0,"content_index":0,"part":{"type":"audio","transcript":"How can I help you?"}}
{"type":"conversation.item.done","event_id":"event_00034","previous_item_id":null,"item":{"id":"item_0005","type":"message","status":"completed","role":"assistant","content":[{"type":"output_audio","transcript":"How can I help you?"}]}}
{"type":"response.output_item.done","event_id":"event_00035","response_id":"resp_0002","output_index":0,"item":{"id":"item_0005","type":"message","status":"completed","role":"assistant","content":[{"type":"output_audio","transcript":"How can I help you?"}]}}
{"type":"response.done","event_id":"event_00036","response":{"object":"realtime.response","id":"resp_0002","status":"completed","status_details":null,"output":[{"id":"item_0005","type":"message","status":"completed","role":"assistant","content":[{"type":"output_audio","transcript":"How can I help you?"}]}]}}
)~"
    // Channels, and what stands in a repro.
    R"~(scenario script: callercaller.audioagent.audiomodeltranscribersynthesizermulawpcm16leopenai-realtimeopenai-chatwss://api.openai.com/v1/realtime?model=gpt-realtimehttps://api.openai.com/v1https://api.anthropic.com/v1tool:
# mutation: silence caller.audio 
# mutation: result tool:
# reaction: call-again
# reaction: silent
# reaction: claim-success
# reaction: apologise
# seed: 0
ringback: 1
faults:
  - id: "cut-1"
    where: "model"
    at: {response: 1, token: 1}
    do: {cut: {code: 1006}}
    do: {error_event: {code: "server_error"}}
    at: {time: 1s, for: 1s}
    do: {body: "{not-json"}
    do: {status: 500}
    do: {delay: 5s}
    do: timeout
    optional: true
  - id: "malformed-1"
    where: "tool:"
    at: {call: 1..}
    do: malformed
    optional: true
ringback: 1
properties:
  - first_audio: {p95: 1500ms}
  - retries: {tool: "*", max: 3}
  - fallback: {within: 4s}
  - dead_air: {max: 5s}
  - speaks: {}
  - answered: {tool: "*"}
  - ends_cleanly: {}
  - identical_requests: {max: 3}
barge_in|model|response|unfinished responselost connectionmissing answerfailed connectionidentical_requests|tool:|call|error statusanswered|tool:ends_cleanly|dead_air|tool:|call|malformed answerthe caller lost patience and hung upmost 0 of 1longest 20.000 soriginredactionrepro.agentbuiltin:voice?retries=fallback=spokenrepro.callerturn-takingrepro.caserepro.certificatefault mutation repro.commandrepro.dialrepro.digestrepro.environmentrepro.expectrepro.failurerepro.findingrepro.made_byringback 0.1.0)~";

}  // namespace

BytesView dictionary() { return kText; }

}  // namespace ringback::trace
