#include "sim/faults/link.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/faults/actions.h"
#include "src/audio/format.h"

namespace ringback::sim {
namespace {

std::optional<Sound> sound_of(const trace::Channel& channel) {
  if (channel.kind != trace::ChannelKind::audio) return std::nullopt;
  const audio::Format format = audio::format_of(channel.encoding, channel.rate);
  const std::size_t sample_bytes = audio::bytes_per_sample(format);
  return Sound{.rate = format.rate,
               .sample_bytes = static_cast<std::uint32_t>(sample_bytes),
               .silent_sample = audio::silence(sample_bytes, format)};
}

}  // namespace

Link::Link(const Wiring& wiring, trace::Channel channel, Order order)
    : kernel_(wiring.kernel),
      journal_(wiring.journal),
      injector_(wiring.injector),
      lane_(wiring.kernel.lane("link/" + channel.name)),
      channel_(std::move(channel)),
      sound_(sound_of(channel_)),
      order_(order) {}

bool Link::to_agent(trace::Event event, const Detail& detail, Arrive arrive) {
  event.direction = trace::Direction::to_agent;
  return send(std::move(event), detail, to_agent_, std::move(arrive));
}

bool Link::from_agent(trace::Event event, const Detail& detail, Arrive arrive) {
  event.direction = trace::Direction::from_agent;
  return send(std::move(event), detail, from_agent_, std::move(arrive));
}

void Link::note(trace::Event event) {
  event.at = kernel_.now();
  event.channel = channel_.id;
  journal_.record(event);
}

bool Link::send(trace::Event event, const Detail& detail, Side& side, Arrive arrive) {
  const VirtualTime now = kernel_.now();
  event.at = now;
  event.channel = channel_.id;
  const LinkVerdict verdict = judge(event, detail, side);
  for (const LinkVerdict::Acted& acted : verdict.acted) record_fault(event, acted);
  if (verdict.fate == LinkVerdict::Fate::close) {
    if (verdict.deliver_before_close) deliver(event, Delivery::intact, now, arrive);
    close(event, verdict);
    return false;
  }
  if (verdict.fate == LinkVerdict::Fate::drop) return false;

  const bool altered = verdict.replacement.has_value();
  if (altered) {
    event = *verdict.replacement;
    event.origin = trace::Origin::world;
  }
  VirtualTime at = now + verdict.delay;
  if (order_ == Order::stream) {
    at = std::max(at, side.free_at);
    side.free_at = at;
  }
  for (std::uint32_t copy = 0; copy < verdict.copies; ++copy) {
    if (copy > 0) event.origin = trace::Origin::world;
    deliver(event, altered ? Delivery::altered : Delivery::intact, at, arrive);
  }
  return !altered;
}

LinkVerdict Link::judge(const trace::Event& event, const Detail& detail, Side& side) {
  const bool is_sound = sound_.has_value() && event.kind == trace::EventKind::audio;
  Crossing crossing{.channel = channel_.name,
                    .channel_kind = channel_.kind,
                    .event = event,
                    .at = kernel_.now(),
                    .event_number = ++side.events,
                    .token = detail.token,
                    .sound = is_sound ? &*sound_ : nullptr,
                    .first_sample = side.samples};
  if (is_sound) side.samples += trace::body_field(event.body, 1).size() / sound_->sample_bytes;
  return injector_.judge(crossing);
}

void Link::record_fault(const trace::Event& sent, const LinkVerdict::Acted& acted) {
  const Fault& fault = injector_.schedule().faults[acted.fault_index];
  journal_.record(trace::make_event({.at = sent.at,
                                     .channel = sent.channel,
                                     .direction = sent.direction,
                                     .origin = sent.origin,
                                     .exchange = sent.exchange},
                                    trace::FaultFired{.fault = fault.id,
                                                      .action = Bytes(name_of(fault.action.name)),
                                                      .detail = acted.detail,
                                                      .original_kind = static_cast<std::int64_t>(sent.kind),
                                                      .original = sent.body}));
}

void Link::deliver(trace::Event event, Delivery how, VirtualTime at, const Arrive& arrive) {
  if (at == kernel_.now()) {
    journal_.record(event);
    if (arrive) arrive(event, how);
    return;
  }
  const std::uint64_t epoch = epoch_;
  kernel_.schedule(at, EventClass::delivery, lane_, [this, epoch, how, arrive, event = std::move(event)]() mutable {
    if (epoch != epoch_) return;
    event.at = kernel_.now();
    journal_.record(event);
    if (arrive) arrive(event, how);
  });
}

void Link::close(const trace::Event& sent, const LinkVerdict& verdict) {
  drop_in_flight();
  journal_.record(trace::make_event({.at = kernel_.now(),
                                     .channel = channel_.id,
                                     .direction = trace::Direction::to_agent,
                                     .origin = trace::Origin::world,
                                     .exchange = sent.exchange},
                                    trace::Closed{.code = verdict.close_code, .reason = verdict.close_reason}));
  if (on_closed_) on_closed_(verdict.close_code, verdict.close_reason);
}

}  // namespace ringback::sim
