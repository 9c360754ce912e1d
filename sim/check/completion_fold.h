// The model's channels that are asked request by request: answers, tokens, function calls and their outputs.
//
// As with ModelFold only what was delivered counts. A function call is open from the end of the answer that asks for it
// to the request that holds its output; or until the agent, calling no tool and asking nothing, says something to the
// caller that means that it has given the call up (given_up.h).
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "sim/check/floor_facts.h"
#include "sim/check/timeline.h"
#include "sim/dialog/given_up.h"
#include "src/wire/completion.h"

namespace ringback::sim {

class CompletionFold {
 public:
  CompletionFold(const trace::ChannelTable& channels, Timeline& timeline, FloorFacts& facts)
      : channels_(channels), timeline_(timeline), facts_(facts) {}

  void observe(const trace::Event& event, EventIndex index, VirtualTime at);

 private:
  // A request that is under way.
  struct Open {
    std::size_t response = 0;  // in the timeline
    wire::CompletionDecoder decoder;
    wire::ChatItem answer;
  };
  struct OpenCall {
    std::size_t number = 0;  // in the timeline
    bool is_waited_for = true;
  };
  struct Partner {
    std::map<std::uint32_t, Open> open;          // by exchange
    std::map<std::string, OpenCall> open_calls;  // by call id; their outputs have not gone to the model
    std::uint32_t responses = 0;
    OpenedCalls calls_opened;
    std::size_t disconnections = 0;  // of all sockets, when it was asked last
    bool has_failed = false;         // the last answer
  };

  void request(const trace::Channel& channel, wire::CompletionProtocol protocol, const trace::Event& event,
               EventIndex index, VirtualTime at);
  void begin_session(const trace::Channel& channel, Partner& partner, const wire::ChatRequest& asked, EventIndex index,
                     VirtualTime at);
  void note_tool(const trace::Event& event);
  void agent_said(VirtualTime at);
  void answer(const trace::Channel& channel, const trace::Event& event, EventIndex index, VirtualTime at);
  void take(const trace::Channel& channel, std::uint32_t exchange, const std::vector<wire::CompletionDelta>& deltas,
            EventIndex index, VirtualTime at);
  void close(Partner& partner, std::uint32_t exchange, VirtualTime at, std::string status, std::string detail);

  const trace::ChannelTable& channels_;
  Timeline& timeline_;
  FloorFacts& facts_;
  std::map<trace::ChannelId, Partner> partners_;
  std::set<std::pair<trace::ChannelId, std::uint32_t>> tools_under_way_;
  std::uint64_t tool_requests_ = 0;
};

}  // namespace ringback::sim
