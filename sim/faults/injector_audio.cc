// What the actions of the audio family do to a track.
#include "sim/faults/injector_state.h"
#include "sim/faults/sound_damage.h"

namespace ringback::sim {

using trace::EventKind;

void Injector::State::apply_audio(std::size_t index, Case& present) {
  if (present.crossing.sound == nullptr || present.crossing.event.kind != EventKind::audio) return;
  switch (schedule_.faults[index].action.name) {
    case ActionName::delay:
    case ActionName::jitter:
    case ActionName::dtmf:
      return apply_to_frame(index, present);
    default:
      return apply_to_samples(index, present);
  }
}

void Injector::State::apply_to_samples(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  const Sound& sound = *crossing.sound;
  const Fault& fault = schedule_.faults[index];
  const Bytes samples = trace::body_of<trace::Audio>(present.event()).samples;
  const SoundPlace place{crossing.at, crossing.first_sample, samples.size() / sound.sample_bytes};
  const SampleSpan span = span_of(fault.at, place, sound);
  if (span.is_empty() || !matches(index, present)) return;

  const ActionName name = fault.action.name;
  const RandomStream draws = draws_of(fault, fmt::format("{}/{}", name_of(name), crossing.channel));
  Bytes damaged;
  if (name == ActionName::silence) {
    damaged = silenced(samples, span, sound);
  } else if (name == ActionName::garble) {
    damaged =
        garbled(samples, span, sound, draws, crossing.first_sample, std::get<std::int64_t>(fault.action.argument));
  } else if (name == ActionName::clip) {
    damaged = clipped(samples, span, sound);
  } else {
    damaged =
        with_lost_frames(samples, span, sound, draws, crossing.first_sample, std::get<Ratio>(fault.action.argument));
  }
  if (name != ActionName::silence && damaged == samples) return;
  if (damaged.empty()) return swallow(index, fmt::format("{} samples lost", place.samples), present);
  const std::uint64_t changed =
      name == ActionName::drop ? (samples.size() - damaged.size()) / sound.sample_bytes : span.end - span.begin;
  trace::Event replacement = crossing.event;
  replacement.body = trace::encode_body(trace::Audio{.samples = std::move(damaged)});
  present.verdict.replacement = std::move(replacement);
  note(index, fmt::format("{} of {} samples", changed, place.samples), present);
}

// Actions on an event as a whole: it counts for a frame when one of its samples does.
void Injector::State::apply_to_frame(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  const Fault& fault = schedule_.faults[index];
  const SoundPlace place{crossing.at, crossing.first_sample,
                         trace::body_field(crossing.event.body, 1).size() / crossing.sound->sample_bytes};
  Memory& memory = memories_[index];
  const bool is_key = fault.action.name == ActionName::dtmf;
  if (is_key && memory.begun.contains(crossing.channel)) return;
  if (span_of({.frame = fault.at.frame}, place, *crossing.sound).is_empty() || !matches(index, present)) return;
  if (is_key) {
    memory.begun.insert(std::string(crossing.channel));
    const Bytes& key = std::get<Bytes>(fault.action.argument);
    present.verdict.keys += key;
    return note(index, "pressed " + key, present);
  }
  Duration late = std::get<Duration>(fault.action.argument);
  if (fault.action.name == ActionName::jitter) {
    const RandomStream draws = draws_of(fault, fmt::format("jitter/{}", crossing.channel));
    late = nanoseconds(
        static_cast<std::int64_t>(draws.below(crossing.event_number, static_cast<std::uint64_t>(late.ns()) + 1)));
    if (late == Duration()) return;
  }
  delay(index, late, present);
}

}  // namespace ringback::sim
