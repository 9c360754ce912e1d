// The retry logic alone, against a tool that does what RapidCheck draws; then the whole desk in the recorded call.
#include <catch2/catch.hpp>

#include "desk.h"
#include "ringback/generate.h"

namespace {

constexpr std::uint32_t kRetries = 2;

bool is_good(const ringback::ToolAnswer& answer) {
  return !answer.never && answer.failure.empty() && answer.status == 200 && answer.after < ringback::seconds(2) &&
         !ringback::wire::is_broken_answer(answer.body);
}

ringback::Task<void> ask(ringback::Rehearsal& world, std::optional<ringback::ToolReply>& reply) {
  ringback::Task<std::optional<ringback::ToolReply>> asked =
      ask_service(world.kernel(), world.lane(), world.tools(), kRetries, "track", "{}");
  reply = co_await std::move(asked);
}

}  // namespace

TEST_CASE("the service is asked three times at most, for 6 s at most, and a good answer is found") {
  const bool holds = rc::check([] {
    const std::vector<ringback::ToolAnswer> answers = *ringback::gen::answers();
    ringback::Rehearsal world(answers);
    std::optional<ringback::ToolReply> reply;
    RC_ASSERT(world.run(ask(world, reply)));
    RC_ASSERT(world.attempts().size() <= kRetries + 1);
    RC_ASSERT(world.now() <= ringback::VirtualTime() + ringback::seconds(6));
    bool is_there = false;
    for (std::uint32_t i = 0; i <= kRetries; ++i) {
      is_there = is_there || is_good(answers[std::min<std::size_t>(i, answers.size() - 1)]);
    }
    RC_ASSERT(reply.has_value() == is_there);
  });
  REQUIRE(holds);
}

TEST_CASE("the repaired desk leaves nobody in silence, whatever single thing the tracking service does") {
  const ringback::Replay replay{.recording = ringback::load_trace("call.rbt"),
                                .expectations = ringback::load_expectations("expect.yaml")};
  const DeskOptions repaired{.retries = 1, .apologises = true};
  const auto make_desk = [&] { return std::make_unique<Desk>(repaired); };
  const auto faults = ringback::gen::faults(replay, make_desk, {.faults_max = 1, .only = {"tool:parcels.track"}});
  const bool holds = rc::check([&] {
    ringback::Case one;
    one.schedule = *faults;
    Desk desk(repaired);
    const ringback::Replayed run = ringback::run(ringback::under(replay, one), desk);
    RC_ASSERT(run.verdict("dead_air") != ringback::Verdict::failed);
  });
  REQUIRE(holds);
}
