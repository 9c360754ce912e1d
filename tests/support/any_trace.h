// Generators of traces for properties: any channel names, any kinds with any fields, extreme integers, octets that are
// no UTF-8, kinds and bodies of a newer version.
//
//   rc::prop("...", [] { const trace::Trace trace = *any_trace(); ... });
#pragma once

#include <rapidcheck.h>

#include "src/trace/trace.h"

namespace ringback::trace {

rc::Gen<Bytes> any_octets();
rc::Gen<std::int64_t> any_integer();
// An event on a channel of 0 .. channels; never a declaration or recording facts.
rc::Gen<Event> any_event(ChannelId channels);
rc::Gen<Trace> any_trace();

}  // namespace ringback::trace
