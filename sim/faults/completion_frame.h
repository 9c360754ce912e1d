// What the actions of the model family make of the answer to a completion request: a whole body, or a part of a stream
// of server-sent events. Pure. Text that is neither is left alone.
#pragma once

#include "sim/faults/model_frame.h"
#include "src/wire/completion.h"

namespace ringback::sim {

// As with_cut_arguments of model_frame.h: the first piece of a call's arguments loses its second half, later ones are
// empty, whole ones are what is left. `cut` belongs to one answer.
std::optional<Bytes> with_cut_calls(BytesView payload, CutArguments& cut);
// The payload with every function's name replaced by kUnknownTool. Nothing where it names none.
std::optional<Bytes> with_unknown_calls(BytesView payload);
// The protocol that a part of a stream looks like.
wire::CompletionProtocol protocol_of_part(BytesView part);

}  // namespace ringback::sim
