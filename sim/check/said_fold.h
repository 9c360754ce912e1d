// What the model said, item by item, and how much of each item was heard.
//
// An agent hands on what the model sends it, in order: the sound that it sends to the caller is taken to be the oldest
// sound of the model that it has not sent yet. What is left of an item when the agent drops its queue is dropped as
// soon as the model begins another. Sound that the agent makes up while nothing of the model is left belongs to no
// item.
//
// Positions count all sound that ever went to play-out and was not cleared, as audio::Playout::queued() does.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/check/timeline.h"

namespace ringback::sim {

class SaidFold {
 public:
  explicit SaidFold(Timeline& timeline) : timeline_(timeline) {}

  struct Place {
    const std::string& channel;
    const std::string& item;
    VirtualTime at;
    EventIndex event = 0;
  };

  // The model sent `length` of an item's sound, or its transcript.
  void received(const Place& place, Duration length);
  void transcribed(const Place& place, const std::string& text);
  // A new session begins: the ids of the old one mean nothing any more.
  void session_began(const std::string& channel);
  // `length` of the agent's sound went to play-out behind `begin`.
  void sent(VirtualTime at, Duration begin, Duration length);
  // What was not played when `played` had been is dropped.
  void cleared(Duration played);
  // The agent says that `told` of the item was heard; `played` of all sound was.
  void truncated(const Place& place, Duration told, Duration played);
  // Words that stand in the model's conversation and never became sound; they would have taken `length`.
  void never_sent(const Place& place, Duration length, const std::string& text);
  // Whether entry `item` of Timeline::said was dropped, or heard to its end, when `played` of all sound was.
  bool is_over(std::size_t item, Duration played) const;
  void finish(VirtualTime end, Duration played);

 private:
  struct Segment {
    std::size_t item = 0;
    Duration begin;
    Duration end;
  };
  struct State {
    std::vector<std::size_t> segments;
    bool is_cut = false;  // the agent dropped something of it
    VirtualTime last_received;
  };
  Duration played_of(std::size_t item, Duration played) const;

  Timeline& timeline_;
  std::map<std::pair<std::string, std::string>, std::size_t> known_;  // (channel, item)
  std::vector<State> states_;                                         // as Timeline::said
  std::deque<std::pair<std::size_t, Duration>> unsent_;
  std::vector<Segment> segments_;  // in order of their begin
  VirtualTime last_sent_;
};

}  // namespace ringback::sim
