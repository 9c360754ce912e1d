#include "sim/run/run.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "sim/dialog/floor.h"
#include "sim/faults/check_schedule.h"
#include "sim/faults/injector.h"
#include "sim/peers/agent_process.h"
#include "sim/peers/completion_model.h"
#include "sim/peers/realtime_model.h"
#include "sim/peers/speech_service.h"
#include "sim/peers/tools.h"
#include "sim/run/near_miss.h"
#include "sim/run/run_journal.h"

namespace ringback::sim {
namespace {

using trace::ChannelKind;

// Each costs a pass over the run.
constexpr std::size_t kNearMissesMax = 10;

// An agent in this process has none of its own that could be struck.
void check_process(const Schedule& schedule, const Agent& agent) {
  const Fault* fault = first_process_fault(schedule);
  if (fault == nullptr || agent.is_process()) return;
  fail("{}: '{}' strikes the agent's process, and this agent runs inside ringback: give it as a command behind --",
       place_of(fault->mark), name_of(fault->action.name));
}

// In the place of a model that the recording does not have: an agent that wants it cannot be replayed against it.
class NoRealtime final : public ModelPort {
 public:
  explicit NoRealtime(std::string& misfit) : misfit_(misfit) {}
  Task<std::unique_ptr<ModelConnection>> connect() override {
    misfit_ = "the agent opens a Realtime session, and the trace has no model channel of kind openai-realtime";
    throw Error(misfit_);
    co_return nullptr;
  }

 private:
  std::string& misfit_;
};

class NoCompletions final : public CompletionPort {
 public:
  explicit NoCompletions(std::string& misfit) : misfit_(misfit) {}
  std::unique_ptr<CompletionStream> ask(const wire::ChatRequest&) override { refuse(); }
  std::unique_ptr<CompletionExchange> post(Bytes) override { refuse(); }

 private:
  [[noreturn]] void refuse() {
    misfit_ =
        "the agent asks a completion model, and the trace has no model channel of kind openai-chat, openai-responses "
        "or anthropic-messages";
    throw Error(misfit_);
  }

  std::string& misfit_;
};

class NoSpeech final : public SpeechPort {
 public:
  explicit NoSpeech(std::string& misfit) : misfit_(misfit) {}
  Task<std::unique_ptr<SpeechConnection>> connect() override {
    misfit_ =
        "the agent connects to a speech service, and the trace has no transcriber and synthesizer channels of kind "
        "speech-json";
    throw Error(misfit_);
    co_return nullptr;
  }

 private:
  std::string& misfit_;
};

// The world of one run and its end.
class Run final : public Watch, public ProcessFaults, public ConnectFaults {
 public:
  Run(const Scenario& scenario, const RecordedWorld& recorded, Agent& agent)
      : scenario_(scenario),
        recorded_(recorded),
        agent_(agent),
        strict_(scenario.schedule.faults.empty() && !scenario.is_lenient),
        journal_(scenario.recording.events.scratch(), scenario.digest == RunDigest::wanted),
        injector_(scenario.schedule, scenario.seed),
        agent_lane_(kernel_.lane("agent")),
        end_timer_(kernel_) {
    declare_channels();
    for (const std::string& text : recorded_.model.notices) notice(text);
    for (const std::string& text : recorded_.completions.notices) notice(text);
    result_.detector = recorded_.model.detector;
  }

