#include "src/formats/redact.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "src/wire/json_text.h"

namespace ringback::formats {
namespace {

constexpr std::string_view kRemoved = "removed";
constexpr std::string_view kSeparator = ", ";
constexpr int kNestedJsonMax = 4;

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

// "X-Api_Key" and "xApiKey" are both "xapikey".
std::string squeezed(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (is_alphanumeric(c)) out += lower(c);
  }
  return out;
}

// What a name must end with to be secret. "tokens" is a count, and a bare "token" or "key" is a word of a text or a
// map.
bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 20> kEndings = {
      "apikey",  "accesskey",     "accesskeyid", "secretkey",     "privatekey",   "accesstoken", "refreshtoken",
      "idtoken", "sessiontoken",  "authtoken",   "bearertoken",   "clientsecret", "secret",      "password",
      "passwd",  "authorization", "credentials", "securitytoken", "cookie",       "ephemeralkey"};
  const std::string plain = squeezed(name);
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view end) { return plain.ends_with(end); });
}

bool is_secret_field(std::string_view name) {
  constexpr std::array<std::string_view, 8> kFields = {"key", "token",          "sig",          "signature", "auth",
                                                       "pwd", "xamzcredential", "xamzsignature"};
  const std::string plain = squeezed(name);
  return is_secret_name(name) || std::find(kFields.begin(), kFields.end(), plain) != kFields.end();
}

bool is_secret_header(std::string_view name) {
  constexpr std::array<std::string_view, 10> kHeaders = {
      "apikey", "token",   "signature",  "openaiorganization", "openaiproject", "anthropicorganizationid",
      "cookie", "cookie2", "xcsrftoken", "xgoogapikey"};
  const std::string plain = squeezed(name);
  if (plain.starts_with("accesscontrol")) return false;  // -allow-credentials is a word about them
  return is_secret_name(name) || plain.ends_with("authorization") || plain.ends_with("token") ||
         plain.ends_with("signature") || std::find(kHeaders.begin(), kHeaders.end(), plain) != kHeaders.end() ||
         plain.ends_with("cookie");
}

std::size_t skip_space(BytesView text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) ++at;
  return at;
}

// The end of the JSON string that begins with the quote at `begin`: the index of its closing quote, or npos.
std::size_t string_end(BytesView text, std::size_t begin) {
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    } else if (text[i] == '\n') {
      return BytesView::npos;
    }
  }
  return BytesView::npos;
}

// One level of escapes taken off, or nothing where `escaped` uses one that is not simple.
std::optional<Bytes> unescaped(BytesView escaped) {
  Bytes out;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '\\') {
      out += escaped[i];
      continue;
    }
    if (++i == escaped.size()) return std::nullopt;
    constexpr std::string_view kFrom = "\"\\/nrt";
    constexpr std::string_view kTo = "\"\\/\n\r\t";
    const std::size_t known = kFrom.find(escaped[i]);
    if (known != std::string_view::npos) {
      out += kTo[known];
    } else {
      out.append("\\").append(1, escaped[i]);
    }
  }
  return out;
}

// "&" as JSON of some writers has it.
constexpr std::string_view kEscapedAnd = "\\u0026";

// Where a URL in a text ends.
std::size_t url_end(BytesView text, std::size_t at) {
  constexpr std::string_view kEnds = "\"'<>`{}|^\\";
  while (at < text.size()) {
    const auto octet = static_cast<unsigned char>(text[at]);
    if (text.substr(at).starts_with(kEscapedAnd)) {
      at += kEscapedAnd.size();
    } else if (octet <= ' ' || octet == 0x7f || kEnds.find(text[at]) != std::string_view::npos) {
      return at;
    } else {
      ++at;
    }
  }
  return at;
}

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool is_quoted = true;  // the octets between two quotes
};

// The string that begins at `at`; one that was cut goes to the end of its line.
Span string_span(BytesView text, std::size_t at) {
  const std::size_t end = string_end(text, at);
  return {.begin = at + 1, .end = end == BytesView::npos ? std::min(text.find('\n', at), text.size()) : end};
}

