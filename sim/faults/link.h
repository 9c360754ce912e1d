// What lies between the agent and one peer: the only place where faults act.
//
// Whatever crosses is journalled as it is delivered. Where a fault acts, the journal gets a fault_fired event with what
// was sent, and then, with origin `world`, what was made of it, if anything arrives at all. A request, or the opening
// of a session, that does not arrive is journalled before its fault all the same: the agent tried.
//
//   bool intact = link.to_agent(event, {.token = 47}, [&](const trace::Event& delivered, Delivery how) { ... });
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/faults/injector.h"
#include "sim/kernel/kernel.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// Takes every event of the run, in order.
class Journal {
 public:
  virtual ~Journal() = default;
  virtual void record(const trace::Event& event) = 0;
};

// Takes the faults that strike the agent's process, at the moment at which they do.
class ProcessFaults {
 public:
  virtual ~ProcessFaults() = default;
  virtual void befall(const Fault& fault) = 0;
};

enum class Delivery { intact, altered };

class Link {
 public:
  enum class Order {
    stream,       // what is sent later arrives later, as on one connection
    independent,  // each exchange has a connection of its own
  };
  struct Wiring {
    Kernel& kernel;
    Journal& journal;
    Injector& injector;
    ProcessFaults* process = nullptr;  // null: the agent is no process, and no fault strikes one
  };
  struct Detail {
    std::uint64_t token = 0;  // number of the token within its response, from 1; 0 for what is no token
  };
  // Called at the virtual time of arrival, for each copy that arrives.
  using Arrive = std::function<void(const trace::Event& delivered, Delivery how)>;
  // Called when a fault closed the connection, after the journal has the `closed` event.
  using Closed = std::function<void(std::int64_t code, const std::string& reason)>;
  // Called with what comes back to the agent in place of an answer, where a fault kept what it sent from arriving.
  using Bounced = std::function<void(const trace::Event& event)>;
  // Called when the first octet of what is sent to the agent over a throttled line arrives; the event itself does
  // with its last one, `spread` later.
  using Begun = std::function<void(const trace::Event& event, Duration spread)>;
  // Called for each key that a fault presses.
  using KeyPressed = std::function<void(char key)>;

  // The wiring's parts outlive the link.
  Link(const Wiring& wiring, trace::Channel channel, Order order);

  const trace::Channel& channel() const { return channel_; }
  void set_on_closed(Closed on_closed) { on_closed_ = std::move(on_closed); }
  void set_on_bounced(Bounced on_bounced) { on_bounced_ = std::move(on_bounced); }
  void set_on_begun(Begun on_begun) { on_begun_ = std::move(on_begun); }
  void set_on_key(KeyPressed on_key) { on_key_ = std::move(on_key); }
  // What was sent and has not arrived is lost. For a connection that ends.
  void drop_in_flight();

  // Sends; `event.at`, `channel` and `direction` are set here. True where it arrives as it was sent, even if late.
  template <class Reception = Arrive>
  bool to_agent(trace::Event event, const Detail& detail, Reception arrive) {
    event.direction = trace::Direction::to_agent;
    if (is_untouched_) return pass(event, arrive);
    return send(std::move(event), detail, to_agent_, Arrive(std::move(arrive)));
  }
  template <class Reception = Arrive>
  bool from_agent(trace::Event event, const Detail& detail, Reception arrive) {
    event.direction = trace::Direction::from_agent;
    if (is_untouched_) return pass(event, arrive);
    return send(std::move(event), detail, from_agent_, Arrive(std::move(arrive)));
  }
  // Whether this event of the agent would be kept from arriving by a fault with this action, which the agent would be
  // told of. Nothing is journalled and no fault acts.
  bool would_bounce(trace::Event event, ActionName action) const;
  // Journals something about this channel that does not cross it.
  void note(trace::Event&& event) { note(event); }
  // A moment at which nothing crosses, and a fault that names a time may strike the agent's process.
  void tick();

 private:
  // An event that a fault puts behind the next one.
  struct Held {
    trace::Event event;
    LinkVerdict verdict;
    Arrive arrive;
  };
  struct Side {
    std::uint64_t events = 0;
    std::uint64_t samples = 0;
    VirtualTime free_at;  // ordered streams: nothing arrives before
    std::vector<Held> held;
  };
  // Where no fault of the schedule selects the channel there is nothing to judge, and all arrives at once.
  template <class Reception>
  bool pass(trace::Event& event, Reception& arrive) {
    note(event);
    if constexpr (std::is_same_v<Reception, Arrive>) {
      if (!arrive) return true;
    }
    arrive(std::as_const(event), Delivery::intact);
    return true;
  }
  bool send(trace::Event event, const Detail& detail, Side& side, Arrive arrive);
  LinkVerdict judge(const trace::Event& event, const Detail& detail, Side& side);
  void carry_out(const trace::Event& sent, const LinkVerdict& verdict);
  void note(trace::Event& event);
  void deliver_all(const trace::Event& event, const LinkVerdict& verdict, Side& side, const Arrive& arrive);
  void deliver_one(const trace::Event& event, const LinkVerdict& verdict, Side& side, const Arrive& arrive);
  void bounce(trace::Event event);
  void record_fault(const trace::Event& sent, const LinkVerdict::Acted& acted);
  void deliver(trace::Event event, Delivery how, VirtualTime at, const Arrive& arrive);
  void begin(const trace::Event& event, VirtualTime first, Duration spread);
  void close(const trace::Event& sent, const LinkVerdict& verdict);

  Kernel& kernel_;
  Journal& journal_;
  Injector& injector_;
  ProcessFaults* process_;
  Lane& lane_;
  trace::Channel channel_;
  std::optional<Sound> sound_;
  Order order_;
  bool is_untouched_;
  Side to_agent_;
  Side from_agent_;
  Closed on_closed_;
  Bounced on_bounced_;
  Begun on_begun_;
  KeyPressed on_key_;
  std::uint64_t epoch_ = 0;
};

}  // namespace ringback::sim
