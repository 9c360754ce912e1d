#include "sim/check/cascade_fold.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/check/plain_words.h"
#include "src/base/error.h"

namespace ringback::sim {

using trace::ChannelKind;
using trace::Direction;
using trace::EventKind;
using wire::SpeechFrame;
using wire::SpeechType;

namespace {

// Where nothing was synthesized yet: about 150 words of six characters a minute.
constexpr Duration kCharacter = milliseconds(66);
// What a stranger's start frame may ask for.
constexpr std::int64_t kRateMax = 1'000'000;

std::optional<audio::Format> format_in(const SpeechFrame& start) {
  if (start.rate < 1 || start.rate > kRateMax) return std::nullopt;
  return audio::known_format(start.encoding, static_cast<std::uint32_t>(start.rate));
}

// How much of `words` stands at the end of `text`, in whole words.
std::size_t prefix_at_end(std::string_view words, std::string_view text) {
  std::size_t length = std::min(words.size(), text.size());
  while (length > 0) {
    const bool is_whole = length == words.size() || words[length] == ' ';
    if (is_whole && text.ends_with(words.substr(0, length))) return length;
    --length;
  }
  return 0;
}

}  // namespace

CascadeFold::CascadeFold(const trace::ChannelTable& channels, const Parts& parts)
    : channels_(channels), timeline_(parts.timeline), speech_(parts.speech), said_(parts.said) {
  const auto& all = channels.channels();
  has_synthesizer_ = std::any_of(
      all.begin(), all.end(), [](const trace::Channel& channel) { return channel.kind == ChannelKind::synthesizer; });
}

void CascadeFold::observe(const trace::Event& event, EventIndex index, VirtualTime at) {
  const trace::Channel* channel = channels_.find(event.channel);
  if (channel == nullptr) return;
  if (channel->kind == ChannelKind::model && event.kind == EventKind::request) {
    if (has_synthesizer_) request(*channel, event, index, at);
    return;
  }
  if (channel->kind != ChannelKind::transcriber && channel->kind != ChannelKind::synthesizer) return;
  if (event.kind == EventKind::opened) {
    sockets_.erase(channel->id);
    if (channel->kind == ChannelKind::synthesizer) said_.session_began(channel->name);
  } else if (event.kind == EventKind::closed) {
    timeline_.disconnections.push_back({.channel = channel->name,
                                        .at = at,
                                        .event = index,
                                        .code = trace::body_of<trace::Closed>(event).code,
                                        .by_agent = event.direction == Direction::from_agent});
  } else if (event.kind == EventKind::message) {
    SpeechFrame frame;
    try {
      frame = wire::parse_speech(trace::body_field(event.body, 1));
    } catch (const Error&) {
      return;
    }
    if (frame.type == SpeechType::start && event.direction == Direction::from_agent)
      sockets_[channel->id].format = format_in(frame);
    channel->kind == ChannelKind::transcriber ? transcriber_frame(frame, event, at)
                                              : synthesizer_frame(*channel, frame, event, index, at);
  }
}

void CascadeFold::transcriber_frame(const SpeechFrame& frame, const trace::Event& event, VirtualTime at) {
  if (event.direction == Direction::from_agent) {
    const std::optional<audio::Format>& format = sockets_[event.channel].format;
    if (frame.type == SpeechType::audio && format)
      timeline_.cost.audio_in += audio::duration_of(frame.audio.size(), *format);
  } else if (frame.type == SpeechType::final_transcript) {
    timeline_.turn_ends.push_back(at);
    speech_.caller_transcript({.at = at, .text = frame.text});
  }
}

void CascadeFold::synthesizer_frame(const trace::Channel& channel, const SpeechFrame& frame, const trace::Event& event,
                                    EventIndex index, VirtualTime at) {
  if (event.direction == Direction::from_agent) {
    if (frame.type == SpeechType::speak) texts_[frame.id] = frame.text;
  } else if (frame.type == SpeechType::audio) {
    note_sound(channel, frame, index, at);
  }
}

void CascadeFold::note_sound(const trace::Channel& channel, const SpeechFrame& frame, EventIndex index,
                             VirtualTime at) {
  const std::optional<audio::Format>& format = sockets_[channel.id].format;
  if (!format) return;
  const Duration length = audio::duration_of(frame.audio.size(), *format);
  timeline_.cost.audio_out += length;
  synthesized_ += length;
  const std::size_t before = timeline_.said.size();
  said_.received({.channel = channel.name, .item = frame.id, .at = at, .event = index}, length);
  if (timeline_.said.size() == before) return;
  // An answer's first sound: that of the last answer which had something to say.
  for (auto response = timeline_.responses.rbegin(); response != timeline_.responses.rend(); ++response) {
    if (!response->first_token) continue;
    if (!response->first_audio) response->first_audio = at;
    break;
  }
  const std::string text = texts_[frame.id];
  texts_.erase(frame.id);
  timeline_.said.back().transcript = text;
  timeline_.said.back().told = Duration();  // until the agent puts it into a request
  speech_.agent_transcript({.at = at, .text = text, .event = index});
  uncommitted_.push_back({.said = before, .text = plain_words(text)});
  characters_ += uncommitted_.back().text.size();
}

void CascadeFold::request(const trace::Channel& channel, const trace::Event& event, EventIndex index, VirtualTime at) {
  const std::optional<wire::CompletionProtocol> protocol = wire::completion_protocol_named(channel.encoding);
  if (!protocol) return;
  wire::ChatRequest asked;
  try {
    asked = wire::parse_chat_request(*protocol, trace::body_of<trace::Request>(event).body);
  } catch (const Error&) {
    return;
  }
  const auto [known, is_first] = asked_.try_emplace(channel.id, 0);
  // One that goes on with a conversation which the provider keeps holds new items alone.
  const std::size_t begin = asked.previous.empty() ? std::min(known->second, asked.items.size()) : 0;
  std::string text;
  for (std::size_t i = begin; i < asked.items.size(); ++i) {
    if (asked.items[i].role != wire::ChatItem::Role::assistant || asked.items[i].text.empty()) continue;
    if (!text.empty()) text += ' ';
    text += plain_words(asked.items[i].text);
  }
  if (asked.previous.empty()) known->second = asked.items.size();
  // What was there from the start is no business of this call.
  if (!is_first || !uncommitted_.empty()) commit(text, channel, index, at);
}

void CascadeFold::commit(std::string_view text, const trace::Channel& channel, EventIndex index, VirtualTime at) {
  const Duration played = speech_.played(at);
  std::size_t next = 0;
  for (; next < uncommitted_.size() && said_.is_over(uncommitted_[next].said, played); ++next) {
    const Utterance& utterance = uncommitted_[next];
    SaidItem& said = timeline_.said[utterance.said];
    if (const std::size_t found = text.find(utterance.text); found != std::string_view::npos) {
      said.told = said.received;
      text.remove_prefix(found + utterance.text.size());
      while (text.starts_with(' ')) text.remove_prefix(1);
    } else if (const std::size_t kept = prefix_at_end(utterance.text, text); kept > 0) {
      said.told = Duration::from_ns(said.received.ns() / static_cast<std::int64_t>(utterance.text.size()) *
                                    static_cast<std::int64_t>(kept));
      text = {};
    }
  }
  const bool is_all_over = next == uncommitted_.size();
  uncommitted_.erase(uncommitted_.begin(), uncommitted_.begin() + static_cast<std::ptrdiff_t>(next));
  // While something still plays, what is left of the text may be that.
  if (text.empty() || !is_all_over) return;
  said_.never_sent({.channel = channel.name, .item = "text that was not spoken", .at = at, .event = index},
                   length_of(text.size()), std::string(text));
}

Duration CascadeFold::length_of(std::size_t characters) const {
  const auto count = static_cast<std::int64_t>(characters);
  if (characters_ == 0) return kCharacter * count;
  return Duration::from_ns(synthesized_.ns() / static_cast<std::int64_t>(characters_) * count);
}

}  // namespace ringback::sim