// What must go of the JSON value at `at`, which stands under a secret's name: a string, a number, the strings of a list
// of them, and the string "value" of a map. Any other map is kept: a schema names secrets too.
std::vector<Span> secret_spans(BytesView text, std::size_t at) {
  std::vector<Span> spans;
  if (text[at] == '"') {
    spans.push_back(string_span(text, at));
  } else if ((text[at] >= '0' && text[at] <= '9') || text[at] == '-') {
    const std::size_t end = text.find_first_not_of("0123456789+-.eE", at);
    spans.push_back({.begin = at, .end = std::min(end, text.size()), .is_quoted = false});
  } else if (text[at] == '[') {
    for (std::size_t i = skip_space(text, at + 1); i < text.size() && text[i] == '"';) {
      spans.push_back(string_span(text, i));
      i = skip_space(text, std::min(spans.back().end + 1, text.size()));
      i = i < text.size() && text[i] == ',' ? skip_space(text, i + 1) : text.size();
    }
  } else if (text[at] == '{') {
    std::size_t i = skip_space(text, at + 1);
    if (text.substr(i).starts_with("\"value\"")) {
      i = skip_space(text, i + std::string_view("\"value\"").size());
      i = i < text.size() && text[i] == ':' ? skip_space(text, i + 1) : text.size();
      if (i < text.size() && text[i] == '"') spans.push_back(string_span(text, i));
    }
  }
  std::erase_if(spans, [](const Span& span) { return span.begin == span.end; });
  return spans;
}

struct Shape {
  std::string_view prefix;
  std::size_t rest_min;  // how many characters must follow
  std::string_view name;
};

constexpr std::array<Shape, 19> kShapes = {{{"sk-", 20, "a key sk-..."},
                                            {"AIza", 30, "a key AIza..."},
                                            {"AKIA", 16, "a key AKIA..."},
                                            {"ASIA", 16, "a key ASIA..."},
                                            {"gsk_", 20, "a key gsk_..."},
                                            {"ghp_", 20, "a token ghp_..."},
                                            {"github_pat_", 20, "a token github_pat_..."},
                                            {"xoxb-", 20, "a token xoxb-..."},
                                            {"hf_", 30, "a token hf_..."},
                                            {"ek_", 20, "a key ek_..."},
                                            {"sk_live_", 16, "a key sk_live_..."},
                                            {"sk_test_", 16, "a key sk_test_..."},
                                            {"rk_live_", 16, "a key rk_live_..."},
                                            {"gho_", 20, "a token gho_..."},
                                            {"ghs_", 20, "a token ghs_..."},
                                            {"glpat-", 16, "a token glpat-..."},
                                            {"xoxp-", 20, "a token xoxp-..."},
                                            {"ya29.", 20, "a token ya29...."},
                                            {"Bearer ", 20, "a bearer token"}}};

bool is_token_character(char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }

std::size_t token_end(BytesView text, std::size_t at) {
  while (at < text.size() && is_token_character(text[at])) ++at;
  return at;
}

// "eyJ...", a dot, "eyJ...", a dot, a signature: a signed token (RFC 7519). Its end, or `at` where it is none.
std::size_t signed_token_end(BytesView text, std::size_t at) {
  if (text.substr(at, 3) != "eyJ") return at;
  const std::size_t first = token_end(text, at);
  if (first - at < 10 || text.substr(first, 4) != ".eyJ") return at;
  const std::size_t second = token_end(text, first + 1);
  if (second >= text.size() || text[second] != '.') return at;
  return token_end(text, second + 1);
}

}  // namespace

bool Redactor::keeps_header(std::string_view name, std::string_view side) {
  if (!is_secret_header(name)) return true;
  removed_.insert(std::string(side) + " header " + lower(name).substr(0, 80));
  return false;
}

Bytes Redactor::form(std::string_view fields) {
  Bytes out;
  while (!fields.empty()) {
    const std::size_t end = std::min({fields.find('&'), fields.find(kEscapedAnd), fields.size()});
    const std::string_view field = fields.substr(0, end);
    const std::size_t equals = field.find('=');
    if (equals != std::string_view::npos && equals + 1 < field.size() && is_secret_field(field.substr(0, equals))) {
      out.append(field.substr(0, equals + 1)).append(kRemoved);
      removed_.insert("query field " + lower(field.substr(0, std::min<std::size_t>(equals, 80))));
    } else {
      out.append(field);
    }
    fields.remove_prefix(field.size());
    if (!fields.empty()) {
      const std::string_view separator = fields.substr(0, fields.starts_with('&') ? 1 : kEscapedAnd.size());
      out.append(separator);
      fields.remove_prefix(separator.size());
    }
  }
  return out;
}

Bytes Redactor::url(std::string_view url) {
  std::string plain(url);
  const std::size_t scheme = plain.find("://");
  if (scheme != std::string::npos) {
    const std::size_t host = scheme + 3;
    const std::size_t host_end = std::min(plain.find_first_of("/?#", host), plain.size());
    const std::size_t user_end = plain.rfind('@', host_end);
    if (user_end != std::string::npos && user_end >= host && user_end < host_end) {
      plain.erase(host, user_end + 1 - host);
      removed_.insert("user of a url");
    }
  }
  const std::size_t query = plain.find('?');
  if (query == std::string::npos) return known_shapes(plain);
  const std::size_t end = std::min(plain.find('#', query), plain.size());
  const Bytes fields = form(std::string_view(plain).substr(query + 1, end - query - 1));
  return known_shapes(plain.substr(0, query + 1) + fields + plain.substr(end));
}

