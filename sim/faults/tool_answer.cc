#include "sim/faults/tool_answer.h"

#include <algorithm>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::EventKind;
using trace::Failed;
using trace::Response;

constexpr std::string_view kJsonSpace = " \t\r\n";

Response response_of(const trace::Event& event) {
  if (event.kind == EventKind::failed) return {.status = 200};
  return trace::body_of<Response>(event);
}

template <class Body>
void write(const Body& body, trace::Event& event) {
  event.kind = Body::kKind;
  event.body = trace::encode_body(body);
}

bool is_content_length(std::string_view line) {
  constexpr std::string_view kName = "content-length:";
  return line.size() >= kName.size() && std::equal(kName.begin(), kName.end(), line.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
         });
}

// The length that was recorded is not the new body's.
Bytes without_content_length(BytesView headers) {
  Bytes kept;
  while (!headers.empty()) {
    const std::size_t end = std::min(headers.find('\n'), headers.size() - 1);
    const BytesView line = headers.substr(0, end + 1);
    if (!is_content_length(line)) kept += line;
    headers.remove_prefix(line.size());
  }
  return kept;
}

void replace_body(Bytes body, DamagedAnswer& answer) {
  Response response = response_of(answer.event);
  response.body = std::move(body);
  response.headers = without_content_length(response.headers);
  write(response, answer.event);
  // Headers as large as bodies exist only in files made to hurt.
  if (answer.event.body.size() > trace::kBodyBytesMax) {
    response.headers.clear();
    write(response, answer.event);
  }
  answer.body_is_injected = true;
}

bool has_no_body(std::int64_t status) { return status == 204 || status == 304; }

std::string set_status(std::int64_t status, DamagedAnswer& answer) {
  Response response = response_of(answer.event);
  const std::int64_t before = response.status;
  response.status = status;
  write(response, answer.event);
  if (!answer.body_is_injected && status >= 400) {
    replace_body(fmt::format(R"({{"error":{{"status":{}}}}})", status), answer);
  } else if (!answer.body_is_injected && has_no_body(status)) {
    replace_body("", answer);
  }
  return fmt::format("status {} instead of {}", status, before);
}

std::optional<std::string> close_after(std::int64_t octets, DamagedAnswer& answer) {
  if (answer.event.kind == EventKind::failed) return std::nullopt;
  const std::size_t size = response_of(answer.event).body.size();
  if (static_cast<std::uint64_t>(octets) >= size) return std::nullopt;
  const std::string reason = fmt::format("closed after {} bytes", octets);
  write(Failed{.reason = reason}, answer.event);
  return fmt::format("{} of {}", reason, size);
}

Bytes escaped(std::string_view text) {
  Bytes out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20) {
      out += fmt::format("\\u{:04x}", octet);
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string deny_tool(std::string_view channel, DamagedAnswer& answer) {
  if (channel.starts_with("tool:")) channel.remove_prefix(5);
  write(Response{.status = 404}, answer.event);
  replace_body(
      fmt::format(R"({{"error":{{"code":"unknown_tool","message":"there is no tool {}"}}}})", escaped(channel)),
      answer);
  return "404 unknown tool";
}

// Length of the first JSON object, list or string in `text`, which begins with it; all of `text` where it does not end.
std::size_t first_value_size(BytesView text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
    if (depth == 0 && !in_string) return std::min(i + 1, text.size());
  }
  return text.size();
}

bool is_utf8_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

Bytes cut_inside_json(BytesView body) {
  const std::size_t start = std::min(body.find_first_not_of(kJsonSpace), body.size());
  const BytesView value = body.substr(start);
  if (value.empty() || BytesView("{[\"").find(value.front()) == BytesView::npos) {
    return "{\"result\":" + Bytes(body.substr(0, body.size() / 2));
  }
  // Until the first value's end some bracket or quote is open, so no shorter prefix is JSON.
  std::size_t cut = std::max<std::size_t>(1, first_value_size(value) / 2);
  while (cut > 1 && cut < value.size() && is_utf8_continuation(value[cut])) --cut;
  return Bytes(body.substr(0, start + cut));
}

Bytes other_shape(BytesView body) {
  const std::size_t start = body.find_first_not_of(kJsonSpace);
  const bool is_list = start != BytesView::npos && body[start] == '[';
  return is_list ? R"({"unexpected":true})" : R"([{"unexpected":true}])";
}

Bytes padded_json_string(std::size_t size) {
  RINGBACK_CHECK(size >= 2, "a JSON string has two quotes, {} octets have no room", size);
  Bytes text(size, 'x');
  text.front() = '"';
  text.back() = '"';
  return text;
}

std::optional<std::string> damage(const Action& action, std::string_view channel, DamagedAnswer& answer) {
  const auto octets_before = [&] { return response_of(answer.event).body.size(); };
  switch (action.name) {
    case ActionName::status:
      return set_status(std::get<std::int64_t>(action.argument), answer);
    case ActionName::body: {
      const Bytes& body = std::get<Bytes>(action.argument);
      std::string detail = fmt::format("{} bytes instead of {}", body.size(), octets_before());
      replace_body(body, answer);
      return detail;
    }
    case ActionName::malformed: {
      Bytes cut = cut_inside_json(response_of(answer.event).body);
      std::string detail = fmt::format("JSON cut: {} bytes instead of {}", cut.size(), octets_before());
      replace_body(std::move(cut), answer);
      return detail;
    }
    case ActionName::wrong_schema:
      replace_body(other_shape(response_of(answer.event).body), answer);
      return "JSON of another shape";
    case ActionName::huge: {
      const std::int64_t size = std::get<std::int64_t>(action.argument);
      replace_body(padded_json_string(static_cast<std::size_t>(size)), answer);
      return fmt::format("{} bytes", size);
    }
    case ActionName::partial:
      return close_after(std::get<std::int64_t>(action.argument), answer);
    case ActionName::unknown_tool:
      return deny_tool(channel, answer);
    default:
      break;
  }
  RINGBACK_CHECK(false, "'{}' does not act on an answer", name_of(action.name));
  return std::nullopt;
}

}  // namespace ringback::sim
