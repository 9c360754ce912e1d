// How a builtin agent is named on the command line: "builtin:voice?retries=5&fallback=spoken".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "src/base/time.h"

namespace ringback::sim {

class AgentSpec {
 public:
  // Throws Error where `text` is not of this form, or an option is given twice.
  static AgentSpec parse(std::string_view text);

  const std::string& name() const { return name_; }
  // As given.
  const std::string& text() const { return text_; }
  const std::map<std::string, std::string>& options() const { return options_; }

 private:
  std::string text_;
  std::string name_;
  std::map<std::string, std::string> options_;
};

}  // namespace ringback::sim
