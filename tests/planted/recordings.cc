#include "tests/planted/recordings.h"

#include <map>

#include "src/base/error.h"
#include "tests/support/scenario_trace.h"

namespace ringback::planted {
namespace {

constexpr const char* kVoiceTools = R"(
tools:
  - {name: clinic.lookup, parameters: {type: object, properties: {name: {type: string}}}}
  - {name: clinic.book, parameters: {type: object, properties: {slot: {type: string}}}}
  - {name: clinic.log_note, parameters: {type: object, properties: {text: {type: string}}}}
)";

// A patient is looked up, and a slot is booked.
constexpr const char* kClinic = R"(
steps:
  - agent: Clinic, hello.
  - caller: I am Anna, I need a date.
    after: 700ms
  - agent: One moment.
  - tool: clinic.lookup
    arguments: {name: Anna}
    result: {id: P-7, name: Anna, last: 2026-01-12}
    latency: 900ms
  - agent: I found you. Shall I take Tuesday at nine?
  - caller: Yes please.
    after: 900ms
  - tool: clinic.book
    arguments: {slot: tue-9}
    result: {id: B-1, ok: true}
    latency: 800ms
  - agent: Then see you on Tuesday.
  - caller: Thanks.
    after: 3s
  - agent: Goodbye.
  - hang_up: caller
    after: 1s
)";

// A long answer that the caller interrupts.
constexpr const char* kQuestion = R"(
steps:
  - agent: Clinic, hello.
  - caller: When are you open?
    after: 700ms
  - agent: On Monday and Tuesday from eight to four, on Wednesday from nine to noon, and on Friday until one. On other days by arrangement only.
  - caller: And on Thursday, what is it?
    interrupts: 3s
  - agent: On Thursday we are closed.
  - caller: I see, thank you.
    after: 900ms
  - agent: Goodbye.
  - hang_up: caller
    after: 1s
)";

constexpr const char* kCallerFirst = R"(
steps:
  - caller: Hello, are you open today?
    at: 600ms
  - agent: Yes, until four.
  - caller: Thank you, that is all.
    after: 900ms
  - agent: Goodbye.
  - hang_up: caller
    after: 1s
)";

constexpr const char* kNote = R"(
steps:
  - agent: Clinic, hello.
  - caller: Please tell the doctor I called.
    after: 700ms
  - tool: clinic.log_note
    arguments: {text: Anna called}
    result: {queued: true}
    latency: 300ms
  - agent: I will. Goodbye.
  - hang_up: caller
    after: 1s
)";

constexpr const char* kShop = R"(
kind: chat
tools:
  - {name: shop.find_order, parameters: {type: object, properties: {order: {type: string}}}}
  - {name: parcels.track, parameters: {type: object, properties: {order: {type: string}}}}
  - {name: shop.replace_order, parameters: {type: object, properties: {order: {type: string}}}}
  - {name: shop.survey, parameters: {type: object, properties: {order: {type: string}}}}
steps:
  - caller: Where is my lamp? The order is L-20911.
    after: 500ms
  - agent: Let me look.
  - tools:
      - tool: shop.find_order
        arguments: {order: L-20911}
        result: {order: L-20911, paid: true, lines: [lamp]}
        latency: 400ms
      - tool: parcels.track
        arguments: {order: L-20911}
        result: {order: L-20911, state: lost}
        latency: 700ms
  - agent: It was lost. Shall I send another one?
  - caller: Yes please.
    after: 2s
  - tool: shop.replace_order
    arguments: {order: L-20911}
    result: {order: L-21377, ok: true}
    latency: 900ms
  - agent: It comes on Thursday.
  - caller: Great, bye.
    after: 2s
  - tool: shop.survey
    arguments: {order: L-20911}
    result: {queued: true}
    latency: 300ms
  - agent: Goodbye.
  - hang_up: caller
    after: 1s
)";

