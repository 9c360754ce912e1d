// What a link tells of an event before it is whole.
#include "sim/faults/link.h"

#include <catch2/catch.hpp>

#include "tests/faults/overlays.h"

namespace ringback::sim {
namespace {

class NoJournal final : public Journal {
 public:
  void record(const trace::Event&) override {}
};

// What a link makes of messages of 100 octets that are sent at these times: "1+500" begins at 1 ms and takes 500 ms,
// "501!" is whole at 501 ms.
std::vector<std::string> seen(const char* faults, const std::vector<std::int64_t>& sent_ms) {
  Kernel kernel;
  NoJournal journal;
  const Schedule schedule = overlay(faults);
  Injector injector(schedule, 0);
  Link link({.kernel = kernel, .journal = journal, .injector = injector},
            {.id = 1, .kind = trace::ChannelKind::model, .name = "model"}, Link::Order::stream);
  std::vector<std::string> seen;
  const auto now_ms = [&] { return (kernel.now() - VirtualTime()).ms(); };
  link.set_on_begun(
      [&](const trace::Event&, Duration spread) { seen.push_back(fmt::format("{}+{}", now_ms(), spread.ms())); });
  for (const std::int64_t at_ms : sent_ms) {
    kernel.schedule(VirtualTime() + milliseconds(at_ms), EventClass::delivery, kernel.lane("peer"), [&] {
      link.to_agent(trace::make_event({.exchange = 1}, trace::Message{Bytes(100, 'x')}), {},
                    Link::Arrive([&](const trace::Event&, Delivery) { seen.push_back(fmt::format("{}!", now_ms())); }));
    });
  }
  kernel.run(VirtualTime() + seconds(60));
  return seen;
}

using Seen = std::vector<std::string>;

}  // namespace

TEST_CASE("an event on a slow line begins where the one before it is whole", "[link]") {
  CHECK(seen("- {where: model, do: {throttle: 200B/s}}", {1, 2, 3000}) ==
        Seen{"1+500", "501!", "501+500", "1001!", "3000+500", "3500!"});
}

TEST_CASE("an event on a slow line does not begin within one that another fault holds up", "[link]") {
  const char* faults =
      "- {where: model, do: {throttle: 200B/s}}\n"
      "- {where: model, at: {event: 1}, do: {delay: 2s}}";
  CHECK(seen(faults, {0, 1}) == Seen{"2000+500", "2500!", "2500!"});
}

TEST_CASE("what a fault lets go at once is not told before it is there", "[link]") {
  CHECK(seen("- {where: model, do: {delay: 1s}}", {0}) == Seen{"1000!"});
}

}  // namespace ringback::sim
