#include "sim/report/lanes.h"

#include <algorithm>
#include <map>

#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

constexpr std::size_t kToolLanesMax = 6;
constexpr int kLabelMax = 20;
constexpr int kTickColumnsMin = 10;

// The columns of the drawing.
struct Scale {
  VirtualTime begin;
  Duration column;
  int columns = 0;

  int column_at(VirtualTime at) const {
    const std::int64_t n = (at - begin).ns() / column.ns();
    return static_cast<int>(std::clamp<std::int64_t>(n, 0, columns - 1));
  }
  // The last column that [from, until) touches.
  int last_column(VirtualTime from, VirtualTime until) const {
    return until > from ? column_at(until - nanoseconds(1)) : column_at(from);
  }
};

class Lane {
 public:
  Lane(const Scale& scale, std::string label)
      : scale_(scale), label_(std::move(label)), cells_(static_cast<std::size_t>(scale.columns)) {}

  void span(VirtualTime from, VirtualTime until, std::string_view sign, Style style) {
    for (int c = scale_.column_at(from); c <= scale_.last_column(from, until); ++c) set(c, sign, style);
  }
  void point(VirtualTime at, std::string_view sign, Style style) { set(scale_.column_at(at), sign, style); }

  // `text` over the columns of [from, until), or right behind or before them where it does not fit.
  void label(VirtualTime from, VirtualTime until, const std::string& text, Style style) {
    const int first = scale_.column_at(from);
    const int last = scale_.last_column(from, until);
    const int length = columns_of(text);
    int start = first + (last - first + 1 - length) / 2;
    if (last - first + 1 < length + 2) start = last + 1;
    if (start + length > scale_.columns) start = first - length;
    if (start < 0) return;
    for (int i = 0; i < length; ++i)
      set(start + i, std::string_view(text).substr(static_cast<std::size_t>(i), 1), style);
  }

  std::string line(const Pen& pen, int label_columns) const {
    std::string out = pad(fit(label_, label_columns), label_columns) + "  ";
    if (std::all_of(cells_.begin(), cells_.end(), [](const Cell& cell) { return cell.sign.empty(); })) return label_;
    // Trailing blanks say nothing.
    std::size_t end = cells_.size();
    while (end > 0 && cells_[end - 1].sign.empty()) --end;
    for (std::size_t i = 0; i < end;) {
      std::string run;
      const Style style = cells_[i].style;
      for (; i < end && cells_[i].style == style; ++i) run += cells_[i].sign.empty() ? " " : cells_[i].sign;
      out += pen(style, run);
    }
    return out;
  }
  const std::string& name() const { return label_; }

 private:
  struct Cell {
    std::string sign;
    Style style = Style::plain;
  };
  void set(int column, std::string_view sign, Style style) {
    cells_[static_cast<std::size_t>(column)] = {std::string(sign), style};
  }

  const Scale& scale_;
  std::string label_;
  std::vector<Cell> cells_;
};

Lane caller_lane(const Timeline& timeline, const Scale& scale, const SignSet& signs) {
  Lane lane(scale, "caller");
  for (const Spoken& spoken : timeline.caller) {
    const bool typed = spoken.begin == spoken.end;
    lane.span(spoken.begin, spoken.end, typed ? signs.typed : signs.caller_speaks, Style::caller);
  }
  for (const Spoken& entry : timeline.keys) lane.span(entry.begin, entry.end, signs.typed, Style::caller);
  return lane;
}

Lane agent_lane(const Timeline& timeline, const Scale& scale, const SignSet& signs) {
  Lane lane(scale, "agent");
  for (const Spoken& spoken : timeline.agent) {
    const bool typed = spoken.begin == spoken.end;
    lane.span(spoken.begin, spoken.end, typed ? signs.typed : signs.agent_speaks, Style::agent);
  }
  for (const Interruption& cut : timeline.interruptions) lane.point(cut.at, signs.interrupted, Style::warning);
  return lane;
}

Lane silence_lane(const Report& report, const Scale& scale, const SignSet& signs) {
  Lane lane(scale, "dead air");
  const Duration limit = dead_air_limit(report.properties);
  for (const Wait& wait : report.timeline.waits) {
    if (wait.length() <= limit && wait.length() >= Floor::kPauseMax)
      lane.span(wait.begin, wait.end, signs.short_wait, Style::dim);
  }
  for (const Wait& wait : report.timeline.waits) {
    if (wait.length() <= limit) continue;
    lane.span(wait.begin, wait.end, signs.dead_air, Style::bad);
    lane.label(wait.begin, wait.end, " " + to_seconds_text(wait.length()) + " ", Style::bad);
  }
  return lane;
}

