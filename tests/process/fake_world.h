// A world for one connection of an agent: ports that answer what a test tells them to, and a line that keeps what is
// written.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/agents/port.h"
#include "src/base/error.h"
#include "src/process/line.h"

namespace ringback::process {

class FakeLine final : public Line {
 public:
  void write(BytesView octets) override { written += octets; }
  void finish() override { ending = "finished"; }
  void close() override { ending = "closed"; }
  void reset() override { ending = "reset"; }
  Bytes take() { return std::exchange(written, {}); }

  Bytes written;
  std::string ending;
};

class FakeCaller final : public sim::CallerLeg {
 public:
  FakeCaller(sim::Kernel& kernel, sim::Lane& lane) : inbox_(kernel, lane) {}
  sim::Mailbox<sim::CallerInput>& inbox() override { return inbox_; }
  std::optional<audio::Format> format() const override { return sound; }
  void send_audio(Bytes samples) override { heard.push_back("audio " + samples); }
  void send_transcript(std::string) override {}
  void send_text(std::string text) override { heard.push_back("text " + text); }
  void send_mark(std::string name) override { heard.push_back("mark " + name); }
  void clear() override { heard.push_back("clear"); }
  void hang_up() override { heard.push_back("hang up"); }

  std::optional<audio::Format> sound = audio::Format{audio::Encoding::mulaw, 8000};
  std::vector<std::string> heard;

 private:
  sim::Mailbox<sim::CallerInput> inbox_;
};

class FakeModel final : public sim::ModelPort {
 public:
  FakeModel(sim::Kernel& kernel, sim::Lane& lane) : kernel_(kernel), lane_(lane) {}

  sim::Task<std::unique_ptr<sim::ModelConnection>> connect() override {
    std::unique_ptr<sim::ModelConnection> connection;
    if (is_reachable) connection = std::make_unique<Connection>(*this);
    co_return connection;
  }
  void say(BytesView text) {
    wire::RealtimeFrame frame;
    frame.text = text;
    inbox->push(frame);
  }
  void end(std::int64_t code, const std::string& reason) {
    closed = sim::ModelClosed{.code = code, .reason = reason};
    inbox->close();
  }

  bool is_reachable = true;
  std::vector<std::string> heard;
  std::optional<sim::ModelClosed> closed;
  sim::Mailbox<wire::RealtimeFrame>* inbox = nullptr;  // of the open connection
  sim::MessageBegun begin;                             // its agent hears of what comes slowly

 private:
  class Connection final : public sim::ModelConnection {
   public:
    explicit Connection(FakeModel& model) : model_(model), inbox_(model.kernel_, model.lane_) { model.inbox = &inbox_; }
    ~Connection() override { model_.inbox = nullptr; }
    sim::Mailbox<wire::RealtimeFrame>& inbox() override { return inbox_; }
    const std::optional<sim::ModelClosed>& closed() const override { return model_.closed; }
    void send(wire::RealtimeFrame frame) override { model_.heard.push_back(frame.text); }
    void close(std::int64_t code) override {
      model_.heard.push_back(fmt::format("close {}", code));
      model_.end(code, "");
    }
    void set_on_begun(sim::MessageBegun on_begun) override { model_.begin = std::move(on_begun); }

   private:
    FakeModel& model_;
    sim::Mailbox<wire::RealtimeFrame> inbox_;
  };

  sim::Kernel& kernel_;
  sim::Lane& lane_;
};

// Answers after ten milliseconds with `reply`, or never.
class FakeTools final : public sim::ToolPort {
 public:
  FakeTools(sim::Kernel& kernel, sim::Lane& lane) : kernel_(kernel), lane_(lane) {}
  sim::Task<sim::ToolReply> call(std::string function, Bytes arguments) override {
    calls.push_back(function + " " + arguments);
    sim::Mailbox<bool> never(kernel_, lane_);
    if (!reply.has_value()) co_await never.receive();
    co_await sim::sleep(kernel_, lane_, milliseconds(10));
    co_return *reply;
  }

  std::optional<sim::ToolReply> reply = sim::ToolReply{.answered = true, .status = 200, .body = R"({"found":true})"};
  std::vector<std::string> calls;

 private:
  sim::Kernel& kernel_;
  sim::Lane& lane_;
};

// Keeps what is posted; a test says what comes back. A body that is "bad" is no request.
class FakeCompletions final : public sim::CompletionPort {
 public:
  FakeCompletions(sim::Kernel& kernel, sim::Lane& lane) : kernel_(kernel), lane_(lane) {}
  std::unique_ptr<sim::CompletionStream> ask(const wire::ChatRequest&) override { return nullptr; }
  std::unique_ptr<sim::CompletionExchange> post(Bytes body) override {
    if (body == "bad") fail("expected a request, found none");
    posted.push_back(std::move(body));
    return std::make_unique<Exchange>(*this);
  }

  std::vector<std::string> posted;
  sim::Mailbox<sim::CompletionPiece>* pieces = nullptr;  // of the request under way
  sim::CompletionExchange::Begun begin;                  // its agent hears of what comes slowly

 private:
  class Exchange final : public sim::CompletionExchange {
   public:
    explicit Exchange(FakeCompletions& model) : model_(model), pieces_(model.kernel_, model.lane_) {
      model.pieces = &pieces_;
    }
    ~Exchange() override { model_.pieces = nullptr; }
    sim::Mailbox<sim::CompletionPiece>& pieces() override { return pieces_; }
    void set_on_begun(Begun on_begun) override { model_.begin = std::move(on_begun); }

   private:
    FakeCompletions& model_;
    sim::Mailbox<sim::CompletionPiece> pieces_;
  };

  sim::Kernel& kernel_;
  sim::Lane& lane_;
};

// A speech service that is ready at once and keeps what it is sent.
class FakeSpeech final : public sim::SpeechPort {
 public:
  FakeSpeech(sim::Kernel& kernel, sim::Lane& lane) : kernel_(kernel), lane_(lane) {}
  sim::Task<std::unique_ptr<sim::SpeechConnection>> connect() override {
    std::unique_ptr<sim::SpeechConnection> connection = std::make_unique<Connection>(*this);
    co_return connection;
  }

  std::vector<std::string> heard;
  sim::Mailbox<wire::SpeechFrame>* inbox = nullptr;  // of the open connection

 private:
  class Connection final : public sim::SpeechConnection {
   public:
    explicit Connection(FakeSpeech& service) : service_(service), inbox_(service.kernel_, service.lane_) {
      service.inbox = &inbox_;
      inbox_.push({.type = wire::SpeechType::ready});
    }
    ~Connection() override { service_.inbox = nullptr; }
    sim::Mailbox<wire::SpeechFrame>& inbox() override { return inbox_; }
    void send(const wire::SpeechFrame& frame) override { service_.heard.push_back(wire::to_json(frame)); }

   private:
    FakeSpeech& service_;
    sim::Mailbox<wire::SpeechFrame> inbox_;
  };

  sim::Kernel& kernel_;
  sim::Lane& lane_;
};

struct FakeWorld {
  sim::Kernel kernel;
  sim::Lane& lane = kernel.lane("agent");
  FakeCaller caller{kernel, lane};
  FakeModel model{kernel, lane};
  FakeTools tools{kernel, lane};
  FakeCompletions completions{kernel, lane};
  FakeSpeech speech{kernel, lane};
  sim::AgentWorld world{.kernel = kernel,
                        .lane = lane,
                        .caller = caller,
                        .models = model,
                        .completions = completions,
                        .transcriber = speech,
                        .synthesizer = speech,
                        .tools = tools,
                        .seed = 3};
};

}  // namespace ringback::process
