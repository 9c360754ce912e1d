// The numbers in trace.capnp are those of event.h and bodies.h. Nothing runs here: a difference does not compile.
#include <trace.capnp.h>

#include "src/trace/bodies.h"
#include "src/trace/event.h"

namespace ringback::trace {
namespace {

constexpr bool same(std::uint16_t constant, EventKind kind) { return constant == static_cast<std::uint16_t>(kind); }
constexpr bool same(std::uint16_t constant, ChannelKind kind) { return constant == static_cast<std::int64_t>(kind); }

static_assert(same(schema::CHANNEL_CONTROL, ChannelKind::control));
static_assert(same(schema::CHANNEL_CALLER, ChannelKind::caller));
static_assert(same(schema::CHANNEL_AUDIO, ChannelKind::audio));
static_assert(same(schema::CHANNEL_MODEL, ChannelKind::model));
static_assert(same(schema::CHANNEL_TRANSCRIBER, ChannelKind::transcriber));
static_assert(same(schema::CHANNEL_SYNTHESIZER, ChannelKind::synthesizer));
static_assert(same(schema::CHANNEL_TOOL, ChannelKind::tool));
static_assert(same(schema::CHANNEL_BUS, ChannelKind::bus));
static_assert(same(schema::CHANNEL_QUEUE, ChannelKind::queue));
static_assert(same(schema::CHANNEL_TCP, ChannelKind::tcp));
static_assert(same(schema::CHANNEL_PROCESS, ChannelKind::process));

static_assert(same(schema::KIND_CHANNEL_DECLARED, EventKind::channel_declared));
static_assert(same(schema::KIND_RECORDING_FACTS, EventKind::recording_facts));
static_assert(same(schema::KIND_GAP, EventKind::gap));
static_assert(same(schema::KIND_AUDIO, EventKind::audio));
static_assert(same(schema::KIND_TEXT, EventKind::text));
static_assert(same(schema::KIND_DTMF, EventKind::dtmf));
static_assert(same(schema::KIND_MARK, EventKind::mark));
static_assert(same(schema::KIND_MARK_PLAYED, EventKind::mark_played));
static_assert(same(schema::KIND_CLEAR, EventKind::clear));
static_assert(same(schema::KIND_CALL_STARTED, EventKind::call_started));
static_assert(same(schema::KIND_HUNG_UP, EventKind::hung_up));
static_assert(same(schema::KIND_OPENED, EventKind::opened));
static_assert(same(schema::KIND_MESSAGE, EventKind::message));
static_assert(same(schema::KIND_BINARY, EventKind::binary));
static_assert(same(schema::KIND_CLOSED, EventKind::closed));
static_assert(same(schema::KIND_REQUEST, EventKind::request));
static_assert(same(schema::KIND_RESPONSE, EventKind::response));
static_assert(same(schema::KIND_RESPONSE_PART, EventKind::response_part));
static_assert(same(schema::KIND_FAILED, EventKind::failed));
static_assert(same(schema::KIND_ABANDONED, EventKind::abandoned));
static_assert(same(schema::KIND_PUBLISHED, EventKind::published));
static_assert(same(schema::KIND_DELIVERED, EventKind::delivered));
static_assert(same(schema::KIND_ACKNOWLEDGED, EventKind::acknowledged));
static_assert(same(schema::KIND_JOB_ADDED, EventKind::job_added));
static_assert(same(schema::KIND_JOB_STARTED, EventKind::job_started));
static_assert(same(schema::KIND_JOB_FINISHED, EventKind::job_finished));
static_assert(same(schema::KIND_JOB_FAILED, EventKind::job_failed));
static_assert(same(schema::KIND_OCTETS, EventKind::octets));
static_assert(same(schema::KIND_PROCESS_STARTED, EventKind::process_started));
static_assert(same(schema::KIND_PROCESS_SIGNALLED, EventKind::process_signalled));
static_assert(same(schema::KIND_PROCESS_EXITED, EventKind::process_exited));
static_assert(same(schema::KIND_FAULT_FIRED, EventKind::fault_fired));
static_assert(same(schema::KIND_DIVERGED, EventKind::diverged));

}  // namespace
}  // namespace ringback::trace