Bytes Redactor::text(BytesView text) { return known_shapes(urls_within(json_fields(text, 0))); }

// Users and queries of the URLs that stand somewhere in a text.
Bytes Redactor::urls_within(BytesView text) {
  constexpr std::string_view kScheme = "://";
  Bytes out;
  std::size_t copied = 0;
  for (std::size_t at = text.find(kScheme); at != BytesView::npos; at = text.find(kScheme, at + 1)) {
    std::size_t begin = at;
    while (begin > copied && is_alphanumeric(text[begin - 1])) --begin;
    const std::size_t end = url_end(text, at + kScheme.size());
    const BytesView found = text.substr(begin, end - begin);
    if (begin == at || found.find_first_of("@?") == BytesView::npos) continue;
    const Bytes clean = url(found);
    if (clean == found) continue;
    out.append(text.substr(copied, begin - copied)).append(clean);
    copied = end;
  }
  if (copied == 0) return Bytes(text);
  out.append(text.substr(copied));
  return out;
}

// Walks strings, not values: so it works on JSON, on server-sent events of JSON, and on JSON that was cut.
Bytes Redactor::json_fields(BytesView text, int depth) {
  Bytes out;
  std::size_t copied = 0;
  const auto replace = [&](std::size_t begin, std::size_t end, BytesView with) {
    out.append(text.substr(copied, begin - copied)).append(with);
    copied = end;
  };
  for (std::size_t i = text.find('"'); i < text.size(); i = text.find('"', i)) {
    const std::size_t end = string_end(text, i);
    if (end == BytesView::npos) {
      ++i;
      continue;
    }
    const BytesView content = text.substr(i + 1, end - i - 1);
    const std::size_t colon = skip_space(text, end + 1);
    const std::size_t value = colon < text.size() && text[colon] == ':' ? skip_space(text, colon + 1) : text.size();
    if (value < text.size() && is_secret_name(content)) {
      const std::vector<Span> secrets = secret_spans(text, value);
      for (const Span& secret : secrets)
        replace(secret.begin, secret.end, secret.is_quoted ? "removed" : "\"removed\"");
      if (!secrets.empty()) {
        removed_.insert("json field " + std::string(content.substr(0, 80)));
        i = secrets.back().end + (secrets.back().is_quoted ? 1 : 0);
        continue;
      }
    }
    const bool may_hold_json = depth < kNestedJsonMax && content.find("\\\"") != BytesView::npos;
    const std::optional<Bytes> inner = may_hold_json ? unescaped(content) : std::nullopt;
    if (inner.has_value()) {
      const Bytes clean = json_fields(*inner, depth + 1);
      if (clean != *inner) {
        Bytes escaped;
        wire::append_json_string(clean, escaped);
        replace(i, end + 1, escaped);
      }
    }
    i = end + 1;
  }
  if (copied == 0) return Bytes(text);
  out.append(text.substr(copied));
  return out;
}

Bytes Redactor::known_shapes(BytesView text) {
  Bytes out;
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    constexpr std::string_view kFirst = "sAgxheryB";
    if (kFirst.find(c) == std::string_view::npos) continue;
    const bool is_inside_word = i > 0 && (is_token_character(text[i - 1]) || text[i - 1] == '/' || text[i - 1] == '+');
    if (is_inside_word) continue;
    std::size_t end = i;
    std::string_view name;
    for (const Shape& shape : kShapes) {
      if (text.substr(i, shape.prefix.size()) != shape.prefix) continue;
      const std::size_t rest_end = token_end(text, i + shape.prefix.size());
      if (rest_end - i - shape.prefix.size() < shape.rest_min) continue;
      end = rest_end;
      name = shape.name;
      break;
    }
    if (end == i && c == 'e') {
      end = signed_token_end(text, i);
      name = "a signed token";
    }
    if (end == i) continue;
    out.append(text.substr(copied, i - copied)).append(kRemoved);
    copied = end;
    removed_.emplace(name);
    i = end - 1;
  }
  if (copied == 0) return Bytes(text);
  out.append(text.substr(copied));
  return out;
}

void Redactor::remember(std::string_view summary) {
  while (!summary.empty()) {
    const std::size_t end = std::min(summary.find(kSeparator), summary.size());
    if (end > 0) removed_.emplace(summary.substr(0, end));
    summary.remove_prefix(std::min(end + kSeparator.size(), summary.size()));
  }
}

std::string Redactor::summary() const {
  constexpr std::size_t kSummaryBytesMax = 64u << 10;
  std::string text;
  for (const std::string& what : removed_) {
    if (text.size() > kSummaryBytesMax) return text + ", and more";
    if (!text.empty()) text += kSeparator;
    text += what;
  }
  return text;
}

}  // namespace ringback::formats
