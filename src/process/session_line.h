// A connection of the child, as a Line; what is done to it wakes the child up.
#pragma once

#include <functional>
#include <utility>

#include "ringback/shim/session.h"
#include "src/process/line.h"

namespace ringback::process {

class SessionLine final : public Line {
 public:
  // `session` outlives the line.
  SessionLine(shim::Session& session, shim::Id id, std::function<void()> wake)
      : session_(session), id_(id), wake_(std::move(wake)) {}
  void write(BytesView octets) override {
    session_.write(id_, octets);
    wake_();
  }
  void finish() override {
    session_.finish(id_);
    wake_();
  }
  void close() override {
    session_.close(id_);
    wake_();
  }
  void reset() override {
    session_.reset(id_);
    wake_();
  }

 private:
  shim::Session& session_;
  shim::Id id_;
  std::function<void()> wake_;
};

}  // namespace ringback::process
