#include "sim/peers/speech_service.h"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include "sim/peers/connect_guard.h"
#include "sim/peers/standin_response.h"
#include "src/audio/speech_detector.h"
#include "src/audio/tone.h"
#include "src/base/error.h"

namespace ringback::sim {

using trace::Origin;
using wire::SpeechFrame;
using wire::SpeechType;

// One connection; the agent holds it.
class SpeechService::Session final : public SpeechConnection {
 public:
  explicit Session(SpeechService& service)
      : service_(service),
        inbox_(service.parts_.kernel, service.parts_.kernel.lane("agent/" + service.recorded_.channel.name)) {
    service_.session_ = this;
  }
  ~Session() override {
    close_by_agent();
    service_.parts_.link.set_on_begun(nullptr);
    if (service_.session_ == this) service_.session_ = nullptr;
  }

  Mailbox<SpeechFrame>& inbox() override { return inbox_; }

  void send(const SpeechFrame& frame) override {
    if (is_closed_ || service_.is_over_) return;
    service_.parts_.link.from_agent(
        trace::make_event({.origin = Origin::agent}, trace::Message{.text = wire::to_json(frame)}), {},
        [this, frame](const trace::Event& delivered, Delivery how) {
          if (how == Delivery::intact) return receive(frame);
          try {
            receive(wire::parse_speech(trace::body_field(delivered.body, 1)));
          } catch (const Error&) {
            // A service drops what it cannot read.
          }
        });
  }

  void set_on_begun(MessageBegun on_begun) override {
    service_.parts_.link.set_on_begun([this, on_begun](const trace::Event& event, Duration spread) {
      if (!is_closed_ && event.kind == trace::EventKind::message) on_begun(trace::body_field(event.body, 1), spread);
    });
  }

  void close_by_link() {
    if (std::exchange(is_closed_, true)) return;
    players_.clear();
    inbox_.close();
    if (service_.session_ == this) service_.session_ = nullptr;
  }
  void stop() { players_.clear(); }

 private:
  // What is being sent because of one cause.
  struct Player {
    SpeechScript script;
    std::size_t next = 0;
    VirtualTime cause;
    Origin origin = Origin::recorded;
    std::uint32_t exchange = 0;
    std::string id;                       // as the agent called it; of a text
    std::optional<std::size_t> recorded;  // text that this plays
    ScopedTimer timer;
    explicit Player(Kernel& kernel) : timer(kernel) {}
  };

  void close_by_agent() {
    if (is_closed_ || service_.is_over_) return;
    is_closed_ = true;
    players_.clear();
    service_.parts_.link.drop_in_flight();
    service_.parts_.link.from_agent(trace::make_event({.origin = Origin::agent}, trace::Closed{.code = 1000}), {}, {});
  }

  void receive(const SpeechFrame& frame) {
    switch (frame.type) {
      case SpeechType::start:
        format_ = format_of_start(frame);
        detector_.emplace(*format_);
        play(service_.recorded_.on_start.empty()
                 ? SpeechScript{{.after = kStandinSpeechLatency, .frame = {.type = SpeechType::ready}}}
                 : service_.recorded_.on_start,
             service_.recorded_.on_start.empty() ? Origin::world : Origin::recorded, 0);
        break;
      case SpeechType::audio:
        hear(frame);
        break;
      case SpeechType::speak:
        say(frame);
        break;
      case SpeechType::cancel:
        players_.remove_if([&](const Player& player) { return player.id == frame.id; });
        break;
      default:
        break;
    }
  }

  // --- transcribing ---

  void hear(const SpeechFrame& frame) {
    if (!detector_.has_value()) return;
    edges_.clear();
    detector_->feed(frame.audio, edges_);
    for (const audio::SpeechDetector::Edge& edge : edges_) edge.speech ? speech_began(edge) : speech_ended(edge);
  }

