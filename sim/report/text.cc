#include "sim/report/text.h"

#include <algorithm>
#include <utility>

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
constexpr int kLabelColumns = 12;
constexpr int kEvidenceIndent = 6;
constexpr int kVerdictColumns = 14;
constexpr int kFindingColumns = 20;  // a finding that needs more gets at least these, or a line of its own
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
  // A row of the blocks at the end: a dim label and text beside it, on as many lines as it needs.
  void row(std::string_view label, std::string_view text, Style style = Style::plain) {
    std::string head = pen_(Style::dim, pad(label, kLabelColumns));
    for (const std::string& part : wrap(one_line(std::string(text), kTextMax), width_ - kLabelColumns, kLinesMax)) {
      line(head + pen_(style, part));
      head = std::string(kLabelColumns, ' ');
    }
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
      property(answer, name_columns);
      if (answer.verdict == Verdict::failed) evidence(answer);
    }
  }
  // Name, verdict and finding side by side; what has no room there stands on lines of its own.
  void property(const PropertyResult& answer, int name_columns) {
    const std::string finding = one_line(finding_text(answer), kTextMax);
    const Style style = style_of(answer.verdict);
    const std::string verdict = pad(name_of(answer.verdict), kVerdictColumns);
    const std::string sign = "  " + pen_(style, sign_of(answer.verdict, signs_)) + " ";
    const std::string name = name_text(answer);
    const int before = kIndent + 2 + name_columns + 2 + kVerdictColumns + 1;
    if (columns_of(name) <= name_columns && width_ - before >= std::min(kFindingColumns, columns_of(finding))) {
      std::string head = sign + pad(name, name_columns) + "  " + pen_(style, verdict) + " ";
      for (const std::string& part : wrap(finding, width_ - before, 2 * kLinesMax)) {
        line(head + part);
        head = std::string(static_cast<std::size_t>(before), ' ');
      }
      return;
    }
    std::string head = sign;
    for (const std::string& part : wrap(name, width_ - kIndent - 2, kLinesMax)) {
      line(head + part);
      head = std::string(kEvidenceIndent, ' ');
    }
    const int after_verdict = kEvidenceIndent + kVerdictColumns + 1;
    head = std::string(kEvidenceIndent, ' ') + pen_(style, verdict) + " ";
    for (const std::string& part : wrap(finding, width_ - after_verdict, 2 * kLinesMax)) {
      line(head + part);
      head = std::string(static_cast<std::size_t>(after_verdict), ' ');
    }
  }
  static std::string finding_text(const PropertyResult& answer) {
    if (answer.condition.empty()) return answer.finding;
    return answer.verdict == Verdict::failed ? fmt::format("{}, if {}", answer.finding, answer.condition)
                                             : fmt::format("if {}; {}", answer.condition, answer.finding);
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
      std::string head(kEvidenceIndent, ' ');
      for (const std::string& part : wrap(one_line(text, kTextMax), width_ - 17, 2 * kLinesMax)) {
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

  // A row of parts, none of which is broken; no row without parts.
  void rows(std::string_view label, const std::vector<std::string>& parts) {
    const std::string dot = fmt::format(" {} ", signs_.middle_dot);
    std::string text;
    for (const std::string& part : parts) {
      if (!text.empty() && columns_of(text) + columns_of(dot) + columns_of(part) > width_ - kLabelColumns) {
        row(std::exchange(label, ""), std::exchange(text, ""));
      }
      text += (text.empty() ? "" : dot) + part;
    }
    if (!text.empty()) row(label, text);
  }
  static std::vector<std::string> both_speak(const Metrics& metrics) {
    std::vector<std::string> parts;
    if (metrics.talk_over_max.value_or(Duration()) > Duration())
      parts.push_back("at once " + to_seconds_text(*metrics.talk_over_max));
    if (metrics.barge_in_max) parts.push_back("stopped after " + to_seconds_text(*metrics.barge_in_max));
    if (metrics.truncation_error_max)
      parts.push_back("truncation off by " + to_seconds_text(*metrics.truncation_error_max));
    if (metrics.underruns.value_or(0) > 0) parts.push_back(fmt::format("underruns {}", *metrics.underruns));
    return parts;
  }
  static std::vector<std::string> cost(const Metrics& metrics) {
    std::vector<std::string> parts;
    if (metrics.audio_in > Duration()) parts.push_back("sound in " + to_seconds_text(metrics.audio_in));
    if (metrics.audio_out > Duration()) parts.push_back("sound out " + to_seconds_text(metrics.audio_out));
    if (metrics.input_tokens)
      parts.push_back(fmt::format("tokens in {}, out {}", *metrics.input_tokens, *metrics.output_tokens));
    return parts;
  }

  void figures() {
    const Metrics& metrics = report_.metrics;
    const auto time = [](const std::optional<Duration>& value) {
      return value ? to_seconds_text(*value) : std::string("-");
    };
    line();
    rows("figures",
         {"dead air " + time(metrics.dead_air_max), "first audio " + time(metrics.first_audio_p95),
          "first token " + time(metrics.ftl_p95),
          fmt::format("recovery {}{}", metrics.recovery_is_censored ? ">= " : "", time(metrics.recovery_max))});
    std::vector<std::string> turn;
    for (std::size_t i = 0; i < kStages; ++i) {
      if (metrics.stage_p95[i])
        turn.push_back(fmt::format("{} {}", name_of(static_cast<Stage>(i)), time(metrics.stage_p95[i])));
    }
    rows("turn", turn);
    rows("both speak", both_speak(metrics));
    rows("cost", cost(metrics));
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
        row("fault",
            fmt::format("{} never fired{}{}", id, fault.may_stay_silent ? ", as it may" : "",
                        fault.nearest.empty() ? "" : ": " + one_line(fault.nearest, kTextMax)),
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
    const ExitCode code = exit_code_of(
        report_.result, report_.properties,
        {.digests_differ = report_.verification == Verification::differs, .strictness = report_.strictness});
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
        line(pen_(Style::bad, fmt::format("{} does not hold{}", signs_.bad,
                                          condition.empty() || !holds_usually() ? "" : ", strictly")));
        break;
      case ExitCode::left_the_recording:
        line(pen_(Style::bad, fmt::format("{} left the recording", signs_.bad)));
        break;
      case ExitCode::not_reproducible:
        line(pen_(Style::bad, fmt::format("{} not reproducible", signs_.bad)));
        break;
      case ExitCode::fault_never_fired:
        line(pen_(Style::bad, fmt::format("{} {}", signs_.bad,
                                          asks_of_nothing() ? "a selector names nothing" : "a fault never fired")));
        break;
    }
    line(pen_(Style::dim, "again:"));
    line("  " + one_line(report_.command, 1u << 16));
  }

  bool holds_usually() const { return exit_code_of(report_.result, report_.properties) == ExitCode::holds; }
  bool asks_of_nothing() const {
    return std::any_of(report_.properties.begin(), report_.properties.end(),
                       [](const PropertyResult& answer) { return answer.names_no_tool; });
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
