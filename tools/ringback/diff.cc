#include "src/trace/diff.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "src/base/error.h"
#include "src/host/file.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/text.h"

namespace ringback::cli {
namespace {

namespace json = boost::json;

json::value json_of(const std::optional<trace::Event>& event, const std::string& summary) {
  if (!event) return nullptr;
  return json::object{{"at_ns", event->at.ns()}, {"kind", name_of(event->kind)}, {"summary", printable(summary)}};
}

std::string json_of(const trace::TraceDifference& difference) {
  json::object object;
  object["equal"] = difference.equal();
  object["events"] = json::array{difference.left_events, difference.right_events};
  if (difference.first) {
    const trace::FirstDifference& first = *difference.first;
    json::array differing;
    for (const trace::ValueDifference& value : first.values) differing.push_back(json::string(value.name));
    object["first_difference"] = json::object{{"event", first.number + 1},
                                              {"left", json_of(first.left, first.left_summary)},
                                              {"right", json_of(first.right, first.right_summary)},
                                              {"differing", std::move(differing)}};
  }
  json::array channels;
  for (const trace::ChannelCounts& channel : difference.channels) {
    channels.push_back({{"name", printable(channel.name)}, {"events", json::array{channel.left, channel.right}}});
  }
  object["channels"] = std::move(channels);
  return json::serialize(object) + "\n";
}

class Diff final : public Command {
 public:
  const char* name() const override { return "diff"; }
  const char* summary() const override { return "find the first event in which two traces differ"; }
  const char* examples() const override {
    return "Examples:\n"
           "  ringback diff monday.rbt tuesday.rbt     exit code 0: the same events, 1: they differ\n";
  }

  void declare(Arguments& arguments) override {
    arguments.required("A", left_, "a trace");
    arguments.required("B", right_, "another trace");
    arguments.flag("--json", json_, "as one JSON object");
  }

  ExitCode run(Context& context) override {
    if (left_ == host::kStandardStream && right_ == left_) fail("diff: only one of the two can be standard input");
    context.about = fmt::format("traces {} and {}", left_, right_);
    const auto left = host::open_source(left_);
    const auto right = host::open_source(right_);
    const trace::TraceDifference difference = trace::diff(*left, *right);
    context.out.write(json_ ? json_of(difference) : trace::to_text(difference, {left->name(), right->name()}));
    return difference.equal() ? ExitCode::holds : ExitCode::does_not_hold;
  }

 private:
  std::string left_;
  std::string right_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_diff() { return std::make_unique<Diff>(); }

}  // namespace ringback::cli
