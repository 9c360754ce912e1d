#include "sim/report/text.h"

#include <algorithm>

#include "sim/check/exit_code.h"
#include "sim/check/requests.h"
#include "sim/report/lanes.h"
#include "sim/report/story.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

constexpr int kWidthMin = 60;
constexpr std::size_t kDigestShown = 16;
constexpr std::size_t kEvidenceShown = 3;
constexpr std::size_t kLinesMax = 3;  // of one moment
constexpr std::size_t kTextMax = 400;
constexpr int kIndent = 2;
constexpr int kReactionColumns = 15;

std::string_view promise_of(const Report& report) {
  if (!report.result.taints.empty()) return "tainted: no digest is promised";
  switch (report.result.level) {
    case Level::in_process:
      return report.verification == Verification::equal     ? "in-process agent; checked: two runs, equal digests"
             : report.verification == Verification::differs ? "in-process agent; two runs gave different digests"
                                                            : "in-process agent: equal input, equal digest";
    case Level::child_process:
      return report.verification == Verification::equal     ? "child process; checked: two runs, equal digests"
             : report.verification == Verification::differs ? "child process; two runs gave different digests"
                                                            : "child process; not checked (--verify runs it twice)";
    case Level::real_time:
      return "real time: the order of events, no digest";
  }
  return "";
}

// Virtual seconds per wall second, as a whole number, or with one decimal below 10. Empty where it was not timed.
std::string speed_text(const Report& report, const SignSet& signs) {
  if (!report.wall_ns || *report.wall_ns <= 0) return "";
  const std::int64_t wall_us = std::max<std::int64_t>(1, *report.wall_ns / 1000);
  const std::int64_t virtual_us = report.result.end.ns() / 1000;
  const std::int64_t tenths = virtual_us / wall_us * 10 + virtual_us % wall_us * 10 / wall_us;
  const std::string times =
      tenths < 100 ? fmt::format("{}.{}", tenths / 10, tenths % 10) : fmt::format("{}", tenths / 10);
  return fmt::format(" in {} ({} {} real time)", to_seconds_text(Duration::from_ns(*report.wall_ns)), times,
                     signs.times);
}

Style style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::held:
      return Style::good;
    case Verdict::failed:
    case Verdict::undecided:
      return Style::bad;
    case Verdict::held_if:
    case Verdict::not_measurable:
      return Style::warning;
  }
  return Style::plain;
}

std::string_view sign_of(Verdict verdict, const SignSet& signs) {
  switch (verdict) {
    case Verdict::held:
      return signs.good;
    case Verdict::failed:
      return signs.bad;
    case Verdict::held_if:
      return signs.maybe;
    case Verdict::undecided:
    case Verdict::not_measurable:
      return signs.open;
  }
  return "";
}

class TextReport {
 public:
  TextReport(const Report& report, const TextOptions& options)
      : report_(report),
        pen_(options.color),
        signs_(signs_of(options.signs)),
        options_(options),
        width_(std::max(options.width, kWidthMin)) {}

  std::string render() {
    header();
    timeline();
    story();
    requests();
    properties();
    reactions();
    figures();
    faults();
    divergence();
    notices();
    verdict();
    return std::move(out_);
  }

 private:
  void line(std::string_view text = "") {
    out_ += text;
    out_ += '\n';
  }
  void heading(std::string_view title) {
    line();
    line(pen_(Style::bold, title));
  }
  // A row of the blocks at the end: a dim label and text that is cut to the width.
  void row(std::string_view label, std::string_view text, Style style = Style::plain) {
    constexpr int kLabel = 12;
    line(pen_(Style::dim, pad(label, kLabel)) +
         pen_(style, fit(one_line(std::string(text), kTextMax), width_ - kLabel)));
  }

  void header() {
    const RunResult& result = report_.result;
    const std::string dot = fmt::format(" {} ", signs_.middle_dot);
    line(pen_(Style::bold, fit(one_line(report_.trace, kTextMax), width_)));
    row("agent", one_line(report_.agent, kTextMax));
    row("level", fmt::format("{}{}{}", name_of(result.level), dot, promise_of(report_)),
        result.taints.empty() && report_.verification != Verification::differs ? Style::plain : Style::bad);
    for (const std::string& taint : result.taints) row("tainted by", one_line(taint, kTextMax), Style::bad);
    row("digest", fmt::format("{}{}seed {}", to_hex(result.digest).substr(0, kDigestShown), dot, result.seed));
    row("virtual", fmt::format("{}{}", clock_text(result.end), speed_text(report_, signs_)));
  }

