// WAV files (RIFF, Microsoft/IBM 1991; PCM 16 bits, mu-law, A-law) as the sound of a trace, and the sound of a trace as
// one.
//
// Import: the file is the caller's sound (mono), or the caller's (left) and the agent's (right). With a trace as second
// input the sound becomes part of that trace, from virtual time 0; alone it is a trace of its own:
//
//   ringback import wav call.wav call.rbt -o whole.rbt
//
// Export: stereo, caller left, agent right, 16 bits: the caller's sound where it came, the agent's where the caller
// heard it, which is what a playout queue makes of it (audio/playout.h), with what the agent cleared cut off.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: byte N: expected ..., found ...").
trace::Trace import_wav(std::span<const ImportInput> inputs);
Importer wav_importer();

// The longest sound that is written.
inline constexpr Duration kWavLengthMax = seconds(4 * 3600);

// Throws Error where the trace has no sound, or two rates of which none is a multiple of the other.
void export_wav(const trace::Trace& trace, ByteSink& sink);
Exporter wav_exporter();

}  // namespace ringback::formats
