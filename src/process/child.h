// The child of one run, from its first start to its last end: drives it by the kernel's clock, serves its connections,
// dials it, and lets faults strike it.
//
// One process at a time. Where it is struck dead and comes back it is a new session of the shim with another seed:
// nothing of the old one is left, neither connections nor files. The time that a call is without a process belongs to
// the caller, who hears nothing; then the line is dialled anew.
//
//   Child child(state, world);
//   child.start();
//   co_await child.ended().receive();
//   child.failure();                     // empty: the call is over, or the agent hung up
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ringback/shim/session.h"
#include "sim/agents/port.h"
#include "sim/kernel/scope.h"
#include "src/process/child_state.h"
#include "src/process/phone_line.h"
#include "src/process/served_connection.h"
#include "src/process/session_line.h"

namespace ringback::process {

class Child {
 public:
  // Starts the first process, which waits. Throws shim::Error where it cannot be started.
  Child(ChildState& state, sim::AgentWorld& world);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void start();
  void strike(const sim::ProcessBlow& blow);
  sim::Mailbox<bool>& ended() { return ended_; }
  const std::string& failure() const { return failure_; }

 private:
  struct Served;

  void begin_session();
  void end_session();

  // Time.
  void wake();
  void pump_at(VirtualTime at, sim::EventClass event_class);
  void pump();
  void take_turn();

  // What befalls it.
  void suffer();
  void set_cost_factor(const Ratio& factor);
  void step_clock(Duration by);
  void kill();
  void terminate(Duration grace);
  void come_back();
  void lose_line();
  sim::Task<void> wait_without_line();

  // What it did.
  bool meets_fault(const std::string& host, std::uint16_t port, sim::ConnectStage stage);
  void after_round_trip(std::function<void(shim::Session&)> what);
  void take(const shim::Connect& made);
  void take(const shim::Listen& listening);
  void take(const shim::Accepted&) {}
  void take(const shim::Data& data);
  void take(const shim::EndOfStream& end) { end_connection(end.id); }
  void take(const shim::Closed& closed);
  void take(const shim::Resolve& question);
  void take(const shim::Datagram& datagram);
  void take(const shim::Exit& exit);
  void take(const shim::HelperStarted& helper);
  void take(const shim::Taint& taint) { state_.facts.taints.push_back(taint.what); }
  void take(const shim::Hang& hang);
  void end_connection(shim::Id id);

  // The end.
  bool call_is_over() const { return phone_.has_value() && phone_->is_over(); }
  bool call_is_done() const;
  void end_after_exit();
  void end_with(const std::string& failure);

  ChildState& state_;
  sim::AgentWorld& world_;
  wire::LocalAuthority authority_;
  Services services_;
  sim::Lane& lane_;
  std::unique_ptr<shim::Session> session_;  // null while there is no process
  std::uint32_t incarnation_ = 0;
  std::int64_t clock_stepped_ns_ = 0;
  Ratio cost_factor_{.numerator = 1, .denominator = 1};
  sim::ScopedTimer pump_timer_;
  sim::ScopedTimer kill_timer_;
  sim::ScopedTimer start_timer_;
  std::optional<VirtualTime> next_pump_;
  sim::Mailbox<bool> ended_;
  bool is_ended_ = false;
  bool is_pumping_ = false;
  std::string failure_;
  // Callbacks of the kernel outlive this object; they hold it weakly.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  shim::Turn turn_;
  VirtualTime last_turn_;
  std::uint32_t turns_without_time_ = 0;
  bool line_has_ended_ = false;  // the caller's connection is gone, and nobody knows yet why
  std::optional<shim::Exit> exit_;

  std::vector<sim::ProcessBlow> blows_;  // that came since the last turn
  VirtualTime paused_until_;
  bool is_ending_ = false;  // a blow ends it, now or after its grace
  std::string struck_by_;   // the fault that does
  std::optional<Duration> back_after_;

  // The last name whose look-up met a fault: a resolver asks for each kind of address, and that is one attempt.
  std::string failed_name_;
  VirtualTime failed_name_at_;

  std::map<shim::Id, std::unique_ptr<Served>> served_;
  shim::Id phone_id_ = 0;
  std::uint32_t lines_ = 0;  // dialled in this call
  std::optional<SessionLine> phone_line_;
  std::optional<PhoneLine> phone_;
  std::optional<sim::Scope> without_line_;  // while there is none, after there was one
};

}  // namespace ringback::process