Lane model_lane(const Timeline& timeline, const Scale& scale, const SignSet& signs) {
  Lane lane(scale, "model");
  for (const ModelResponse& response : timeline.responses) {
    const bool well = response.status.empty() || response.status == "completed" || response.status == "cancelled";
    lane.span(response.begin(), response.done.value_or(timeline.end), signs.response, well ? Style::plain : Style::bad);
  }
  for (const FunctionCall& call : timeline.calls) lane.point(call.opened, signs.call, Style::plain);
  for (const Disconnection& lost : timeline.disconnections) {
    if (lost.at < timeline.end) lane.point(lost.at, signs.lost, Style::bad);
  }
  return lane;
}

std::vector<Lane> tool_lanes(const Timeline& timeline, const Scale& scale, const SignSet& signs) {
  std::vector<std::string> names;
  for (const ToolExchange& exchange : timeline.tools) {
    if (std::find(names.begin(), names.end(), exchange.channel) == names.end()) names.push_back(exchange.channel);
  }
  const bool are_many = names.size() > kToolLanesMax;
  std::vector<Lane> lanes;
  for (const std::string& name : names) {
    if (lanes.size() < kToolLanesMax)
      lanes.emplace_back(scale,
                         are_many && lanes.size() + 1 == kToolLanesMax ? "other tools" : one_line(tool_name(name), 60));
  }
  const auto lane_of = [&](const ToolExchange& exchange) -> Lane& {
    const auto n = static_cast<std::size_t>(std::find(names.begin(), names.end(), exchange.channel) - names.begin());
    return lanes[std::min(n, lanes.size() - 1)];
  };
  for (const ToolExchange& exchange : timeline.tools)
    lane_of(exchange).span(exchange.requested, exchange.ended.value_or(timeline.end), signs.waiting, Style::dim);
  for (const ToolExchange& exchange : timeline.tools) {
    if (exchange.ended)
      lane_of(exchange).point(*exchange.ended, exchange.is_ok() ? signs.good : signs.bad,
                              exchange.is_ok() ? Style::good : Style::bad);
    else
      lane_of(exchange).point(exchange.requested, signs.open, Style::bad);
  }
  return lanes;
}

Lane fault_lane(const Timeline& timeline, const Scale& scale, const SignSet& signs) {
  Lane lane(scale, "faults");
  for (const FaultHit& hit : timeline.faults) lane.point(hit.at, signs.fault, Style::warning);
  return lane;
}

// The smallest round number of seconds whose ticks stand far enough apart.
Duration tick_step(const Scale& scale) {
  for (const std::int64_t step : {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200}) {
    if (seconds(step).ns() / scale.column.ns() >= kTickColumnsMin) return seconds(step);
  }
  return seconds(24 * 3600);
}

std::string short_clock(VirtualTime at) {
  const std::string whole = clock_text(at);
  return whole.substr(0, whole.size() - 4);
}

std::string axis(const Scale& scale, const Pen& pen, const SignSet& signs, int label_columns) {
  std::string line(static_cast<std::size_t>(scale.columns), ' ');
  std::vector<int> ticks;
  const Duration step = tick_step(scale);
  for (VirtualTime at = VirtualTime() + step * ((scale.begin.ns() + step.ns() - 1) / step.ns());
       (at - scale.begin).ns() / scale.column.ns() < scale.columns; at += step) {
    const int column = scale.column_at(at);
    const std::string text = short_clock(at);
    if (column + 1 + columns_of(text) > scale.columns) break;
    line.replace(static_cast<std::size_t>(column), text.size() + 1, "\x01" + text);
  }
  std::string out;
  for (const char c : line.substr(0, line.find_last_not_of(' ') + 1)) c == '\x01' ? out += signs.tick : out += c;
  return std::string(static_cast<std::size_t>(label_columns) + 2, ' ') + pen(Style::dim, out);
}

