// A fault schedule: what shall go wrong, where and when, as plain data.
//
// A schedule is what an overlay file says (docs/faults.md), a repro stores and a shrinker edits. It decides nothing;
// the injector does. Two schedules are equal when they say the same, wherever it was written.
//
//   Schedule overlay = parse_schedule("ehr.yaml", text);
//   Schedule all = merge({overlay, other});
//   std::string text = to_yaml(all);           // reads back as an equal schedule
//
// Counting: time, byte and frame from 0; call, response, event, token and occurrence from 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/base/bytes.h"
#include "src/base/ratio.h"
#include "src/base/time.h"

namespace ringback::sim {

inline constexpr std::size_t kFaultsMax = 10'000;  // of one merged schedule; answers and binds have the same limit
// The longest delay and the latest time that may be written: the sum over kFaultsMax faults stays within 64 bits.
inline constexpr Duration kScheduleTimeMax = seconds(100 * 3600);

// Where something was written. It is no part of what was said: any two marks are equal.
struct Mark {
  std::string file;
  int line = 0;  // from 1; 0 where the fault was made by a program
  int column = 0;

  friend bool operator==(const Mark&, const Mark&) { return true; }
};
// "ehr.yaml:3:5", the way messages begin.
std::string place_of(const Mark& mark);

// Both ends belong to it.
struct IntegerRange {
  static constexpr std::uint64_t kOpenEnd = UINT64_MAX;
  std::uint64_t first = 0;
  std::uint64_t last = kOpenEnd;

  constexpr bool contains(std::uint64_t n) const { return first <= n && n <= last; }
  friend bool operator==(const IntegerRange&, const IntegerRange&) = default;
};
// "3", "1..5", "2..".
std::string to_text(const IntegerRange& range);

// Which of the things that cross a channel a fault is about: all of the conditions that are set must hold.
struct Anchor {
  std::optional<IntegerRange> call;      // exchanges of a tool
  std::optional<IntegerRange> response;  // exchanges of a model
  std::optional<IntegerRange> event;  // within the response where `response` is set, else on the channel and direction
  std::optional<IntegerRange> token;  // within its response
  std::optional<IntegerRange> byte;   // of the response's messages, one after the other
  std::optional<IntegerRange> frame;  // 20 ms of audio each
  // Alone: the first at or after it, once on each concrete channel. With `duration`: all in [time, time + duration).
  std::optional<VirtualTime> time;
  std::optional<Duration> duration;  // written `for`; only beside `time`
  // Drawn from the run's seed, once for each exchange; for each event where there is no exchange.
  std::optional<Ratio> probability;
  // Of what all else here matches, over all channels of the selector; the events of one exchange count once.
  std::optional<IntegerRange> occurrence;

  friend bool operator==(const Anchor&, const Anchor&) = default;
};

// One word each; some words stand in several families (actions.h).
enum class ActionName : std::uint8_t {
  // tool
  status,
  body,
  malformed,
  wrong_schema,
  huge,
  delay,
  timeout,
  partial,
  duplicate,
  unknown_tool,
  // model stream
  cut,
  reset,
  stall,
  slow,
  corrupt,
  malformed_tool_call,
  unknown_tool_call,
  drop_event,
  duplicate_event,
  reorder,
  rate_limit,
  error_event,
  // audio
  silence,
  garble,
  drop,
  jitter,
  clip,
  dtmf,
  // transport
  half_open,
  blackhole,
  throttle,
  drop_reply,
  refuse,
  dns_failure,
  tls_failure,
  // bus and queue
  partition,
  lock_expiry,
  failover,
  stuck,
  // process
  crash,
  oom,
  terminate,
  pause,
  restart_after,
  cpu,
  clock_step,
};
// The word, as "wrong_schema".
std::string_view name_of(ActionName name);

// The one argument that an action may have: a number (status, code, bytes, bytes a second, tokens, dB), a time, a ratio
// or text. Nothing where it was left out.
using ActionArgument = std::variant<std::monostate, std::int64_t, Duration, Ratio, Bytes>;

struct Action {
  ActionName name = ActionName::status;
  ActionArgument argument;

  friend bool operator==(const Action&, const Action&) = default;
};

struct Fault {
  std::string id;              // unique in its schedule; the key of its random draws
  bool id_is_default = false;  // nobody wrote it: merge may give another
  std::string where;           // channel selector, see `selects`
  Anchor at;
  Action action;
  bool optional = false;  // that it never fires is only reported
  Mark mark;

  friend bool operator==(const Fault&, const Fault&) = default;
};

// What a peer answers where the recording has no answer.
struct AnswerRule {
  std::string channel;                   // selector
  std::optional<IntegerRange> call;      // exchanges of a tool
  std::optional<IntegerRange> response;  // exchanges of a model
  Bytes arguments;                       // JSON object whose members the request's arguments must have; empty: any
  std::string after_tool_error;  // selector of the tool (without "tool:") whose last output was an error; empty: any
  std::optional<Bytes> say;      // spoken by the model; never beside `body`
  std::optional<Bytes> body;
  std::optional<std::int64_t> status;
  Duration delay;
  Mark mark;

  friend bool operator==(const AnswerRule&, const AnswerRule&) = default;
};

// Which endpoint of the agent is which channel.
struct Bind {
  std::string channel;
  std::string url;  // `*` is a wildcard
  Mark mark;

  friend bool operator==(const Bind&, const Bind&) = default;
};

// An endpoint of the agent that is taken and never looked at, such as telemetry.
struct Sink {
  std::string url;  // `*` is a wildcard
  Mark mark;

  friend bool operator==(const Sink&, const Sink&) = default;
};

struct Schedule {
  std::vector<Fault> faults;  // in the order in which they act
  std::vector<AnswerRule> answers;
  std::vector<Bind> binds;
  std::vector<Sink> sinks;

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

// Whether `selector` names the channel: `*` stands for any characters, also none; all else for itself.
bool selects(std::string_view selector, std::string_view name);

// Lays the schedules over one another, in order. Ids that nobody wrote are numbered anew. Throws Error where two
// written ids are equal or a limit is passed.
Schedule merge(const std::vector<Schedule>& schedules);

// The schedule as an overlay file.
std::string to_yaml(const Schedule& schedule);

}  // namespace ringback::sim
