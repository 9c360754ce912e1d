// Things that cross a link, as the link would show them to the injector.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/faults/injector.h"
#include "src/trace/bodies.h"

namespace ringback::sim {

// One crossing that owns its event.
struct Sent {
  std::string channel;
  trace::ChannelKind kind = trace::ChannelKind::tool;
  trace::Event event;
  VirtualTime at;
  std::uint64_t event_number = 1;
  std::uint64_t token = 0;
  const Sound* sound = nullptr;
  std::uint64_t first_sample = 0;
};

inline LinkVerdict judge(Injector& injector, const Sent& sent) {
  return injector.judge({.channel = sent.channel,
                         .channel_kind = sent.kind,
                         .event = sent.event,
                         .at = sent.at,
                         .event_number = sent.event_number,
                         .token = sent.token,
                         .sound = sent.sound,
                         .first_sample = sent.first_sample});
}

inline std::vector<LinkVerdict> judge_all(const Schedule& schedule, Seed seed, const std::vector<Sent>& all) {
  Injector injector(schedule, seed);
  std::vector<LinkVerdict> verdicts;
  for (const Sent& sent : all) verdicts.push_back(judge(injector, sent));
  return verdicts;
}

// The answer to call number `call` of a tool.
inline Sent answer(std::uint32_t call, const Bytes& body, const std::string& channel = "tool:ehr") {
  const trace::Response response{.status = 200, .body = body, .headers = "Content-Length: 2\nX-Trace: 7\n"};
  return {
      .channel = channel,
      .kind = trace::ChannelKind::tool,
      .event = trace::make_event(
          {.channel = 3, .direction = trace::Direction::to_agent, .origin = trace::Origin::recorded, .exchange = call},
          response)};
}

inline Sent message(std::uint32_t response, std::uint64_t token, const Bytes& text = "{}") {
  return {.channel = "model",
          .kind = trace::ChannelKind::model,
          .event = trace::make_event({.channel = 2, .direction = trace::Direction::to_agent, .exchange = response},
                                     trace::Message{.text = text}),
          .token = token};
}

// A response as models stream it: its announcement, `tokens` tokens, its end.
inline std::vector<Sent> response(std::uint32_t number, std::uint64_t tokens) {
  std::vector<Sent> all = {message(number, 0)};
  for (std::uint64_t token = 1; token <= tokens; ++token) all.push_back(message(number, token));
  all.push_back(message(number, 0));
  return all;
}

}  // namespace ringback::sim