  void timeline() {
    const std::vector<std::string> lanes = draw_lanes(report_, {.pen = pen_, .signs = options_.signs, .width = width_});
    if (lanes.empty()) return;
    line();
    for (const std::string& lane : lanes) line(lane);
    if (!report_.timeline.times_are_real)
      line(pen_(Style::warning, "The recording has no times: what stands where is made up."));
  }

  void story() {
    heading("what happened");
    const Story story = tell(report_);
    for (const Moment& moment : story.moments) {
      const std::string who = pad(moment.who, 9);
      const std::string clock = clock_text(moment.at);
      const int rest = width_ - kIndent - columns_of(clock) - 2 - columns_of(who) - 1;
      std::string head = std::string(kIndent, ' ') + pen_(Style::dim, clock) + "  " + pen_(moment.style, who + " ");
      for (const std::string& part : wrap(one_line(moment.what, kTextMax), rest, kLinesMax)) {
        line(head + pen_(moment.style, part));
        head = std::string(static_cast<std::size_t>(width_ - rest), ' ');
      }
    }
    if (story.left_out > 0)
      line(pen_(Style::dim, fmt::format("  and {} more moments: `ringback cat` shows every event", story.left_out)));
  }

  void requests() {
    bool has_heading = false;
    for (const EqualRequests& group : equal_requests(report_.timeline)) {
      if (group.attempts.size() < 2) continue;
      if (!has_heading) heading("identical requests");
      has_heading = true;
      const auto bad = std::count_if(group.attempts.begin(), group.attempts.end(),
                                     [](const ToolExchange* e) { return !e->is_ok(); });
      const std::string text = fmt::format("{} {} {}: {}", group.attempts.size(), signs_.times,
                                           tool_name(group.channel), one_line(group.arguments, kTextMax));
      const std::string tail = fmt::format(" ({} bad)", bad);
      line("  " + fit(text, width_ - kIndent - columns_of(tail)) + pen_(bad > 0 ? Style::bad : Style::plain, tail));
    }
  }

  void properties() {
    if (report_.properties.empty()) return;
    heading("properties");
    int name_columns = 0;
    for (const PropertyResult& answer : report_.properties)
      name_columns = std::max(name_columns, columns_of(name_text(answer)));
    name_columns = std::min(name_columns, width_ / 2);
    for (const PropertyResult& answer : report_.properties) {
      const std::string verdict = pad(name_of(answer.verdict), 14);
      std::string finding = answer.finding;
      if (!answer.condition.empty()) {
        finding = answer.verdict == Verdict::failed ? fmt::format("{}, if {}", finding, answer.condition)
                                                    : fmt::format("if {}; {}", answer.condition, finding);
      }
      const int rest = width_ - kIndent - 2 - name_columns - 2 - columns_of(verdict) - 1;
      const Style style = style_of(answer.verdict);
      line("  " + pen_(style, sign_of(answer.verdict, signs_)) + " " +
           pad(fit(name_text(answer), name_columns), name_columns) + "  " + pen_(style, verdict) + " " +
           fit(one_line(finding, kTextMax), rest));
      if (answer.verdict == Verdict::failed) evidence(answer);
    }
  }
  static std::string name_text(const PropertyResult& answer) {
    const std::string limits = to_text(answer.property);
    return std::string(name_of(answer.property)) + (limits == "{}" ? "" : " " + limits);
  }
  void evidence(const PropertyResult& answer) {
    for (std::size_t i = 0; i < answer.evidence.size(); ++i) {
      if (i == kEvidenceShown) {
        line(pen_(Style::dim, fmt::format("      and {} more", answer.evidence.size() - i)));
        return;
      }
      const Evidence& evidence = answer.evidence[i];
      const std::string event = evidence.event ? fmt::format(" (event {})", *evidence.event + 1) : "";
      const std::string text = fmt::format("{}  {}{}", clock_text(evidence.at), evidence.text, event);
      std::string head(6, ' ');
      for (const std::string& part : wrap(one_line(text, kTextMax), width_ - 17, kLinesMax)) {
        line(head + part);
        head = std::string(17, ' ');
      }
    }
  }

  // What was found for each reaction, where each was tried.
  void reactions() {
    if (report_.reactions == nullptr) return;
    heading("reactions");
    if (report_.reactions->size() == 1 && report_.reactions->front().result.stand_ins.empty()) {
      line("  the model never had to answer what was not recorded: the run is the same for each");
      return;
    }
    for (const ReactionRun& run : *report_.reactions) {
      std::vector<std::string> failed;
      for (const PropertyResult& answer : run.properties) {
        if (answer.verdict == Verdict::failed || answer.verdict == Verdict::undecided)
          failed.push_back(fmt::format("{} {}", name_of(answer.property), name_of(answer.verdict)));
      }
      const Verdict verdict = failed.empty() ? Verdict::held : Verdict::failed;
      const std::string told = &run.result == &report_.result && report_.reactions->size() > 1 ? " (told above)" : "";
      const std::string text = failed.empty() ? "all hold" : fmt::format("{}", fmt::join(failed, ", "));
      line("  " + pen_(style_of(verdict), sign_of(verdict, signs_)) + " " +
           pad(name_of(run.result.reaction), kReactionColumns) +
           fit(text + told, width_ - kIndent - 2 - kReactionColumns));
    }
  }

