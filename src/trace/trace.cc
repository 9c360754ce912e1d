#include "src/trace/trace.h"

namespace ringback::trace {
namespace {

Channel channel_of(const ChannelDeclared& declared) {
  if (declared.channel_kind < 0 || name_of(static_cast<ChannelKind>(declared.channel_kind)).empty()) {
    fail("channel {} ('{}'): kind {} is not known to this version", declared.id, declared.name, declared.channel_kind);
  }
  if (declared.rate < 0 || declared.rate > 192'000) {
    fail("channel {} ('{}'): expected a rate of at most 192000 samples a second, found {}", declared.id, declared.name,
         declared.rate);
  }
  return {.id = static_cast<ChannelId>(declared.id),
          .kind = static_cast<ChannelKind>(declared.channel_kind),
          .name = declared.name,
          .encoding = declared.encoding,
          .rate = static_cast<std::uint32_t>(declared.rate),
          .url = declared.url};
}

}  // namespace

void ChannelTable::apply_rules(const Event& event) {
  if (event.kind != EventKind::channel_declared) {
    if (event.channel > channels_.size()) fail("an event on channel {} comes before its declaration", event.channel);
    if (event.kind == EventKind::recording_facts) {
      if (event.channel != kControlChannel) fail("recording facts on channel {}, expected 0", event.channel);
      if (!may_state_facts_) fail("recording facts come once, before everything but declarations and gaps");
    }
    may_state_facts_ = may_state_facts_ && event.kind == EventKind::gap;
    return;
  }
  if (event.channel != kControlChannel) fail("a channel is declared on channel {}, expected 0", event.channel);
  const auto declared = body_of<ChannelDeclared>(event);
  const auto expected = static_cast<std::int64_t>(channels_.size()) + 1;
  if (declared.id != expected) fail("a channel is declared with id {}, expected {}", declared.id, expected);
  if (channels_.size() == kChannelsMax) fail("more than {} channels", kChannelsMax);
  if (declared.name.empty() || declared.name.size() > kChannelNameBytesMax) {
    fail("channel {}: expected a name of 1 to {} octets, found {}", declared.id, kChannelNameBytesMax,
         declared.name.size());
  }
  if (find(declared.name) != nullptr) fail("channel {}: the name '{}' is taken", declared.id, declared.name);
  channels_.push_back(channel_of(declared));
}

const Channel* ChannelTable::find(ChannelId id) const {
  return id == kControlChannel || id > channels_.size() ? nullptr : &channels_[id - 1u];
}

const Channel* ChannelTable::find(std::string_view name) const {
  for (const Channel& channel : channels_) {
    if (channel.name == name) return &channel;
  }
  return nullptr;
}

BytesView Trace::add(const Event& event) {
  channels.observe(event);
  return events.push_back(event);
}

ChannelId Trace::declare(const Channel& channel, VirtualTime at) {
  const auto id = static_cast<ChannelId>(channels.channels().size() + 1);
  add(make_event({.at = at}, ChannelDeclared{.id = id,
                                             .channel_kind = static_cast<std::int64_t>(channel.kind),
                                             .name = channel.name,
                                             .encoding = channel.encoding,
                                             .rate = channel.rate,
                                             .url = channel.url}));
  return id;
}

RecordingFacts Trace::facts() const {
  for (const Event& event : events) {
    if (event.kind == EventKind::recording_facts) return body_of<RecordingFacts>(event);
    if (event.kind != EventKind::channel_declared) break;
  }
  return {};
}

Duration Trace::duration() const {
  VirtualTime last;
  for (auto each = events.begin(); each.index() < events.size(); ++each) last = std::max(last, each.time());
  return last.since_start();
}

}  // namespace ringback::trace
