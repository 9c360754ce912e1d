#include "sim/check/said_fold.h"

#include <algorithm>

namespace ringback::sim {

void SaidFold::received(const Place& place, Duration length) {
  const auto [known, is_new] = known_.try_emplace({place.channel, place.item}, timeline_.said.size());
  const std::size_t index = known->second;
  if (is_new) {
    timeline_.said.push_back({.channel = place.channel, .item = place.item, .at = place.at, .event = place.event});
    states_.emplace_back();
    std::erase_if(unsent_, [&](const auto& left) { return states_[left.first].is_cut; });
  }
  timeline_.said[index].received += length;
  states_[index].last_received = place.at;
  if (!unsent_.empty() && unsent_.back().first == index)
    unsent_.back().second += length;
  else
    unsent_.emplace_back(index, length);
}

void SaidFold::transcribed(const Place& place, const std::string& text) {
  const auto known = known_.find({place.channel, place.item});
  if (known != known_.end()) timeline_.said[known->second].transcript = text;
}

void SaidFold::session_began(const std::string& channel) {
  std::erase_if(known_, [&](const auto& entry) { return entry.first.first == channel; });
}

void SaidFold::sent(VirtualTime at, Duration begin, Duration length) {
  last_sent_ = at;
  while (length > Duration() && !unsent_.empty()) {
    auto& [item, left] = unsent_.front();
    const Duration part = std::min(length, left);
    State& state = states_[item];
    const bool goes_on =
        !state.segments.empty() && state.segments.back() + 1 == segments_.size() && segments_.back().end == begin;
    if (goes_on) {
      segments_.back().end += part;
    } else {
      state.segments.push_back(segments_.size());
      segments_.push_back({.item = item, .begin = begin, .end = begin + part});
    }
    begin += part;
    length -= part;
    left -= part;
    if (left == Duration()) unsent_.pop_front();
  }
}

void SaidFold::cleared(Duration played) {
  for (auto segment = segments_.rbegin(); segment != segments_.rend() && segment->end > played; ++segment) {
    segment->end = std::max(segment->begin, played);
    segment->begin = std::min(segment->begin, segment->end);
    states_[segment->item].is_cut = true;
  }
  for (const auto& [item, left] : unsent_) states_[item].is_cut = true;
  // The item that was heard last may get more sound, which its agent drops as it comes.
  if (!segments_.empty()) states_[segments_.back().item].is_cut = true;
}

Duration SaidFold::played_of(std::size_t item, Duration played) const {
  Duration sum;
  for (const std::size_t index : states_[item].segments) {
    const Segment& segment = segments_[index];
    if (segment.begin < played) sum += std::min(segment.end, played) - segment.begin;
  }
  return sum;
}

void SaidFold::truncated(const Place& place, Duration told, Duration played) {
  const auto known = known_.find({place.channel, place.item});
  TruncatedItem truncation{
      .channel = place.channel, .item = place.item, .at = place.at, .event = place.event, .told = told};
  if (known != known_.end()) {
    truncation.knows_item = true;
    truncation.played = played_of(known->second, played);
    truncation.received = timeline_.said[known->second].received;
    timeline_.said[known->second].told = told;
    states_[known->second].is_cut = true;
  }
  timeline_.truncations.push_back(std::move(truncation));
}

void SaidFold::never_sent(const Place& place, Duration length, const std::string& text) {
  timeline_.said.push_back({.channel = place.channel,
                            .item = place.item,
                            .transcript = text,
                            .at = place.at,
                            .event = place.event,
                            .received = length});
  states_.push_back({.segments = {}, .is_cut = true, .last_received = place.at});
}

bool SaidFold::is_over(std::size_t item, Duration played) const {
  return states_[item].is_cut || played_of(item, played) >= timeline_.said[item].received;
}

void SaidFold::finish(VirtualTime end, Duration played) {
  for (std::size_t i = 0; i < timeline_.said.size(); ++i) {
    SaidItem& said = timeline_.said[i];
    said.played = played_of(i, played);
    const std::vector<std::size_t>& segments = states_[i].segments;
    said.is_open_at_the_end = !segments.empty() && segments_[segments.back()].end > played;
  }
  // What an agent is still sending, and what came right before the end, could not have been handed on.
  for (const auto& [item, left] : unsent_) {
    const bool is_new = end - states_[item].last_received <= Floor::kPauseMax;
    const bool is_being_sent = !states_[item].segments.empty() && end - last_sent_ <= Floor::kPauseMax;
    if (is_new || is_being_sent) timeline_.said[item].is_open_at_the_end = true;
  }
}

}  // namespace ringback::sim
