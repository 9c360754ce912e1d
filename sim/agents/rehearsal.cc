#include "sim/agents/rehearsal.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ringback::sim {

class Rehearsal::Tools final : public ToolPort {
 public:
  explicit Tools(Rehearsal& world) : world_(world) {}

  Task<ToolReply> call(std::string function, Bytes arguments) override {
    const std::size_t number = world_.attempts_.size();
    world_.attempts_.push_back({.at = world_.now(),
                                .function = std::move(function),
                                .arguments = std::move(arguments),
                                .answered = std::nullopt});
    static const ToolAnswer kGood;
    const std::vector<ToolAnswer>& answers = world_.answers_;
    const ToolAnswer& answer = answers.empty() ? kGood : answers[std::min(number, answers.size() - 1)];
    Mailbox<bool> nothing(world_.kernel_, world_.lane_);
    if (answer.never) co_await nothing.receive();
    co_await sleep(world_.kernel_, world_.lane_, answer.after);
    world_.attempts_[number].answered = world_.now();
    if (!answer.failure.empty()) co_return ToolReply{.failure = answer.failure};
    co_return ToolReply{.answered = true, .status = answer.status, .body = answer.body};
  }

 private:
  Rehearsal& world_;
};

Rehearsal::Rehearsal(std::vector<ToolAnswer> answers)
    : lane_(kernel_.lane("agent")), answers_(std::move(answers)), tools_(std::make_unique<Tools>(*this)) {}

Rehearsal::~Rehearsal() = default;

ToolPort& Rehearsal::tools() { return *tools_; }

namespace {

Task<void> run_and_stop(Task<void> task, Kernel& kernel, bool& has_ended) {
  co_await task;
  has_ended = true;
  kernel.stop();
}

}  // namespace

bool Rehearsal::run(Task<void> task, Duration limit) {
  bool has_ended = false;
  Scope scope(kernel_, lane_);
  scope.spawn(run_and_stop(std::move(task), kernel_, has_ended));
  kernel_.run(kernel_.now() + limit);
  return has_ended;
}

std::vector<ToolAnswer> drawn_answers(Seed seed, std::size_t count) {
  static constexpr std::array<std::int64_t, 6> kErrors = {400, 404, 429, 500, 503, 504};
  static constexpr std::array<const char*, 4> kFailures = {"reset", "refused", "closed before the answer",
                                                           "name not found"};
  static constexpr std::uint64_t kDrawsPerAnswer = 3;
  const RandomStream draws({.seed = seed, .domain = "rehearsal", .entity = "tool", .purpose = "answer"});
  std::vector<ToolAnswer> answers(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t first = i * kDrawsPerAnswer;
    ToolAnswer& answer = answers[i];
    const std::uint64_t place = draws.bits(first);
    const std::int64_t low = std::int64_t{1} << (place % 15);
    answer.after = milliseconds(low + static_cast<std::int64_t>(place >> 8 & 0xffff) % low);
    const std::uint64_t what = draws.bits(first + 2);
    switch (draws.below(first + 1, 6)) {
      case 0:
      case 1:
        break;
      case 2:
        answer.status = kErrors[what % kErrors.size()];
        break;
      case 3:
        answer.body = what % 2 == 0 ? "{not-json" : "";
        break;
      case 4:
        answer.failure = kFailures[what % kFailures.size()];
        break;
      default:
        answer.never = true;
        break;
    }
  }
  return answers;
}

}  // namespace ringback::sim
