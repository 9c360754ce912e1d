#include "sim/explore/repro.h"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

#include "sim/peers/caller.h"
#include "src/base/error.h"
#include "src/wire/json_text.h"

namespace ringback::sim {
namespace {

constexpr std::string_view kPrefix = "repro.";
constexpr std::size_t kWordsMax = 1000;

std::string key(std::string_view name) { return std::string(kPrefix) + std::string(name); }

Digest parse_digest(std::string_view where, std::string_view text) {
  Digest digest;
  bool is_whole = text.size() == digest.octets.size() * 2;
  for (std::size_t i = 0; is_whole && i < digest.octets.size(); ++i) {
    const char* pair = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(pair, pair + 2, digest.octets[i], 16);
    is_whole = error == std::errc() && end == pair + 2;
  }
  if (!is_whole) fail("{}: expected 64 hexadecimal digits, found '{}'", where, text.substr(0, 80));
  return digest;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return lines;
}

// The keys of one file, with errors that name the file and the key.
class Keys {
 public:
  Keys(std::string_view file_name, const trace::Metadata& metadata) : file_name_(file_name), metadata_(metadata) {}

  std::string where(std::string_view name) const { return fmt::format("{}: {}{}", file_name_, kPrefix, name); }
  std::string_view optional(std::string_view name) const {
    const auto found = metadata_.find(key(name));
    return found == metadata_.end() ? std::string_view() : std::string_view(found->second);
  }
  std::string_view required(std::string_view name) const {
    const std::string_view value = optional(name);
    if (value.empty()) fail("{}: expected a value, found none: the repro is not whole", where(name));
    return value;
  }

 private:
  std::string_view file_name_;
  const trace::Metadata& metadata_;
};

// A JSON list of texts: a word of a command may hold anything. Empty for no words.
std::string list_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += text.empty() ? "[" : ",";
    wire::append_json_string(word, text);
  }
  return text.empty() ? text : text + "]";
}

std::vector<std::string> read_list(const Keys& keys, std::string_view name) {
  const std::string_view text = keys.optional(name);
  if (text.empty()) return {};
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(boost::json::string_view(text.data(), text.size()), error);
  const boost::json::array* const list = error ? nullptr : value.if_array();
  if (list == nullptr || list->size() > kWordsMax) {
    fail("{}: expected a JSON list of at most {} texts, found '{}'", keys.where(name), kWordsMax, text.substr(0, 80));
  }
  std::vector<std::string> words;
  for (const boost::json::value& word : *list) {
    if (!word.is_string()) fail("{}: expected a list of texts, found '{}'", keys.where(name), text.substr(0, 80));
    words.emplace_back(word.as_string().data(), word.as_string().size());
  }
  return words;
}

}  // namespace

bool is_repro(const trace::Trace& file) { return file.metadata.contains(key("failure")); }

trace::Trace stored(const Repro& repro) {
  trace::Trace file = repro.recording;
  std::erase_if(file.metadata, [](const auto& entry) { return entry.first.starts_with(kPrefix); });
  const auto set = [&](std::string_view name, std::string value) {
    if (!value.empty()) file.metadata[key(name)] = std::move(value);
  };
  set("case", to_text(repro.one));
  set("agent", repro.agent);
  set("command", list_text(repro.command));
  set("cpu", repro.cpu);
  set("fingerprint", repro.fingerprint);
  set("dial", repro.dial);
  set("environment", list_text(repro.environment));
  set("expect", to_yaml(repro.expectations));
  set("failure", to_key(repro.failure));
  set("finding", repro.finding);
  set("digest", to_hex(repro.digest));
  set("caller", repro.caller);
  set("made_by", repro.made_by);
  std::string certificate;
  for (const Removal& removal : repro.certificate) {
    certificate += fmt::format("{} {}\n", removal.digest, removal.part);
  }
  set("certificate", certificate);
  return file;
}

Repro read_repro(std::string_view file_name, const trace::Trace& file) {
  if (!is_repro(file)) {
    fail("{}: expected a repro, found a trace without the key {}failure; `ringback explore` and `shrink` write repros",
         file_name, kPrefix);
  }
  const Keys keys(file_name, file.metadata);
  Repro repro;
  repro.recording = file;
  std::erase_if(repro.recording.metadata, [](const auto& entry) { return entry.first.starts_with(kPrefix); });
  repro.one = parse_case(keys.where("case"), keys.required("case"));
  repro.agent = keys.optional("agent");
  repro.command = read_list(keys, "command");
  repro.environment = read_list(keys, "environment");
  repro.cpu = keys.optional("cpu");
  repro.fingerprint = keys.optional("fingerprint");
  repro.dial = keys.optional("dial");
  repro.expectations = parse_expectations(keys.where("expect"), keys.required("expect"));
  repro.failure = parse_signature(keys.where("failure"), keys.required("failure"));
  repro.finding = keys.optional("finding");
  repro.digest = parse_digest(keys.where("digest"), keys.required("digest"));
  repro.caller = keys.required("caller");
  try {
    parse_caller_options(repro.caller);
  } catch (const Error& error) {
    fail("{}: {}", keys.where("caller"), error.what());
  }
  repro.made_by = keys.optional("made_by");
  for (const std::string& line : lines_of(keys.optional("certificate"))) {
    const std::size_t space = line.find(' ');
    const bool is_digest =
        space != std::string::npos && space >= kDigestPrefix && line.find_first_not_of("0123456789abcdef") == space;
    if (!is_digest) {
      fail("{}: expected a digest and a part, found '{}'", keys.where("certificate"), line.substr(0, 80));
    }
    repro.certificate.push_back({.part = line.substr(space + 1), .digest = line.substr(0, kDigestPrefix)});
  }
  return repro;
}

}  // namespace ringback::sim
