#include "src/wire/sentences.h"

#include <utility>

namespace ringback::wire {
namespace {

constexpr BytesView kSpace = " \t\r\n";

BytesView trimmed(BytesView text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == BytesView::npos ? BytesView() : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// 0 where none has ended.
std::size_t first_end(BytesView text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool is_mark = text[i] == '.' || text[i] == '?' || text[i] == '!';
    if (is_mark && kSpace.find(text[i + 1]) != BytesView::npos) return i + 1;
  }
  return 0;
}

}  // namespace

std::vector<Bytes> Sentences::take(BytesView piece) {
  open_ += piece;
  std::vector<Bytes> whole;
  while (const std::size_t end = first_end(open_)) {
    const BytesView sentence = trimmed(BytesView(open_).substr(0, end));
    if (!sentence.empty()) whole.emplace_back(sentence);
    open_.erase(0, end);
  }
  return whole;
}

std::vector<Bytes> Sentences::finish() {
  const Bytes rest = std::exchange(open_, {});
  const BytesView sentence = trimmed(rest);
  return sentence.empty() ? std::vector<Bytes>() : std::vector<Bytes>{Bytes(sentence)};
}

}  // namespace ringback::wire
