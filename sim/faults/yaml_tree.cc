#include "sim/faults/yaml_tree.h"

#include <algorithm>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "src/base/error.h"
#include "src/base/suggest.h"
#include "src/base/utf8.h"

namespace ringback::sim {
namespace {

constexpr std::size_t kShownMax = 80;  // octets of a stranger's text in a message

std::string shortened(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kShownMax)) shown += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return text.size() > kShownMax ? shown + "..." : shown;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLeast = 3;  // shorter words resemble everything
  if (word.size() < kLeast) return "";
  const std::string near = nearest_word(word, known);
  return near.empty() || near == word ? "" : fmt::format(" (did you mean '{}'?)", near);
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text += fmt::format("{}{}", text.empty() ? "" : ", ", word);
  return text;
}

// yaml-cpp would put U+FFFD in place of what is no UTF-8, and a fault would inject something else than was written.
void check_utf8(std::string_view file_name, BytesView text) {
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    if (!is_utf8(text.substr(0, size)))
      fail("{}:{}:1: expected UTF-8, found other octets in this line", file_name, line);
    text.remove_prefix(size);
  }
}

// Builds the tree from yaml-cpp's events, which come before any alias is expanded.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string_view file_name) : file_name_(file_name) {}

  YamlTree take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add({.mark = mark_of(mark)});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail("{}: expected the value itself, found an alias (text that begins with * stands in quotes)",
         place_of(mark_of(mark)));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    // yaml-cpp gives "?" for plain and "!" for quoted text without a tag of its own.
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
    add({.form = tag == "!" ? YamlTree::Form::quoted : YamlTree::Form::plain, .text = value, .mark = mark_of(mark)});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlTree::Form::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlTree::Form::map);
  }
  void OnMapEnd() override { close(); }

 private:
  // A sequence or map that is not closed yet, and the key that waits for its value.
  struct Open {
    YamlTree tree;
    std::optional<YamlTree> key;
  };

  Mark mark_of(const YAML::Mark& mark) const { return {std::string(file_name_), mark.line + 1, mark.column + 1}; }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != 0)
      fail("{}: expected a value, found an anchor (text that begins with & stands in quotes)", place_of(mark_of(mark)));
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    fail("{}: expected a value without a tag, found '{}'", place_of(mark_of(mark)), shortened(tag));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlTree::Form form) {
    refuse_anchor(mark, anchor);
    if (tag != "?" && !tag.empty()) refuse_tag(mark, tag);
    if (open_.size() >= static_cast<std::size_t>(kYamlDepthMax)) {
      fail("{}: expected at most {} maps and lists inside one another, found one more", place_of(mark_of(mark)),
           kYamlDepthMax);
    }
    open_.push_back({.tree = {.form = form, .mark = mark_of(mark)}});
  }

  void close() {
    YamlTree done = std::move(open_.back().tree);
    open_.pop_back();
    add(std::move(done));
  }

  void add(YamlTree tree) {
    if (open_.empty()) {
      root_ = std::move(tree);
      return;
    }
    Open& parent = open_.back();
    if (parent.tree.form == YamlTree::Form::sequence) {
      parent.tree.items.push_back(std::move(tree));
    } else if (!parent.key) {
      if (!tree.is_scalar()) tree.refuse("a key, which is text");
      if (parent.tree.entries.size() == kYamlKeysMax) {
        fail("{}: expected at most {} keys in a map, found one more", place_of(tree.mark), kYamlKeysMax);
      }
      if (parent.tree.find(tree.text) != nullptr) {
        fail("{}: expected each key once, found '{}' again", place_of(tree.mark), shortened(tree.text));
      }
      parent.key = std::move(tree);
    } else {
      parent.tree.entries.push_back({std::move(parent.key->text), std::move(parent.key->mark), std::move(tree)});
      parent.key.reset();
    }
  }

  std::string_view file_name_;
  std::vector<Open> open_;
  YamlTree root_;
};

}  // namespace

const YamlTree* YamlTree::find(std::string_view key) const {
  for (const YamlEntry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::string YamlTree::shown() const {
  switch (form) {
    case Form::null:
      return "nothing";
    case Form::sequence:
      return "a list";
    case Form::map:
      return "a map";
    case Form::plain:
    case Form::quoted:
      break;
  }
  return fmt::format("'{}'", shortened(text));
}

void YamlTree::refuse(std::string_view expected, const std::vector<std::string_view>& known) const {
  fail("{}: expected {}, found {}{}", place_of(mark), expected, shown(), is_scalar() ? suggestion(text, known) : "");
}

void YamlTree::check_map(std::string_view what, const std::vector<std::string_view>& keys) const {
  if (form != Form::map) refuse(fmt::format("{} with {}", what, joined(keys)));
  for (const YamlEntry& entry : entries) {
    if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) continue;
    fail("{}: expected a key of {} ({}), found '{}'{}", place_of(entry.key_mark), what, joined(keys),
         shortened(entry.key), suggestion(entry.key, keys));
  }
}

YamlTree parse_yaml(std::string_view file_name, BytesView text) {
  if (text.size() > kYamlBytesMax) {
    fail("{}:1:1: expected at most {} octets, found {}", file_name, kYamlBytesMax, text.size());
  }
  check_utf8(file_name, text);
  TreeBuilder builder(file_name);
  try {
    std::istringstream stream{Bytes(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return {.mark = {std::string(file_name), 1, 1}};
    YamlTree root = builder.take();
    TreeBuilder second(file_name);
    if (parser.HandleNextDocument(second)) {
      fail("{}: expected one document, found another", place_of(second.take().mark));
    }
    return root;
  } catch (const YAML::Exception& error) {
    const int line = std::max(error.mark.line, 0) + 1;
    const int column = std::max(error.mark.column, 0) + 1;
    fail("{}:{}:{}: expected YAML, found: {}", file_name, line, column, shortened(error.msg));
  }
}

}  // namespace ringback::sim
