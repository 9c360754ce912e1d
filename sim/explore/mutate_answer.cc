// Mutations of a tool's recorded answers.
#include <algorithm>
#include <utility>

#include "sim/explore/json_change.h"
#include "sim/explore/mutate.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::Event;
using trace::EventKind;

// Position of the answer of a call, or the number of events without one.
std::size_t answer_of(const trace::Trace& recording, trace::ChannelId channel, std::uint64_t call) {
  const auto found = std::find_if(recording.events.begin(), recording.events.end(), [&](const Event& event) {
    return event.channel == channel && event.exchange == call && event.kind == EventKind::response;
  });
  return found.index();
}

void change_result(const Mutation& mutation, Event& answer) {
  trace::Response response = trace::body_of<trace::Response>(answer);
  const std::string_view value = mutation.value;
  const std::size_t space = std::min(value.find(' '), value.size());
  const std::string_view place = value.substr(std::min(space + 1, value.size()));
  response.body = changed_json(response.body, value.substr(0, space), place);
  answer.body = trace::encode_body(response);
}

// `times` as long from the request to the answer. Events stay in the order of their times.
void stretch_latency(trace::Trace& recording, std::size_t answer, std::uint64_t times) {
  Event moved = recording.events[answer];
  const auto request = std::find_if(recording.events.begin(), recording.events.end(), [&](const Event& event) {
    return event.channel == moved.channel && event.exchange == moved.exchange && event.kind == EventKind::request;
  });
  if (request == recording.events.end() || request->at > moved.at) return;
  constexpr std::int64_t kLongest = seconds(3600).ns();
  const std::int64_t latency = std::min(kLongest, (moved.at - request->at).ns());
  const std::int64_t factor = static_cast<std::int64_t>(std::min<std::uint64_t>(times, 1000));
  moved.at = request->at + nanoseconds(std::min(kLongest, latency * factor));
  recording.events.erase(answer);
  const auto behind =
      std::find_if(recording.events.begin() + static_cast<std::ptrdiff_t>(std::min(answer, recording.events.size())),
                   recording.events.end(), [&](const Event& event) { return event.at > moved.at; });
  recording.events.insert(behind.index(), moved);
}

// Each comes when the other one did, unless it would come before its own request.
void swap_places(trace::Trace& recording, std::size_t a, std::size_t b) {
  Event first = recording.events[std::min(a, b)];
  Event second = recording.events[std::max(a, b)];
  const auto begin = recording.events.begin() + static_cast<std::ptrdiff_t>(std::min(a, b));
  const auto end = recording.events.begin() + static_cast<std::ptrdiff_t>(std::max(a, b));
  const bool is_asked_between = std::any_of(begin, end, [&](const Event& event) {
    return event.kind == EventKind::request && event.channel == second.channel && event.exchange == second.exchange;
  });
  if (is_asked_between) return;
  std::swap(first.at, second.at);
  recording.events.replace(std::min(a, b), second);
  recording.events.replace(std::max(a, b), first);
}

}  // namespace

void mutate_answer(const Mutation& mutation, trace::Trace& recording) {
  const trace::Channel* channel = recording.channels.find(mutation.channel);
  if (channel == nullptr || channel->kind != trace::ChannelKind::tool) return;
  const std::size_t answer = answer_of(recording, channel->id, mutation.at);
  if (answer == recording.events.size()) return;
  if (mutation.name == MutationName::result) {
    Event changed = recording.events[answer];
    change_result(mutation, changed);
    recording.events.replace(answer, changed);
  }
  if (mutation.name == MutationName::latency) stretch_latency(recording, answer, mutation.count);
  if (mutation.name != MutationName::swap_results && mutation.name != MutationName::swap_order) return;
  const trace::Channel* partner = mutation.value.empty() ? channel : recording.channels.find(mutation.value);
  if (partner == nullptr || partner->kind != trace::ChannelKind::tool) return;
  const std::size_t other = answer_of(recording, partner->id, mutation.count);
  if (other == recording.events.size() || other == answer) return;
  if (mutation.name == MutationName::swap_results) {
    Event one = recording.events[answer];
    Event another = recording.events[other];
    std::swap(one.body, another.body);
    recording.events.replace(answer, one);
    recording.events.replace(other, another);
  } else {
    swap_places(recording, answer, other);
  }
}

}  // namespace ringback::sim