  RunResult play() {
    build_peers();
    {
      Scope agent_scope(kernel_, agent_lane_);
      AgentWorld world{.kernel = kernel_,
                       .lane = agent_lane_,
                       .caller = *caller_,
                       .models = model_ ? static_cast<ModelPort&>(*model_) : no_realtime_,
                       .completions = completions_ ? static_cast<CompletionPort&>(*completions_) : no_completions_,
                       .transcriber = transcriber_ ? static_cast<SpeechPort&>(*transcriber_) : no_speech_,
                       .synthesizer = synthesizer_ ? static_cast<SpeechPort&>(*synthesizer_) : no_speech_,
                       .tools = *tools_,
                       .setup = agent_setup(),
                       .seed = scenario_.seed,
                       .process_log = process_.get(),
                       .connects = this};
      caller_->start();
      agent_scope.spawn(live(world));
      const Kernel::Stop stop = run_kernel();
      if (stop != Kernel::Stop::stopped && ended_by_.empty())
        ended_by_ = stop == Kernel::Stop::limit ? "limit" : "silence";
      caller_->stop();
      if (model_) model_->stop();
      if (completions_) completions_->stop();
      if (transcriber_) transcriber_->stop();
      if (synthesizer_) synthesizer_->stop();
      tools_->stop();
      if (process_) process_->stop();
    }
    if (!misfit_.empty()) throw Error(misfit_);
    if (strict_ && !result_.divergence.has_value()) find_missing();
    return finish();
  }

  // --- Watch ---

  void count_answer(trace::Origin origin) override { ++result_.origins[std::string(trace::name_of(origin))]; }

  void stood_in(StandIn stand_in) override { result_.stand_ins.push_back(std::move(stand_in)); }

  void rule_applied(std::size_t index) override { ++rules_applied_[index]; }

  bool diverged(Divergence divergence) override {
    journal_.record(trace::make_event({.at = kernel_.now(), .origin = trace::Origin::world},
                                      trace::Diverged{.what = divergence.channel + ": " + divergence.what,
                                                      .expected = divergence.expected,
                                                      .actual = divergence.actual}));
    if (!result_.divergence.has_value()) result_.divergence = std::move(divergence);
    if (!strict_) return true;
    result_.halted = true;
    ended_by_ = "halt";
    kernel_.stop();
    return false;
  }

  void notice(std::string text) override {
    if (said_.insert(text).second) result_.notices.push_back(std::move(text));
  }

  // --- ConnectFaults ---

  bool would_fail(std::string_view channel, ConnectStage stage, std::uint32_t ahead) override {
    const ActionName action = action_at(stage);
    if (completions_ && recorded_.completions.channel.name == channel)
      return completions_->would_fail_to_connect(action, ahead);
    if (Link* session = session_link(channel))
      return session->would_bounce(trace::make_event({.origin = trace::Origin::agent}, trace::Opened{}), action);
    return tools_->would_fail_to_connect(channel, action, ahead);
  }

  void fail(std::string_view channel, ConnectStage) override {
    if (completions_ && recorded_.completions.channel.name == channel) return completions_->fail_to_connect();
    if (Link* session = session_link(channel)) {
      session->from_agent(trace::make_event({.origin = trace::Origin::agent}, trace::Opened{}), {}, {});
      return;
    }
    tools_->fail_to_connect(channel);
  }

  // --- ProcessFaults ---

  void befall(const Fault& fault) override {
    if (process_) process_->strike(fault);
  }

  void call_ended(const std::string& by) override {
    ended_by_ = by;
    if (agent_has_ended_) {
      kernel_.stop();
    } else {
      end_timer_.schedule(kernel_.now() + kGraceAfterHangUp, EventClass::timer, agent_lane_, [this] {
        notice("the agent had not ended 5 s after the call");
        kernel_.stop();
      });
    }
  }

 private:
  void declare_channels() {
    trace::Trace& run = journal_.run();
    for (const trace::Channel& channel : scenario_.recording.channels.channels()) declare(channel);
    if (run.channels.find("caller") == nullptr) declare({.kind = ChannelKind::caller, .name = "caller"});
    if (recorded_.caller.format.has_value()) {
      for (const char* name : {"caller.audio", "agent.audio"}) {
        if (run.channels.find(name) != nullptr) continue;
        declare({.kind = ChannelKind::audio,
                 .name = name,
                 .encoding = std::string(audio::name_of(recorded_.caller.format->encoding)),
                 .rate = recorded_.caller.format->rate});
      }
    }
    trace::RecordingFacts facts = scenario_.recording.facts();
    facts.source = "run";
    journal_.record(trace::make_event({}, facts));
  }

