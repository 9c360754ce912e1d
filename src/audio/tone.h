// Speech that nobody recorded: a plain tone as long as the text would take to say.
//
// 60 ms a character (a UTF-8 code point) of a 440 Hz triangle wave at a quarter of full scale. It is audible
// throughout, depends on nothing but the length of the text and the format, and no ear takes it for speech.
#pragma once

#include "src/audio/format.h"

namespace ringback::audio {

inline constexpr Duration kTonePerCharacter = milliseconds(60);

Bytes tone_speech(std::string_view text, const Format& format);
// The same tone for a length of time, rounded down to whole samples.
Bytes tone(Duration duration, const Format& format);

}  // namespace ringback::audio
