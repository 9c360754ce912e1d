// The tools: each recorded tool channel answers the agent's calls as it did in the recording.
//
// A call is matched by channel, canonical arguments, and how many equal ones came before: never by the order over
// different calls. An answer that a fault altered or swallowed is not used up. What the recording cannot answer is
// answered down the ladder of docs/replay.md, after the latency of the tool's first recorded answer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "sim/agents/port.h"
#include "sim/faults/link.h"
#include "sim/faults/schedule.h"
#include "sim/peers/recorded_tools.h"
#include "sim/peers/watch.h"

namespace ringback::sim {

// Latency of made-up answers of a tool that the recording never calls.
inline constexpr Duration kStubToolLatency = milliseconds(200);

class ToolPeers final : public ToolPort {
 public:
  struct Parts {
    Kernel& kernel;
    Lane& agent_lane;
    Watch& watch;
    Link::Wiring wiring;
    // Declares a channel in the run trace for a tool that the recording does not have.
    std::function<trace::Channel(std::string name)> declare;
    const Schedule& schedule;
    bool strict = false;  // without faults: whatever the recording cannot answer ends the run
  };
  // `recorded` and all parts outlive the peers.
  ToolPeers(Parts parts, const RecordedTools& recorded);
  ~ToolPeers() override;

  Task<ToolReply> call(std::string function, Bytes arguments) override;
  void set_takes_octets() override;

  // Of the next call on a channel, as ConnectFaults has them. False for a channel that is no tool's.
  bool would_fail_to_connect(std::string_view channel, ActionName action, std::uint32_t ahead) const;
  bool fail_to_connect(std::string_view channel);

  // Tools ("ehr.lookup_patient") whose last delivered answer was an error: a failed connection, a status of 400 or
  // above, or a body that is empty or broken JSON.
  const std::set<std::string>& failing() const { return failing_; }
  // Recorded exchanges that no call asked for; each as "tool:name {arguments}".
  std::vector<std::string> unused() const;
  // Over all tools.
  std::uint32_t calls_made() const;
  // Whether a call waits for its answer.
  bool is_under_way() const { return !waiting_.empty(); }
  // From here on nothing is journalled: the run is over.
  void stop() { is_over_ = true; }

 private:
  struct Tool;
  struct Answer;

  Tool& add_tool(const trace::Channel& channel, std::span<const RecordedExchange> recorded);
  void look_for_beginnings(Tool& tool);
  Tool& tool_for(const std::string& function);
  void receive(Tool& tool, std::uint32_t exchange, const trace::Event& request);
  std::optional<Answer> choose(Tool& tool, std::uint32_t exchange, const Bytes& arguments);
  void send(Tool& tool, std::uint32_t exchange, const Answer& answer);
  void arrive(Tool& tool, std::uint32_t exchange, const trace::Event& event, BytesView whole = {});
  void begin(Tool& tool, const trace::Event& event, Duration spread);
  Tool* tool_on(std::string_view channel) const;

  Parts parts_;
  Lane& lane_;
  std::vector<std::unique_ptr<Tool>> tools_;            // references to them are kept by what is under way
  std::map<std::string, Mailbox<ToolReply>*> waiting_;  // by "channel#exchange"
  std::set<std::string> failing_;
  bool takes_octets_ = false;
  bool is_over_ = false;
};

}  // namespace ringback::sim