  // As the run trace's next channel, at this virtual time.
  trace::Channel declare(const trace::Channel& channel) {
    const auto id = static_cast<trace::ChannelId>(journal_.run().channels.channels().size() + 1);
    journal_.record(trace::make_event({.at = kernel_.now()},
                                      trace::ChannelDeclared{.id = id,
                                                             .channel_kind = static_cast<std::int64_t>(channel.kind),
                                                             .name = channel.name,
                                                             .encoding = channel.encoding,
                                                             .rate = channel.rate,
                                                             .url = channel.url}));
    return *journal_.run().channels.find(id);
  }

  static ActionName action_at(ConnectStage stage) {
    switch (stage) {
      case ConnectStage::name:
        return ActionName::dns_failure;
      case ConnectStage::connect:
        return ActionName::refuse;
      case ConnectStage::handshake:
        break;
    }
    return ActionName::tls_failure;
  }

  // Of a partner whose connection is a session; null for others.
  Link* session_link(std::string_view name) {
    for (const std::unique_ptr<Link>& link : links_) {
      const ChannelKind kind = link->channel().kind;
      const bool is_session =
          kind == ChannelKind::model || kind == ChannelKind::transcriber || kind == ChannelKind::synthesizer;
      if (is_session && link->channel().name == name) return link.get();
    }
    return nullptr;
  }

  Link& link_for(std::string_view name) {
    const trace::Channel* channel = journal_.run().channels.find(name);
    links_.push_back(std::make_unique<Link>(wiring(), *channel, Link::Order::stream));
    return *links_.back();
  }
  Link::Wiring wiring() { return {.kernel = kernel_, .journal = journal_, .injector = injector_, .process = this}; }

  void build_process() {
    if (first_process_fault(scenario_.schedule) == nullptr) return;
    if (journal_.run().channels.find(kAgentProcess) == nullptr)
      declare({.kind = ChannelKind::process, .name = std::string(kAgentProcess)});
    process_ = std::make_unique<AgentProcess>(AgentProcess::Parts{
        .kernel = kernel_, .agent = agent_, .link = link_for(kAgentProcess), .schedule = scenario_.schedule});
  }

  void build_peers() {
    const bool has_audio = recorded_.caller.format.has_value();
    caller_ =
        std::make_unique<CallerPeer>(CallerPeer::Parts{.kernel = kernel_,
                                                       .floor = floor_,
                                                       .watch = *this,
                                                       .control = link_for("caller"),
                                                       .caller_audio = has_audio ? &link_for("caller.audio") : nullptr,
                                                       .agent_audio = has_audio ? &link_for("agent.audio") : nullptr,
                                                       .recording = scenario_.recording},
                                     recorded_.caller, scenario_.caller);
    tools_ = std::make_unique<ToolPeers>(
        ToolPeers::Parts{
            .kernel = kernel_,
            .agent_lane = agent_lane_,
            .watch = *this,
            .wiring = wiring(),
            .declare = [this](const std::string& name) { return declare({.kind = ChannelKind::tool, .name = name}); },
            .schedule = scenario_.schedule,
            .strict = strict_},
        recorded_.tools);
    build_models();
    build_process();
  }

  std::unique_ptr<SpeechService> build_speech(const std::optional<RecordedSpeech>& recorded) {
    if (!recorded.has_value()) return nullptr;
    return std::make_unique<SpeechService>(SpeechService::Parts{.kernel = kernel_,
                                                                .agent_lane = agent_lane_,
                                                                .watch = *this,
                                                                .link = link_for(recorded->channel.name),
                                                                .strict = strict_},
                                           *recorded);
  }