  void speech_began(const audio::SpeechDetector::Edge& edge) {
    turn_ = ++service_.exchanges_;
    for (std::size_t i = 0; i < service_.recorded_.turns.size(); ++i) {
      const HeardTurn& turn = service_.recorded_.turns[i];
      if (service_.turn_is_used_[i] || turn.onset_content != edge.content) continue;
      return play(turn.on_onset, Origin::recorded, turn_);
    }
    play({{.after = kStandinSpeechLatency, .frame = {.type = SpeechType::speech_started, .at_ms = edge.at.ms()}}},
         Origin::stub, turn_);
  }

  void speech_ended(const audio::SpeechDetector::Edge& edge) {
    for (std::size_t i = 0; i < service_.recorded_.turns.size(); ++i) {
      const HeardTurn& turn = service_.recorded_.turns[i];
      if (service_.turn_is_used_[i] || turn.content != edge.content) continue;
      service_.turn_is_used_[i] = true;
      service_.parts_.watch.count_answer(Origin::recorded);
      return play(turn.on_end, Origin::recorded, turn_);
    }
    if (!may_make_up("unmatched turn", "a turn of the caller as recorded", "sound that nobody recorded")) return;
    play({{.after = kStandinSpeechLatency,
           .frame = {.type = SpeechType::final_transcript, .text = Bytes(kStandinTranscript), .at_ms = edge.at.ms()}}},
         Origin::stub, turn_);
  }

  // --- speaking ---

  void say(const SpeechFrame& frame) {
    const std::uint32_t exchange = ++service_.exchanges_;
    for (std::size_t i = 0; i < service_.recorded_.spoken.size(); ++i) {
      const SynthesizedText& spoken = service_.recorded_.spoken[i];
      if (service_.text_is_used_[i] || spoken.text != frame.text) continue;
      service_.text_is_used_[i] = true;
      service_.parts_.watch.count_answer(Origin::recorded);
      SpeechScript script = spoken.frames;
      for (TimedSpeech& each : script) each.frame.id = frame.id;
      // The recording's agent cancelled the rest.
      if (!spoken.is_whole) {
        const Duration last = script.empty() ? Duration() : script.back().after;
        script.push_back({.after = last + kStandinPace, .frame = {.type = SpeechType::done, .id = frame.id}});
      }
      play(std::move(script), Origin::recorded, exchange, frame.id, i);
      return;
    }
    if (!may_make_up("unmatched text", "a text as recorded", fmt::format("\"{}\"", frame.text.substr(0, 80)))) return;
    play(tone_script(frame), Origin::stub, exchange, frame.id);
  }

  SpeechScript tone_script(const SpeechFrame& frame) const {
    SpeechScript script;
    Duration after = kStandinSpeechLatency;
    const Bytes sound = format_.has_value() ? audio::tone_speech(frame.text, *format_) : Bytes();
    const std::size_t step = format_.has_value() ? audio::bytes_for(kStandinDelta, *format_) : 1;
    for (std::size_t at = 0; at < sound.size(); at += step) {
      script.push_back(
          {.after = after, .frame = {.type = SpeechType::audio, .id = frame.id, .audio = sound.substr(at, step)}});
      after += kStandinPace;
    }
    script.push_back({.after = after, .frame = {.type = SpeechType::done, .id = frame.id}});
    return script;
  }

  // False where the run ends here.
  bool may_make_up(const char* what, const char* expected, const std::string& actual) {
    if (service_.parts_.strict) {
      const bool go_on = service_.parts_.watch.diverged({.at = service_.parts_.kernel.now(),
                                                         .channel = service_.recorded_.channel.name,
                                                         .what = what,
                                                         .expected = expected,
                                                         .actual = actual,
                                                         .nearest = ""});
      if (!go_on) return false;
    }
    service_.parts_.watch.count_answer(Origin::stub);
    return true;
  }

  // --- to the agent ---

  void play(SpeechScript script, Origin origin, std::uint32_t exchange, std::string id = {},
            std::optional<std::size_t> recorded = std::nullopt) {
    players_.remove_if([](const Player& player) { return player.next == player.script.size(); });
    Player& player = players_.emplace_back(service_.parts_.kernel);
    player.script = std::move(script);
    player.cause = service_.parts_.kernel.now();
    player.origin = origin;
    player.exchange = exchange;
    player.id = std::move(id);
    player.recorded = recorded;
    schedule(player);
  }