std::vector<std::string> legend(const Report& report, const SignSet& signs, int width) {
  const Timeline& t = report.timeline;
  std::vector<std::pair<std::string_view, std::string_view>> rows;
  const auto any = [](const auto& list, auto holds) { return std::any_of(list.begin(), list.end(), holds); };
  const auto is_sound = [](const Spoken& s) { return s.begin != s.end; };
  const auto is_text = [](const Spoken& s) { return s.begin == s.end; };
  if (any(t.caller, is_sound)) rows.push_back({signs.caller_speaks, "caller speaks"});
  if (any(t.agent, is_sound)) rows.push_back({signs.agent_speaks, "agent is heard"});
  if (any(t.caller, is_text) || any(t.agent, is_text)) rows.push_back({signs.typed, "text"});
  if (!t.keys.empty()) rows.push_back({signs.typed, "keys"});
  if (!t.interruptions.empty()) rows.push_back({signs.interrupted, "barge-in"});
  if (!t.responses.empty()) rows.push_back({signs.response, "response"});
  if (!t.calls.empty()) rows.push_back({signs.call, "function call"});
  if (any(t.disconnections, [&](const Disconnection& d) { return d.at < t.end; }))
    rows.push_back({signs.lost, "connection lost"});
  if (any(t.tools, [](const ToolExchange& e) { return e.is_ok(); })) rows.push_back({signs.good, "good answer"});
  if (any(t.tools, [](const ToolExchange& e) { return e.is_bad(); })) rows.push_back({signs.bad, "bad answer"});
  if (any(t.tools, [](const ToolExchange& e) { return !e.ended; })) rows.push_back({signs.open, "no answer"});
  if (!t.faults.empty()) rows.push_back({signs.fault, "fault"});
  const Duration limit = dead_air_limit(report.properties);
  if (any(t.waits, [&](const Wait& w) { return w.length() > limit; })) rows.push_back({signs.dead_air, "dead air"});
  if (any(t.waits, [&](const Wait& w) { return w.length() <= limit && w.length() >= Floor::kPauseMax; }))
    rows.push_back({signs.short_wait, "a wait"});
  std::vector<std::string> lines(1);
  for (const auto& [sign, meaning] : rows) {
    const std::string entry = fmt::format("{} {}", sign, meaning);
    if (columns_of(lines.back()) + columns_of(entry) + 3 > width) lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : "   ") + entry;
  }
  return lines;
}

}  // namespace

std::string clock_text(VirtualTime at) {
  const std::int64_t ms = at.since_start().ms();
  const std::int64_t minutes = ms / 60'000;
  const std::string rest = fmt::format("{:02}.{:03}", ms / 1000 % 60, ms % 1000);
  return minutes < 60 ? fmt::format("{:02}:{}", minutes, rest)
                      : fmt::format("{}:{:02}:{}", minutes / 60, minutes % 60, rest);
}

Duration dead_air_limit(const std::vector<PropertyResult>& properties) {
  for (const PropertyResult& answer : properties) {
    if (const auto* limit = std::get_if<DeadAir>(&answer.property)) return limit->max;
  }
  return seconds(5);
}

std::vector<std::string> draw_lanes(const Report& report, const LaneOptions& options) {
  const Timeline& timeline = report.timeline;
  if (timeline.end <= timeline.begin) return {};
  const SignSet& signs = signs_of(options.signs);

  int label_columns = columns_of("dead air");
  for (const ToolExchange& exchange : timeline.tools)
    label_columns = std::max(label_columns, std::min(kLabelMax, columns_of(tool_name(exchange.channel))));
  const int columns = std::max(options.width, 40) - label_columns - 2;
  const std::int64_t share = (timeline.end - timeline.begin).ns() / columns + 1;
  const Scale scale{.begin = timeline.begin, .column = milliseconds((share + 999'999) / 1'000'000), .columns = columns};

  std::vector<Lane> lanes;
  lanes.push_back(caller_lane(timeline, scale, signs));
  lanes.push_back(agent_lane(timeline, scale, signs));
  if (timeline.times_are_real && timeline.audio_is_whole) lanes.push_back(silence_lane(report, scale, signs));
  if (!timeline.responses.empty()) lanes.push_back(model_lane(timeline, scale, signs));
  for (Lane& lane : tool_lanes(timeline, scale, signs)) lanes.push_back(std::move(lane));
  if (!timeline.faults.empty()) lanes.push_back(fault_lane(timeline, scale, signs));

  std::vector<std::string> lines{axis(scale, options.pen, signs, label_columns)};
  for (const Lane& lane : lanes) lines.push_back(lane.line(options.pen, label_columns));
  const std::string indent(static_cast<std::size_t>(label_columns) + 2, ' ');
  for (const std::string& row : legend(report, signs, columns))
    lines.push_back(row.empty() ? row : indent + options.pen(Style::dim, row));
  return lines;
}

}  // namespace ringback::sim