  void build_models() {
    transcriber_ = build_speech(recorded_.transcriber);
    synthesizer_ = build_speech(recorded_.synthesizer);
    const auto failing_tools = [this]() -> const std::set<std::string>& { return tools_->failing(); };
    if (!recorded_.completions.channel.name.empty()) {
      completions_ = std::make_unique<CompletionModel>(
          CompletionModel::Parts{.kernel = kernel_,
                                 .agent_lane = agent_lane_,
                                 .floor = floor_,
                                 .watch = *this,
                                 .link = link_for(recorded_.completions.channel.name),
                                 .schedule = scenario_.schedule,
                                 .failing_tools = failing_tools,
                                 .tool_calls = [this] { return tools_->calls_made(); },
                                 .strict = strict_,
                                 .reaction = scenario_.reaction},
          recorded_.completions);
      caller_->set_on_agent_said([this] {
        if (!tools_->is_under_way()) completions_->agent_said();
      });
    }
    if (recorded_.model.channel.name.empty()) return;
    model_ = std::make_unique<RealtimeModel>(RealtimeModel::Parts{.kernel = kernel_,
                                                                  .agent_lane = agent_lane_,
                                                                  .floor = floor_,
                                                                  .watch = *this,
                                                                  .link = link_for(recorded_.model.channel.name),
                                                                  .schedule = scenario_.schedule,
                                                                  .failing_tools = failing_tools,
                                                                  .strict = strict_,
                                                                  .reaction = scenario_.reaction},
                                             recorded_.model);
  }

  AgentSetup agent_setup() const {
    AgentSetup setup{.session = recorded_.model.session,
                     .speaks_first = recorded_.model.speaks_first || recorded_.completions.speaks_first,
                     .chat = recorded_.completions.opening};
    for (const RecordedHandOver& hand_over : recorded_.model.hand_overs) {
      setup.hand_overs.insert({hand_over.function, {.output = hand_over.output, .session = hand_over.session}});
    }
    return setup;
  }

  // What leaves a task that the agent spawned is the agent's failure too. Peers read what they are given before the
  // run, so nothing else throws in it but the adapter of a child process, which says what the user has to mend.
  Kernel::Stop run_kernel() {
    try {
      return kernel_.run(VirtualTime() + scenario_.limit.value_or(default_limit(recorded_.duration)));
    } catch (const InternalError&) {
      throw;
    } catch (const std::exception& error) {
      if (!misfit_.empty() || agent_.facts().is_child_process) throw;
      agent_failed(error.what());
      return Kernel::Stop::stopped;
    }
  }

  void agent_failed(const std::string& failure) {
    notice("the agent failed: " + failure);
    if (ended_by_.empty()) ended_by_ = "agent-failed";
  }

  // The agent's whole life. What it throws is its own failure, not ours.
  Task<void> live(AgentWorld& world) {
    std::string failure;
    try {
      co_await agent_.run(world);
    } catch (const InternalError&) {
      throw;
    } catch (const std::exception& error) {
      failure = error.what();
    }
    agent_has_ended_ = true;
    if (!failure.empty()) {
      agent_failed(failure);
      kernel_.stop();
    } else if (ended_by_.empty()) {
      caller_->hang_up();
    } else {
      kernel_.stop();
    }
  }

  // What the recording has and the run never came to.
  void find_missing() {
    struct Missing {
      std::string channel;
      const char* what;
      std::vector<std::string> all;
    };
    std::vector<Missing> candidates;
    if (model_) candidates.push_back({recorded_.model.channel.name, "missing response", model_->unused()});
    if (completions_)
      candidates.push_back({recorded_.completions.channel.name, "missing response", completions_->unused()});
    if (transcriber_)
      candidates.push_back({recorded_.transcriber->channel.name, "missing turn", transcriber_->unused()});
    if (synthesizer_)
      candidates.push_back({recorded_.synthesizer->channel.name, "missing text", synthesizer_->unused()});
    const std::vector<std::string> calls = tools_->unused();
    if (!calls.empty())
      candidates.push_back({calls.front().substr(0, calls.front().find(' ')), "missing request", calls});
    for (const Missing& missing : candidates) {
      if (missing.all.empty()) continue;
      diverged({.at = kernel_.now(),
                .channel = missing.channel,
                .what = missing.what,
                .expected = missing.all.front(),
                .actual = fmt::format("the run ended ({}) without it", ended_by_),
                .nearest = ""});
      return;
    }
  }

