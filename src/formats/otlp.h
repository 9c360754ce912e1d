// A trace as OTLP in its JSON encoding, with the attributes of OpenTelemetry's GenAI conventions (in development: as of
// semantic-conventions-genai, 2026) as far as they exist.
//
// One trace with a root span for the whole recording. An exchange of a model is a span of kind CLIENT with
// gen_ai.operation.name, gen_ai.provider.name, gen_ai.request.model and gen_ai.response.time_to_first_chunk where they
// are known; one of a tool is `execute_tool NAME`. A run of sound is a span, and any other event a span event of the
// root, both with attributes of our own ("ringback."), because there is no convention for them. Times count from the
// recording's wall clock, or from 1970 where that is unknown. Ids are hashes of the content, so that the same trace
// gives the same file.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

void export_otlp(const trace::Trace& trace, ByteSink& sink);
Exporter otlp_exporter();

}  // namespace ringback::formats
