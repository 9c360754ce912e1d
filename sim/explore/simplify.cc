#include "sim/explore/simplify.h"

#include <algorithm>
#include <array>

#include "src/audio/format.h"
#include "src/audio/level.h"
#include "src/audio/tone.h"
#include "src/base/error.h"
#include "src/wire/realtime.h"

namespace ringback::sim {
namespace {

using trace::Event;
using trace::EventKind;

constexpr std::array kRoundTimes = {milliseconds(20), milliseconds(100), milliseconds(500), seconds(1),  seconds(2),
                                    seconds(5),       seconds(10),       seconds(20),       seconds(30), seconds(60)};

void add_shorter(const Case& one, std::size_t fault, Duration now, std::vector<Case>& cases,
                 void (*set)(Fault&, Duration)) {
  for (const Duration round : kRoundTimes) {
    if (round >= now) break;
    Case next = one;
    set(next.schedule.faults[fault], round);
    cases.push_back(std::move(next));
  }
}

void simplify_range(const Case& one, std::size_t fault, std::optional<IntegerRange> Anchor::*member,
                    std::vector<Case>& cases) {
  const std::optional<IntegerRange>& range = one.schedule.faults[fault].at.*member;
  if (!range || range->first == range->last) return;
  Case next = one;
  next.schedule.faults[fault].at.*member = IntegerRange{range->first, range->first};
  cases.push_back(std::move(next));
}

void simplify_argument(const Case& one, std::size_t fault, std::vector<Case>& cases) {
  const Action& action = one.schedule.faults[fault].action;
  const auto with = [&](ActionArgument argument) {
    if (argument == action.argument) return;
    Case next = one;
    next.schedule.faults[fault].action.argument = std::move(argument);
    cases.push_back(std::move(next));
  };
  if (const auto* time = std::get_if<Duration>(&action.argument)) {
    if (*time > Duration()) {
      add_shorter(one, fault, *time, cases, [](Fault& f, Duration t) { f.action.argument = t; });
    }
  } else if (const auto* number = std::get_if<std::int64_t>(&action.argument)) {
    if (action.name == ActionName::status) {
      with(std::int64_t{*number >= 500 ? 500 : 400});
    } else if (action.name == ActionName::cut) {
      with(std::int64_t{1006});
    } else {
      for (const std::int64_t round : {0, 1, 10, 100, 1'000, 10'000, 100'000}) {
        if (round < *number) with(std::int64_t{round});
      }
    }
  }
}

// The fault's own words, with a value that its action cannot have left to whoever runs it.
void simplify_fault(const Case& one, std::size_t fault, std::vector<Case>& cases) {
  const Anchor& at = one.schedule.faults[fault].at;
  if (at.probability) {
    Case next = one;
    next.schedule.faults[fault].at.probability.reset();
    cases.push_back(std::move(next));
  }
  simplify_range(one, fault, &Anchor::call, cases);
  simplify_range(one, fault, &Anchor::response, cases);
  simplify_range(one, fault, &Anchor::frame, cases);
  if (at.duration) {
    add_shorter(one, fault, *at.duration, cases, [](Fault& f, Duration t) { f.at.duration = t; });
  }
  if (at.time) {
    for (const Duration grain : {seconds(1), milliseconds(100), milliseconds(20)}) {
      const std::int64_t ns = at.time->ns() / grain.ns() * grain.ns();
      if (ns == at.time->ns()) break;
      Case next = one;
      next.schedule.faults[fault].at.time = VirtualTime::from_ns(ns);
      cases.push_back(std::move(next));
    }
  }
  simplify_argument(one, fault, cases);
}

// --- recordings ---

class Bursts {
 public:
  explicit Bursts(const audio::Format& format)
      : format_(format),
        frame_(audio::frame_bytes(format)),
        tone_(audio::tone_speech(std::string(8, 'a'), format).substr(0, frame_)) {}

  // A frame that is cut short at the end stays as it is.
  Bytes of(BytesView samples) const {
    Bytes out;
    for (std::size_t i = 0; i < samples.size(); i += frame_) {
      const BytesView frame = samples.substr(i, frame_);
      const bool is_audible = audio::is_audible(frame, format_);
      out += is_audible ? BytesView(tone_).substr(0, frame.size()) : audio::silence(frame.size(), format_);
    }
    return out;
  }

 private:
  audio::Format format_;
  std::size_t frame_;
  Bytes tone_;
};

Bytes with_burst_delta(const Bytes& text, const Bursts& bursts) {
  const wire::RealtimeFrame frame = wire::parse_realtime(text);
  if (frame.type != wire::RealtimeType::output_audio_delta && frame.type != wire::RealtimeType::input_audio_append) {
    return text;
  }
  return wire::with_audio(frame, bursts.of(frame.audio)).text;
}

}  // namespace

std::vector<Case> simpler(const Case& one, std::size_t part) {
  std::vector<Case> cases;
  const std::size_t faults = one.schedule.faults.size();
  if (part < faults) {
    simplify_fault(one, part, cases);
    return cases;
  }
  const Mutation& mutation = one.mutations[part - faults];
  if (mutation.name == MutationName::swap_results || mutation.name == MutationName::swap_order ||
      mutation.name == MutationName::split_token || mutation.name == MutationName::split_octets) {
    return cases;
  }
  for (const std::uint64_t round : {1, 2, 5, 10, 20, 50, 100}) {
    if (round >= mutation.count) break;
    Case next = one;
    next.mutations[part - faults].count = round;
    cases.push_back(std::move(next));
  }
  return cases;
}

trace::Trace cut_after(const trace::Trace& recording, VirtualTime end) {
  trace::Trace part(recording.events.scratch());
  part.metadata = recording.metadata;
  for (const Event& event : recording.events) {
    if (event.channel == trace::kControlChannel || event.at <= end) part.add(event);
  }
  return part;
}

trace::Trace with_bursts(const trace::Trace& recording) {
  const trace::Channel* track = recording.channels.find("caller.audio");
  if (track == nullptr) track = recording.channels.find("agent.audio");
  if (track == nullptr) return recording;
  const Bursts bursts(audio::format_of(track->encoding, track->rate));
  trace::Trace changed(recording.events.scratch());
  changed.metadata = recording.metadata;
  for (Event event : recording.events) {
    if (event.channel == trace::kControlChannel) {
      // Declarations and facts stay.
    } else if (event.kind == EventKind::audio) {
      event.body = trace::encode_body(trace::Audio{.samples = bursts.of(trace::body_field(event.body, 1))});
    } else if (event.kind == EventKind::message) {
      try {
        event.body =
            trace::encode_body(trace::Message{with_burst_delta(trace::body_of<trace::Message>(event).text, bursts)});
      } catch (const Error&) {
        // No frame of the protocol: it stays.
      }
    }
    changed.add(event);
  }
  return changed;
}

}  // namespace ringback::sim
