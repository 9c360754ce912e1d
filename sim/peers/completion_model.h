// The completion model: answers each request from the recording, by the conversation that the request holds.
//
// The server keeps nothing but what it said under which id. An answer is `recorded` only while the conversation is the
// recorded one (chat_key.h), the first unused of equal ones; otherwise a rule of the user or a stand-in answers, and
// without faults the run ends there. Each request has a connection of its own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "sim/agents/port.h"
#include "sim/dialog/floor.h"
#include "sim/dialog/given_up.h"
#include "sim/dialog/reaction.h"
#include "sim/faults/link.h"
#include "sim/faults/schedule.h"
#include "sim/peers/recorded_completions.h"
#include "sim/peers/watch.h"

namespace ringback::sim {

class CompletionModel final : public CompletionPort {
 public:
  struct Parts {
    Kernel& kernel;
    Lane& agent_lane;
    Floor& floor;
    Watch& watch;
    Link& link;
    const Schedule& schedule;
    std::function<const std::set<std::string>&()> failing_tools;
    std::function<std::uint32_t()> tool_calls;  // that the agent made so far
    bool strict = false;
    // What the model does where neither the recording nor a rule answers.
    Reaction reaction = Reaction::apologise;
  };
  // `recorded` and all parts outlive the model.
  CompletionModel(const Parts& parts, const RecordedCompletions& recorded);
  ~CompletionModel() override;

  std::unique_ptr<CompletionStream> ask(const wire::ChatRequest& request) override;
  std::unique_ptr<CompletionExchange> post(Bytes body) override;

  // Of the next request, as ConnectFaults has them.
  bool would_fail_to_connect(ActionName action, std::uint32_t ahead) const;
  void fail_to_connect();

  // The agent said something to the caller while it calls no tool. Where it asks nothing of the model either, it may
  // have given up the calls that the model asked for (given_up.h): then nothing more will come of them.
  void agent_said();

  // Recorded answers that no request came to, for the report.
  std::vector<std::string> unused() const;
  // From here on nothing is sent or journalled: the run is over.
  void stop();

 private:
  class Stream;
  class Post;
  struct Exchange;
  struct Answer {
    std::vector<CompletionEvent> script;
    trace::Origin origin = trace::Origin::recorded;
    std::optional<std::size_t> recorded;  // index
    bool ends = true;                     // false: the recording does not have the end
  };

  Exchange& begin(const wire::ChatRequest& request);
  void send_request(std::uint32_t number, Bytes body);
  void receive(std::uint32_t number, const trace::Event& request);
  std::optional<Answer> answer(std::uint32_t number, const wire::ChatRequest& request,
                               const std::vector<wire::ChatItem>& conversation);
  Answer answer_for_itself(std::uint32_t number, const wire::ChatRequest& request,
                           const std::vector<wire::ChatItem>& conversation);
  void play(std::uint32_t number);
  void send(Exchange& exchange, const CompletionEvent& event, bool is_last);
  void arrive(std::uint32_t number, const trace::Event& event, bool is_last);
  void hand_out(Exchange& exchange, const std::vector<wire::CompletionDelta>& deltas);
  void hand_out_octets(Exchange& exchange, const trace::Event& event, bool is_last);
  void remember(Exchange& exchange);
  void end(Exchange& exchange);
  void let_go(std::uint32_t number);
  void look_for_beginnings(std::uint32_t number, CompletionExchange::Begun on_begun);
  void begin_arriving(const trace::Event& event, Duration spread);

  Parts parts_;
  const RecordedCompletions& recorded_;
  Lane& lane_;
  std::vector<bool> is_used_;
  Improviser improviser_;
  ContinuedConversations conversations_;
  std::uint32_t requests_ = 0;
  std::map<std::uint32_t, std::unique_ptr<Exchange>> exchanges_;  // under way, by number
  std::set<std::string> open_calls_;
  OpenedCalls calls_opened_;  // the last of open_calls_
  bool is_over_ = false;
};

}  // namespace ringback::sim
