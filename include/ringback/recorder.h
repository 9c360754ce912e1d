/* Records a live session into a ringback trace (.rbt), from C or anything that can call it. C++: recorder.hpp.
 *
 * Every function may be called from any thread, except ringback_finish and ringback_abandon, which end the recorder.
 * ringback_append and its short forms never wait, lock or allocate: they are made for audio threads. What finds no room
 * in the queue is dropped, counted, and recorded as a gap. What the recorder has taken from its queue survives a kill
 * of the process; `ringback recover` makes a trace of an unfinished recording.
 *
 *     char error[256];
 *     ringback_recorder* recorder = ringback_open("call.rbt", NULL, error, sizeof error);
 *     uint16_t caller = ringback_declare(recorder, RINGBACK_CHANNEL_AUDIO, "caller.audio", "mulaw", 8000, "");
 *     ringback_audio(recorder, now_ns, caller, RINGBACK_TO_AGENT, samples, 160);
 *     ringback_finish(recorder, "media server 1.4", error, sizeof error);
 *
 * Times are nanoseconds since the session started. `error` receives a message that ends in 0 and is cut where it does
 * not fit; it may be NULL. Numbers of kinds, directions and fields are those of docs/trace-format.md.
 */
#ifndef RINGBACK_RECORDER_H
#define RINGBACK_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RINGBACK_API __attribute__((visibility("default")))
#else
#define RINGBACK_API
#endif

typedef struct ringback_recorder ringback_recorder;

/* Seen from the agent. */
enum { RINGBACK_NO_DIRECTION = 0, RINGBACK_TO_AGENT = 1, RINGBACK_FROM_AGENT = 2 };

enum {
  RINGBACK_CHANNEL_CALLER = 1,      /* call control, keypad, marks, typed text */
  RINGBACK_CHANNEL_AUDIO = 2,       /* one track of sound */
  RINGBACK_CHANNEL_MODEL = 3,       /* speech-to-speech or text model stream */
  RINGBACK_CHANNEL_TRANSCRIBER = 4, /* speech-to-text stream */
  RINGBACK_CHANNEL_SYNTHESIZER = 5, /* text-to-speech stream */
  RINGBACK_CHANNEL_TOOL = 6,        /* one tool, "tool:NAME" */
  RINGBACK_CHANNEL_BUS = 7,
  RINGBACK_CHANNEL_QUEUE = 8,
  RINGBACK_CHANNEL_TCP = 9,
  RINGBACK_CHANNEL_PROCESS = 10
};

/* What became of an event. */
enum {
  RINGBACK_QUEUED = 0,
  RINGBACK_DROPPED = 1, /* the queue was full; a gap will say so */
  RINGBACK_REFUSED = 2  /* no such channel, fields out of order, or too long */
};

/* Set `size` to sizeof(ringback_options); zeros elsewhere mean the default. */
typedef struct ringback_options {
  size_t size;
  size_t queue_bytes;    /* rounded up to a power of two; default 4 MiB. A body has at most half of it */
  int continue_existing; /* not 0: adds to a finished trace */
} ringback_options;

/* One field of a body. `data` NULL: the integer. */
typedef struct ringback_field {
  uint8_t tag;
  const void* data;
  size_t length;
  int64_t integer;
} ringback_field;

typedef struct ringback_counts {
  uint64_t recorded; /* safe from a kill of this process */
  uint64_t dropped;
  uint64_t refused;
} ringback_counts;

/* NULL, and `error`, where the file cannot be made. */
RINGBACK_API ringback_recorder* ringback_open(const char* path, const ringback_options* options, char* error,
                                              size_t error_size);

/* The new channel's id, or 0 where the name is taken, empty or too long, or the kind is none. May wait: not for audio
 * threads. `encoding`: "mulaw", "alaw", "pcm16le" for audio, "openai-realtime" and such for models. NULL is "". */
RINGBACK_API uint16_t ringback_declare(ringback_recorder* recorder, int kind, const char* name, const char* encoding,
                                       uint32_t rate, const char* url);

/* An event of any kind, with its fields in ascending order of their tags. `exchange`: which call or response of its
 * channel, from 1; 0 none. */
RINGBACK_API int ringback_append(ringback_recorder* recorder, int64_t at_ns, uint16_t channel, uint16_t kind,
                                 int direction, uint32_t exchange, const ringback_field* fields, size_t field_count);

/* Short forms: samples of a track; a message of a model or socket; a call of a tool and its answer. */
RINGBACK_API int ringback_audio(ringback_recorder* recorder, int64_t at_ns, uint16_t channel, int direction,
                                const void* samples, size_t length);
RINGBACK_API int ringback_message(ringback_recorder* recorder, int64_t at_ns, uint16_t channel, int direction,
                                  const char* text, size_t length);
RINGBACK_API int ringback_request(ringback_recorder* recorder, int64_t at_ns, uint16_t channel, uint32_t exchange,
                                  const char* operation, const char* body, size_t length);
RINGBACK_API int ringback_response(ringback_recorder* recorder, int64_t at_ns, uint16_t channel, uint32_t exchange,
                                   int status, const char* body, size_t length);

RINGBACK_API void ringback_count(const ringback_recorder* recorder, ringback_counts* counts);

/* Waits until what was queued is recorded. 0, or -1 and `error` after a failure of the disk. */
RINGBACK_API int ringback_flush(ringback_recorder* recorder, char* error, size_t error_size);

/* Completes the trace and frees the recorder. `origin` says what made it. 0, or -1 and `error`: then the file and its
 * journal are left for `ringback recover`. */
RINGBACK_API int ringback_finish(ringback_recorder* recorder, const char* origin, char* error, size_t error_size);

/* Frees the recorder and leaves file and journal as after a kill. */
RINGBACK_API void ringback_abandon(ringback_recorder* recorder);

#ifdef __cplusplus
}
#endif

#endif