  void schedule(Player& player) {
    if (player.next == player.script.size()) return;
    const VirtualTime due = std::max(service_.parts_.kernel.now(), player.cause + player.script[player.next].after);
    Player* const next = &player;
    player.timer.schedule(due, EventClass::delivery, service_.lane_, [this, next] { step(*next); });
  }

  // One frame a callback: what it makes the agent do may end this player.
  void step(Player& player) {
    const SpeechFrame frame = player.script[player.next++].frame;
    trace::Event event = trace::make_event({.origin = player.origin, .exchange = player.exchange},
                                           trace::Message{.text = wire::to_json(frame)});
    const std::optional<std::size_t> recorded = player.recorded;
    schedule(player);
    const bool intact = service_.parts_.link.to_agent(
        std::move(event), {},
        [this, frame](const trace::Event& delivered, Delivery how) { arrive(frame, delivered, how); });
    if (!intact && recorded.has_value()) service_.text_is_used_[*recorded] = false;
  }

  void arrive(const SpeechFrame& frame, const trace::Event& delivered, Delivery how) {
    if (is_closed_) return;
    if (how == Delivery::intact) {
      inbox_.push(frame);
      return;
    }
    try {
      inbox_.push(wire::parse_speech(trace::body_field(delivered.body, 1)));
    } catch (const Error&) {
      inbox_.push({.type = SpeechType::other});
    }
  }

  SpeechService& service_;
  Mailbox<SpeechFrame> inbox_;
  std::list<Player> players_;
  std::optional<audio::Format> format_;
  std::optional<audio::SpeechDetector> detector_;
  std::vector<audio::SpeechDetector::Edge> edges_;
  std::uint32_t turn_ = 0;
  bool is_closed_ = false;
};

SpeechService::SpeechService(const Parts& parts, const RecordedSpeech& recorded)
    : parts_(parts),
      recorded_(recorded),
      lane_(parts.kernel.lane("speech/" + recorded.channel.name)),
      turn_is_used_(recorded.turns.size()),
      text_is_used_(recorded.spoken.size()) {
  parts_.link.set_on_closed([this](std::int64_t, const std::string&) {
    if (session_ != nullptr) session_->close_by_link();
    if (connecting_ != nullptr) connecting_->push(false);
  });
  parts_.link.set_on_bounced([this](const trace::Event&) {
    if (connecting_ != nullptr) connecting_->push(false);
  });
}

SpeechService::~SpeechService() = default;

Task<std::unique_ptr<SpeechConnection>> SpeechService::connect() {
  RINGBACK_CHECK(session_ == nullptr && connecting_ == nullptr, "an agent has one connection to a service at a time");
  Mailbox<bool> outcome(parts_.kernel, parts_.agent_lane);
  ConnectGuard guard(connecting_, outcome);
  parts_.link.from_agent(trace::make_event({.origin = Origin::agent}, trace::Opened{.url = recorded_.channel.url}), {},
                         [this](const trace::Event&, Delivery) {
                           if (connecting_ != nullptr) connecting_->push(true);
                         });
  std::optional<bool> is_connected = co_await outcome.receive();
  if (!is_connected.value_or(false)) co_return nullptr;
  std::unique_ptr<SpeechConnection> connection = std::make_unique<Session>(*this);
  co_return connection;
}

std::vector<std::string> SpeechService::unused() const {
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < recorded_.turns.size(); ++i) {
    if (!turn_is_used_[i]) unused.push_back(fmt::format("turn {} of the caller", i + 1));
  }
  for (std::size_t i = 0; i < recorded_.spoken.size(); ++i) {
    if (!text_is_used_[i]) unused.push_back(fmt::format("\"{}\"", recorded_.spoken[i].text.substr(0, 80)));
  }
  return unused;
}

void SpeechService::stop() {
  is_over_ = true;
  if (session_ != nullptr) session_->stop();
}

}  // namespace ringback::sim
