#include "tools/ringback/parse.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>

#include "src/base/error.h"
#include "src/base/suggest.h"

namespace ringback::cli {
namespace {

std::uint64_t unsigned_of(const std::string& text, const std::string& option) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail("{}: expected an integer from 0 to {}, found '{}'", option, UINT64_MAX, text.substr(0, 40));
  }
  return value;
}

// A command's declarations as options of the library. Positional values are counted here and not there, so that a
// misspelt option is named before a missing value.
class Declarations final : public Arguments {
 public:
  explicit Declarations(CLI::App& app) : app_(app) {}

  void required(const char* name, std::string& value, const char* description) override {
    needed_.push_back(app_.add_option(name, value, description)->option_text(" "));
  }
  void optional(const char* name, std::string& value, const char* description) override {
    app_.add_option(name, value, description)->option_text(" ");
  }
  void optional_many(const char* name, std::vector<std::string>& values, const char* description) override {
    app_.add_option(name, values, description)->option_text("...");
  }
  void required_many(const char* name, std::vector<std::string>& values, const char* description) override {
    needed_.push_back(app_.add_option(name, values, description)->option_text("..."));
  }

  void flag(const char* names, bool& value, const char* description) override {
    app_.add_flag(names, value, description);
  }
  void option(const char* names, const char* value_name, std::string& value, const char* description) override {
    app_.add_option(names, value, description)->type_name(value_name);
  }
  void option(const char* names, const char* value_name, std::optional<std::string>& value,
              const char* description) override {
    app_.add_option_function<std::string>(
            names, [&value](const std::string& text) { value = text; }, description)
        ->type_name(value_name);
  }
  void option(const char* names, const char* value_name, std::uint64_t& value, const char* description) override {
    const std::string shown = names;
    app_.add_option_function<std::string>(
            names, [&value, shown](const std::string& text) { value = unsigned_of(text, shown); }, description)
        ->type_name(value_name);
  }
  void option(const char* names, const char* value_name, std::vector<std::string>& values,
              const char* description) override {
    app_.add_option(names, values, description)->allow_extra_args(false)->type_name(value_name);
  }
  void required_option(const char* names, const char* value_name, std::string& value,
                       const char* description) override {
    CLI::Option* option = app_.add_option(names, value, description)->type_name(value_name);
    needed_.push_back(option);
  }
  void after_dashes(const char* name, std::vector<std::string>& values, const char* description) override {
    after_dashes_ = &values;
    after_dashes_help_ = fmt::format("  -- {:<25}{}\n\n", name, description);
  }

  void take_after_dashes(std::span<const std::string> words) const {
    if (words.empty()) return;
    if (after_dashes_ == nullptr) fail("nothing is expected after '--', found '{}'", words.front().substr(0, 80));
    after_dashes_->assign(words.begin(), words.end());
  }

  void expect_all_needed() const {
    for (const CLI::Option* option : needed_) {
      if (option->count() != 0) continue;
      const std::string name = option->get_name(/*positional=*/!option->nonpositional());
      fail("expected {}: {}", name, option->get_description());
    }
  }

  const std::string& after_dashes_help() const { return after_dashes_help_; }

 private:
  CLI::App& app_;
  std::vector<const CLI::Option*> needed_;
  std::vector<std::string>* after_dashes_ = nullptr;
  std::string after_dashes_help_;
};

void refuse_extras(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return;
  std::string word = extras.front();
  if (word.size() < 2 || word.front() != '-') fail("'{}' is one argument too many", word.substr(0, 80));
  word = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  const std::string nearest = nearest_word(word, std::vector<std::string_view>(names.begin(), names.end()));
  fail("unknown option '{}'{}", word.substr(0, 80),
       nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
}

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

}  // namespace

std::optional<std::string> parse_command(Command& command, std::span<const std::string> words) {
  CLI::App app(fmt::format("ringback {}: {}\n", command.name(), command.summary()),
               fmt::format("ringback {}", command.name()));
  app.allow_extras();
  app.set_help_flag("-h,--help", "this text");
  Declarations declarations(app);
  command.declare(declarations);
  app.footer(declarations.after_dashes_help() + command.examples());

  const auto dashes = std::find(words.begin(), words.end(), "--");
  // The library takes the words from the back.
  std::vector<std::string> reversed(words.begin(), dashes);
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(std::move(reversed));
    refuse_extras(app);
    declarations.take_after_dashes(dashes == words.end() ? words.last(0) : std::span(dashes + 1, words.end()));
    declarations.expect_all_needed();
  } catch (const CLI::CallForHelp&) {
    return app.help();
  } catch (const CLI::ParseError& error) {
    fail("{}: {}", command.name(), first_line(error.what()));
  } catch (const Error& error) {
    fail("{}: {}", command.name(), error.what());
  }
  return std::nullopt;
}

}  // namespace ringback::cli
