#include "sim/check/claims.h"

#include <algorithm>

namespace ringback::sim {
namespace {

// What makes of a sentence no claim.
constexpr std::string_view kDenials[] = {
    "not",    "no",    "never",  "nothing", "cannot", "can't", "couldn't", "wasn't", "isn't",  "hasn't", "haven't",
    "didn't", "won't", "unable", "failed",  "fail",   "sorry", "problem",  "wrong",  "if",     "once",   "when",
    "will",   "would", "could",  "should",  "can",    "shall", "let",      "until",  "before", "i'll",   "we'll",
    "may",    "might", "trying", "try",     "want",   "like",  "need",     "yet",    "unless", "error"};

bool is_word_sign(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' || (c & 0x80) != 0; }

// " word word word ", in lower case.
std::string words_of(std::string_view text) {
  std::string out = " ";
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (is_word_sign(c))
      out += c;
    else if (out.back() != ' ')
      out += ' ';
  }
  if (out.back() != ' ') out += ' ';
  return out;
}

bool has(const std::string& sentence, std::string_view words) { return sentence.find(words) != std::string::npos; }

bool claims(const std::string& sentence, const std::vector<std::string>& words) {
  const bool is_claim = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    const std::string phrase = words_of(word);
    return phrase.size() > 2 && has(sentence, phrase);
  });
  if (!is_claim) return false;
  return std::none_of(std::begin(kDenials), std::end(kDenials),
                      [&](std::string_view denial) { return has(sentence, " " + std::string(denial) + " "); });
}

}  // namespace

const std::vector<std::string>& default_claim_words() {
  static const std::vector<std::string> words = {"done",     "booked",    "scheduled",     "rescheduled", "confirmed",
                                                 "reserved", "cancelled", "canceled",      "completed",   "submitted",
                                                 "sent",     "updated",   "saved",         "refunded",    "paid",
                                                 "ordered",  "all set",   "taken care of", "successfully"};
  return words;
}

std::string claim_in(std::string_view text, const std::vector<std::string>& words) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(".!?\n"), text.size());
    const bool is_question = end < text.size() && text[end] == '?';
    const std::string_view sentence = text.substr(0, end);
    if (!is_question && claims(words_of(sentence), words)) {
      const std::size_t first = sentence.find_first_not_of(' ');
      return std::string(sentence.substr(std::min(first, sentence.size())));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return "";
}

}  // namespace ringback::sim