  RunResult finish() {
    result_.seed = scenario_.seed;
    result_.end = kernel_.now();
    result_.ended_by = ended_by_;
    result_.reaction = scenario_.reaction;
    result_.agent_first_heard = caller_->agent_first_heard();
    for (std::size_t i = 0; i < scenario_.schedule.faults.size(); ++i) {
      const Fault& fault = scenario_.schedule.faults[i];
      result_.faults.push_back({.id = fault.id,
                                .fired = injector_.fired()[i],
                                .may_stay_silent = fault.optional || fault.at.probability.has_value()});
    }
    // A rule that answered nothing was keyed wrongly, unless what it is for was left to chance.
    const bool by_chance = std::any_of(result_.faults.begin(), result_.faults.end(),
                                       [](const FaultOutcome& fault) { return fault.may_stay_silent; });
    for (std::size_t i = 0; i < scenario_.schedule.answers.size(); ++i) {
      result_.faults.push_back(
          {.id = fmt::format("answers[{}]", i + 1), .fired = rules_applied_[i], .may_stay_silent = by_chance});
    }
    add_agent_facts();
    result_.chain = journal_.chain().value();
    result_.digest = journal_.finish();
    result_.run = journal_.take_run();
    std::size_t explained = 0;
    for (std::size_t i = 0; i < scenario_.schedule.faults.size() && explained < kNearMissesMax; ++i) {
      if (result_.faults[i].fired > 0) continue;
      result_.faults[i].nearest = near_miss(scenario_.schedule.faults[i], result_.run);
      ++explained;
    }
    return std::move(result_);
  }

  void add_agent_facts() {
    AgentFacts facts = agent_.facts();
    if (facts.is_child_process) result_.level = Level::child_process;
    result_.taints = std::move(facts.taints);
    for (std::string& text : facts.notices) notice(std::move(text));
    result_.schedule_hash = std::move(facts.schedule_hash);
    result_.agent_output = std::move(facts.output);
  }

  const Scenario& scenario_;
  const RecordedWorld& recorded_;
  Agent& agent_;
  bool strict_;
  RunResult result_;
  Kernel kernel_;
  RunJournal journal_;
  Injector injector_;
  Floor floor_;
  Lane& agent_lane_;
  ScopedTimer end_timer_;
  std::vector<std::unique_ptr<Link>> links_;
  std::unique_ptr<CallerPeer> caller_;
  std::unique_ptr<ToolPeers> tools_;
  std::unique_ptr<AgentProcess> process_;         // null without a fault that strikes it
  std::unique_ptr<RealtimeModel> model_;          // null without a channel
  std::unique_ptr<CompletionModel> completions_;  // null without a channel
  std::unique_ptr<SpeechService> transcriber_;    // null without a channel
  std::unique_ptr<SpeechService> synthesizer_;    // null without a channel
  std::string misfit_;                            // what the agent wanted and the recording does not have
  NoRealtime no_realtime_{misfit_};
  NoCompletions no_completions_{misfit_};
  NoSpeech no_speech_{misfit_};
  std::map<std::size_t, std::uint64_t> rules_applied_;
  std::set<std::string> said_;
  std::string ended_by_;
  bool agent_has_ended_ = false;
};

}  // namespace

Duration default_limit(Duration recording) { return recording * 2 + seconds(600); }

RunResult run_scenario(const Scenario& scenario, Agent& agent) {
  if (const std::optional<std::string> message = first_unsupported(scenario.schedule)) throw Error(*message);
  check_channels(scenario.schedule, scenario.recording.channels.channels());
  check_process(scenario.schedule, agent);
  if (scenario.world != nullptr) return Run(scenario, *scenario.world, agent).play();
  const RecordedWorld world = read_recorded_world(scenario.recording);
  return Run(scenario, world, agent).play();
}

}  // namespace ringback::sim
