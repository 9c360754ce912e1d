#include "src/trace/verify.h"

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

std::string json_of(const trace::Verification& verification) {
  json::object object;
  object["sound"] = verification.sound();
  object["chunks"] = verification.chunks;
  object["events"] = verification.events;
  if (verification.sound()) {
    object["digest"] = to_hex(verification.digest);
  } else {
    const trace::Damage& damage = *verification.damage;
    json::object found{{"record", damage.record}, {"record_offset", damage.record_offset},
                       {"offset", damage.offset}, {"expected", damage.expected},
                       {"found", damage.found},   {"first_event", damage.first_event + 1}};
    if (damage.events) found["events"] = *damage.events;
    object["damage"] = std::move(found);
  }
  return json::serialize(object) + "\n";
}

std::string text_of(const std::string& path, const trace::Verification& verification) {
  if (verification.sound()) {
    return fmt::format("{}: sound: {} in {}, digest {}\n", path, counted(verification.events, "event"),
                       counted(verification.chunks, "chunk"), to_hex(verification.digest));
  }
  const trace::Damage& damage = *verification.damage;
  std::string events = fmt::format("from event {} on", grouped(damage.first_event + 1));
  if (damage.events) events = fmt::format("{} {}", counted(*damage.events, "event"), events);
  return fmt::format("{}: damaged: the {} at offset {} ({}): offset {}: expected {}, found {}\n", path, damage.record,
                     damage.record_offset, events, damage.offset, damage.expected, damage.found);
}

class Verify final : public Command {
 public:
  const char* name() const override { return "verify"; }
  const char* summary() const override { return "check every hash of a trace; name the first damage"; }
  const char* examples() const override {
    return "Examples:\n"
           "  ringback verify call.rbt             exit code 0: sound, 1: damaged\n"
           "  ringback verify call.rbt --json\n";
  }

  void declare(Arguments& arguments) override {
    arguments.required("TRACE", trace_, "the trace; - is standard input");
    arguments.flag("--json", json_, "as one JSON object");
  }

  ExitCode run(Context& context) override {
    context.about = "trace " + trace_;
    const auto source = host::open_source(trace_);
    const trace::Verification verification = trace::verify(*source);
    context.out.write(json_ ? json_of(verification) : text_of(source->name(), verification));
    return verification.sound() ? ExitCode::holds : ExitCode::does_not_hold;
  }

 private:
  std::string trace_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_verify() { return std::make_unique<Verify>(); }

}  // namespace ringback::cli