// The same function twice, with other arguments.
constexpr const char* kTwoOrders = R"(
kind: chat
tools:
  - {name: shop.find_order, parameters: {type: object, properties: {order: {type: string}}}}
  - {name: parcels.track, parameters: {type: object, properties: {order: {type: string}}}}
steps:
  - caller: Where is order one?
    after: 500ms
  - tool: shop.find_order
    arguments: {order: L-1}
    result: {order: L-1, state: packed}
    latency: 400ms
  - agent: Order one is packed.
  - caller: And where is order two?
    after: 2s
  - tool: parcels.track
    arguments: {order: L-2}
    result: {order: L-2, state: with the driver}
    latency: 500ms
  - agent: Order two is with the driver.
  - hang_up: caller
    after: 1s
)";

constexpr const char* kRailway = R"(
kind: cascade
tools:
  - {name: trains.status, parameters: {type: object, properties: {train: {type: string}}}}
  - {name: trains.connections, parameters: {type: object, properties: {station: {type: string}}}}
  - {name: taxi.order_taxi, parameters: {type: object, properties: {place: {type: string}}}}
steps:
  - agent: Coastal Railway, hello.
  - caller: Is the five ten to Westhaven late?
    after: 700ms
  - agent: One moment.
  - tools:
      - tool: trains.status
        arguments: {train: C-1710}
        result: {train: C-1710, delay: 12}
        latency: 500ms
      - tool: trains.connections
        arguments: {station: Westhaven}
        result: {next: R-1755}
        latency: 900ms
  - agent: It is twelve minutes late. You will get your connection at five to six. Shall I order a taxi to the station?
  - caller: Yes, please do that.
    after: 900ms
  - tool: taxi.order_taxi
    arguments: {place: Harbour}
    result: {taxi: T-5, ok: true}
    latency: 600ms
  - agent: It is on its way.
  - caller: Thank you, bye.
    after: 3s
  - agent: Goodbye.
  - hang_up: caller
    after: 1s
)";

// A long answer of several sentences that the caller interrupts.
constexpr const char* kTimetable = R"(
kind: cascade
steps:
  - agent: Coastal Railway, hello.
  - caller: When do the trains leave?
    after: 700ms
  - agent: The first one leaves at ten past six in the morning. After that there is one every half hour until nine. From then on they leave on the hour only. The last one is at eleven at night.
  - caller: And on Sundays, when do they leave?
    interrupts: 3s
  - agent: On Sundays they leave every two hours.
  - caller: Thank you, bye.
    after: 900ms
  - agent: Goodbye.
  - hang_up: caller
    after: 1s
)";

std::string many_turns() {
  std::string script = "\nsteps:\n  - agent: Clinic, hello.\n";
  for (int i = 0; i < 8; ++i) {
    script += "  - caller: And the next day?\n    after: 900ms\n  - agent: From eight to four.\n";
  }
  return script + "  - hang_up: caller\n    after: 1s\n";
}

trace::Trace make(const std::string& name) {
  const std::string head = "ringback: 1\ntitle: " + name + "\n";
  const std::string voice = head + kVoiceTools;
  if (name == "clinic") return testing::scenario_trace(voice + kClinic);
  if (name == "question") return testing::scenario_trace(voice + kQuestion);
  if (name == "many-turns") return testing::scenario_trace(voice + many_turns());
  if (name == "caller-first") return testing::scenario_trace(voice + kCallerFirst);
  if (name == "note") return testing::scenario_trace(voice + kNote);
  if (name == "shop") return testing::scenario_trace(head + kShop);
  if (name == "two-orders") return testing::scenario_trace(head + kTwoOrders);
  if (name == "timetable") return testing::scenario_trace(head + kTimetable);
  if (name == "railway") return testing::scenario_trace(head + kRailway);
  fail("there is no recording '{}'", name);
}

}  // namespace

const trace::Trace& recording_named(const std::string& name) {
  static std::map<std::string, trace::Trace> made;
  const auto found = made.find(name);
  return found != made.end() ? found->second : made.emplace(name, make(name)).first->second;
}

}  // namespace ringback::planted
