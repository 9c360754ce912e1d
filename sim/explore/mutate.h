// What each family of mutations does to a trace; for mutation.cc alone.
#pragma once

#include "sim/explore/mutation.h"

namespace ringback::sim {

void mutate_sound(const Mutation& mutation, trace::Trace& recording);
void mutate_answer(const Mutation& mutation, trace::Trace& recording);
void mutate_stream(const Mutation& mutation, trace::Trace& recording);

}  // namespace ringback::sim
