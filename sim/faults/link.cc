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
  return Sound{.encoding = format.encoding,
               .rate = format.rate,
               .sample_bytes = static_cast<std::uint32_t>(sample_bytes),
               .silent_sample = audio::silence(sample_bytes, format)};
}

}  // namespace

Link::Link(const Wiring& wiring, trace::Channel channel, Order order)
    : kernel_(wiring.kernel),
      journal_(wiring.journal),
      injector_(wiring.injector),
      process_(wiring.process),
      lane_(wiring.kernel.lane("link/" + channel.name)),
      channel_(std::move(channel)),
      sound_(sound_of(channel_)),
      order_(order),
      is_untouched_(!injector_.may_act_on(channel_.name)) {}

void Link::note(trace::Event& event) {
  event.at = kernel_.now();
  event.channel = channel_.id;
  journal_.record(event);
}

bool Link::would_bounce(trace::Event event, ActionName action) const {
  const std::vector<Fault>& faults = injector_.schedule().faults;
  const auto is_meant = [&](const Fault& fault) {
    return fault.action.name == action && selects(fault.where, channel_.name);
  };
  if (std::none_of(faults.begin(), faults.end(), is_meant)) return false;
  event.channel = channel_.id;
  event.direction = trace::Direction::from_agent;
  const LinkVerdict verdict = injector_.preview({.channel = channel_.name,
                                                 .channel_kind = channel_.kind,
                                                 .event = event,
                                                 .at = kernel_.now(),
                                                 .event_number = from_agent_.events + 1});
  return verdict.bounce.has_value() && std::any_of(verdict.acted.begin(), verdict.acted.end(), [&](const auto& acted) {
           return faults[acted.fault_index].action.name == action;
         });
}

void Link::tick() {
  const trace::Event nothing{.at = kernel_.now(), .channel = channel_.id, .origin = trace::Origin::world};
  const LinkVerdict verdict =
      injector_.judge({.channel = channel_.name, .channel_kind = channel_.kind, .event = nothing, .at = kernel_.now()});
  carry_out(nothing, verdict);
}

// What the verdict does beside the event's own fate.
void Link::carry_out(const trace::Event& sent, const LinkVerdict& verdict) {
  for (const LinkVerdict::Acted& acted : verdict.acted) record_fault(sent, acted);
  if (on_key_) {
    for (const char key : verdict.keys) on_key_(key);
  }
  if (process_ == nullptr) return;
  for (const std::size_t index : verdict.blows) process_->befall(injector_.schedule().faults[index]);
}

bool Link::send(trace::Event event, const Detail& detail, Side& side, Arrive arrive) {
  const VirtualTime now = kernel_.now();
  event.at = now;
  event.channel = channel_.id;
  const LinkVerdict verdict = judge(event, detail, side);
  // An attempt of the agent is one also where nothing of it arrives.
  const bool is_attempt = event.kind == trace::EventKind::request || event.kind == trace::EventKind::opened;
  if (is_attempt && verdict.fate == LinkVerdict::Fate::drop) journal_.record(event);
  carry_out(event, verdict);
  if (verdict.fate == LinkVerdict::Fate::close) {
    if (verdict.deliver_before_close) deliver(event, Delivery::intact, now, arrive);
    close(event, verdict);
    return false;
  }
  if (verdict.fate == LinkVerdict::Fate::drop) {
    if (verdict.bounce) bounce(*verdict.bounce);
    return false;
  }

  const bool altered = verdict.replacement.has_value();
  if (altered) {
    event = *verdict.replacement;
    event.at = now;
    event.origin = trace::Origin::world;
  }
  if (verdict.fate == LinkVerdict::Fate::hold) {
    side.held.push_back({std::move(event), verdict, std::move(arrive)});
  } else {
    deliver_all(event, verdict, side, arrive);
  }
  return !altered && verdict.followers.empty();
}

// The event, and then what waited for it.
void Link::deliver_all(const trace::Event& event, const LinkVerdict& verdict, Side& side, const Arrive& arrive) {
  std::vector<Held> held = std::exchange(side.held, {});
  deliver_one(event, verdict, side, arrive);
  for (Held& waiting : held) {
    waiting.event.at = kernel_.now();
    deliver_one(waiting.event, waiting.verdict, side, waiting.arrive);
  }
}

// The event with its copies and what a fault puts behind it.
void Link::deliver_one(const trace::Event& event, const LinkVerdict& verdict, Side& side, const Arrive& arrive) {
  VirtualTime at = kernel_.now() + verdict.delay;
  VirtualTime first = std::max(kernel_.now(), at - verdict.spread);
  if (order_ == Order::stream) {
    at = std::max(at, side.free_at);
    first = std::max(first, side.free_at);  // nothing of it arrives within what comes before it
    side.free_at = at;
  }
  const Delivery how = verdict.replacement ? Delivery::altered : Delivery::intact;
  if (verdict.spread > Duration() && at > first && on_begun_ && event.direction == trace::Direction::to_agent)
    begin(event, first, at - first);
  trace::Event each = event;
  for (std::uint32_t copy = 0; copy < verdict.copies; ++copy) {
    if (copy > 0) each.origin = trace::Origin::world;
    deliver(each, how, at, arrive);
  }
  for (trace::Event follower : verdict.followers) {
    follower.at = kernel_.now();
    follower.origin = trace::Origin::world;
    deliver(std::move(follower), Delivery::altered, at, arrive);
  }
}

void Link::begin(const trace::Event& event, VirtualTime first, Duration spread) {
  const std::uint64_t epoch = epoch_;
  kernel_.schedule(first, EventClass::delivery, lane_, [this, epoch, event, spread] {
    if (epoch == epoch_ && on_begun_) on_begun_(event, spread);
  });
}

// Of an exchange of its own, so nothing else of the connection is lost with it.
void Link::bounce(trace::Event event) {
  event.channel = channel_.id;
  deliver(std::move(event), Delivery::altered, kernel_.now() + kRoundTrip,
          [this](const trace::Event& arrived, Delivery) {
            if (on_bounced_) on_bounced_(arrived);
          });
}

void Link::drop_in_flight() {
  ++epoch_;
  // What is lost holds up nothing of the next connection.
  for (Side* side : {&to_agent_, &from_agent_}) {
    side->held.clear();
    side->free_at = {};
  }
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
  journal_.record(trace::make_event(
      {.at = sent.at,
       .channel = sent.channel,
       .direction = sent.direction,
       .origin = sent.origin,
       .exchange = sent.exchange},
      trace::FaultFired{
          .fault = fault.id,
          .action = Bytes(name_of(fault.action.name)),
          .detail = acted.detail,
          // A tick is no event.
          .original_kind = sent.direction == trace::Direction::none ? 0 : static_cast<std::int64_t>(sent.kind),
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
