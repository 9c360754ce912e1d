/* What a media server does: one thread with audio every 20 ms, a tool call in between. Usage: example OUT.rbt */
#include <stdio.h>
#include <string.h>

#include "ringback/recorder.h"

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  char error[256];
  ringback_recorder* recorder = ringback_open(arguments[1], NULL, error, sizeof error);
  if (recorder == NULL) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  const uint16_t caller = ringback_declare(recorder, RINGBACK_CHANNEL_AUDIO, "caller.audio", "mulaw", 8000, NULL);
  const uint16_t tool = ringback_declare(recorder, RINGBACK_CHANNEL_TOOL, "tool:weather", NULL, 0, NULL);
  unsigned char frame[160];
  for (int i = 0; i < 100; ++i) {
    const int64_t now = (int64_t)i * 20000000;
    memset(frame, i, sizeof frame);
    ringback_audio(recorder, now, caller, RINGBACK_TO_AGENT, frame, sizeof frame);
    if (i == 50) {
      ringback_request(recorder, now, tool, 1, "weather", "{\"city\":\"Bern\"}", 15);
      ringback_response(recorder, now + 5000000, tool, 1, 200, "{\"sky\":\"clear\"}", 15);
    }
  }
  if (ringback_finish(recorder, "example", error, sizeof error) != 0) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  return 0;
}