  void figures() {
    const Metrics& metrics = report_.metrics;
    const auto time = [](const std::optional<Duration>& value) {
      return value ? to_seconds_text(*value) : std::string("-");
    };
    line();
    row("figures", fmt::format("dead air {} {dot} first audio {} {dot} first token {} {dot} recovery {}",
                               time(metrics.dead_air_max), time(metrics.first_audio_p95), time(metrics.ftl_p95),
                               time(metrics.recovery_max), fmt::arg("dot", signs_.middle_dot)));
    std::string answers;
    for (const auto& [origin, count] : report_.result.origins) {
      if (count > 0) answers += fmt::format("{}{} {}", answers.empty() ? "" : ", ", count, origin);
    }
    row("answers", answers.empty() ? "none" : answers);
    if (const std::optional<DetectorFit>& fit = report_.result.detector) {
      row("detector", fmt::format("{} turn{}, median error {}, worst {}", fit->turns, fit->turns == 1 ? "" : "s",
                                  to_text(fit->error_median), to_text(fit->error_worst)));
    }
  }

  void faults() {
    for (const FaultOutcome& fault : report_.result.faults) {
      const std::string id = one_line(fault.id, kTextMax);
      if (fault.fired > 0)
        row("fault", fmt::format("{} fired {} time{}", id, fault.fired, fault.fired == 1 ? "" : "s"));
      else
        row("fault", fmt::format("{} never fired{}", id, fault.may_stay_silent ? ", as it may" : ""),
            fault.may_stay_silent ? Style::plain : Style::bad);
    }
  }

  void divergence() {
    if (!report_.result.divergence) return;
    const Divergence& divergence = *report_.result.divergence;
    heading(report_.result.halted ? "the run left the recording and stopped" : "the run left the recording");
    row("  where", fmt::format("{}  {}: {}", clock_text(divergence.at), divergence.channel, divergence.what),
        Style::bad);
    row("  expected", divergence.expected.empty() ? "nothing" : one_line(divergence.expected, kTextMax));
    row("  actual", divergence.actual.empty() ? "nothing" : one_line(divergence.actual, kTextMax));
    if (!divergence.nearest.empty()) row("  nearest", one_line(divergence.nearest, kTextMax));
  }

  void notices() {
    if (report_.result.notices.empty()) return;
    heading("notices");
    for (const std::string& notice : report_.result.notices) {
      std::string head = "- ";
      for (const std::string& part : wrap(one_line(notice, 4 * kTextMax), width_ - 2, 2 * kLinesMax)) {
        line(head + part);
        head = "  ";
      }
    }
  }

  // Says in words what the exit code says, and how to see it again.
  void verdict() {
    line();
    const ExitCode code = exit_code_of(report_.result, report_.properties,
                                       {.digests_differ = report_.verification == Verification::differs});
    std::string condition;
    for (const PropertyResult& answer : report_.properties) {
      if (answer.verdict == Verdict::held_if) condition = answer.condition;
    }
    switch (code) {
      case ExitCode::holds:
        line(condition.empty() ? pen_(Style::good, fmt::format("{} holds", signs_.good))
                               : pen_(Style::warning, fmt::format("{} holds if {}", signs_.maybe, condition)));
        break;
      case ExitCode::does_not_hold:
        line(pen_(Style::bad, fmt::format("{} does not hold", signs_.bad)));
        break;
      case ExitCode::left_the_recording:
        line(pen_(Style::bad, fmt::format("{} left the recording", signs_.bad)));
        break;
      case ExitCode::not_reproducible:
        line(pen_(Style::bad, fmt::format("{} not reproducible", signs_.bad)));
        break;
      case ExitCode::fault_never_fired:
        line(pen_(Style::bad, fmt::format("{} a fault never fired", signs_.bad)));
        break;
    }
    line(pen_(Style::dim, "again:"));
    line("  " + one_line(report_.command, 1u << 16));
  }

  const Report& report_;
  Pen pen_;
  const SignSet& signs_;
  TextOptions options_;
  int width_;
  std::string out_;
};

}  // namespace

std::string render_text(const Report& report, const TextOptions& options) {
  return TextReport(report, options).render();
}

}  // namespace ringback::sim
