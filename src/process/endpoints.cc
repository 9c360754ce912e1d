#include "src/process/endpoints.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "src/base/error.h"
#include "src/wire/completion.h"

namespace ringback::process {
namespace {

using Captured = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kRealtimeUrl = "wss://api.openai.com/v1/realtime";
constexpr std::size_t kDepthMax = 128;

using Kind = Destination::Kind;

// What is behind a channel of the trace; nobody where a child cannot reach it by a URL.
Kind kind_of(const trace::Channel& channel) {
  switch (channel.kind) {
    case trace::ChannelKind::model:
      return wire::completion_protocol_named(channel.encoding).has_value() ? Kind::completion : Kind::model;
    case trace::ChannelKind::tool:
      return Kind::tool;
    case trace::ChannelKind::transcriber:
      return Kind::transcriber;
    case trace::ChannelKind::synthesizer:
      return Kind::synthesizer;
    default:
      return Kind::nobody;
  }
}

// Where the vendor's own client library goes, whatever the recording's URL is.
std::string usual_url(const trace::Channel& channel) {
  const std::optional<wire::CompletionProtocol> protocol = wire::completion_protocol_named(channel.encoding);
  if (!protocol.has_value()) return std::string(kRealtimeUrl);
  const bool is_anthropic = *protocol == wire::CompletionProtocol::anthropic_messages;
  return fmt::format("https://api.{}.com{}", is_anthropic ? "anthropic" : "openai", wire::completion_path(*protocol));
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    if (is_escape) {
      decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find_first_of("?#")); }

std::string_view query_of(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  return target.substr(
      mark + 1, target.find('#') == std::string_view::npos ? std::string_view::npos : target.find('#') - mark - 1);
}

// `*` takes the shortest run of characters first; what was captured after a wrong guess is taken back.
bool matches(std::string_view pattern, std::string_view text, Captured& captured) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    // Several wildcards in a row are one, and a wildcard at the end takes all: no more guesses than needed.
    while (!pattern.empty() && pattern.front() == '*') pattern.remove_prefix(1);
    if (pattern.empty()) return true;
    for (std::size_t skip = 0; skip <= text.size(); ++skip) {
      const std::size_t before = captured.size();
      if (matches(pattern, text.substr(skip), captured)) return true;
      captured.resize(before);
    }
    return false;
  }
  const std::size_t close = pattern.front() == '{' ? pattern.find('}') : std::string_view::npos;
  if (close != std::string_view::npos) {
    const std::size_t end = std::min(text.find('/'), text.size());
    for (std::size_t size = end; size >= 1; --size) {
      const std::size_t before = captured.size();
      captured.emplace_back(pattern.substr(1, close - 1), percent_decoded(text.substr(0, size), false));
      if (matches(pattern.substr(close + 1), text.substr(size), captured)) return true;
      captured.resize(before);
    }
    return false;
  }
  return !text.empty() && pattern.front() == text.front() && matches(pattern.substr(1), text.substr(1), captured);
}

bool matches_host(std::string_view pattern, std::string_view host) {
  Captured nothing;
  return matches(pattern, lower(host), nothing);
}

}  // namespace

std::string to_text(const Endpoint& endpoint) {
  const std::uint16_t usual = endpoint.is_tls ? 443 : 80;
  return fmt::format("{}://{}{}{}", endpoint.is_tls ? "https" : "http", endpoint.host,
                     endpoint.port == usual ? "" : fmt::format(":{}", endpoint.port), endpoint.target);
}

Endpoints::Endpoints(const std::vector<trace::Channel>& channels, const sim::Schedule& schedule) {
  const auto kind_named = [&](const std::string& name) {
    for (const trace::Channel& channel : channels) {
      if (channel.name == name) return kind_of(channel);
    }
    return name.rfind("tool:", 0) == 0 ? Kind::tool : Kind::model;
  };
  for (const sim::Bind& bind : schedule.binds)
    add(bind.url, kind_named(bind.channel), bind.channel, place_of(bind.mark));
  for (const sim::Sink& sink : schedule.sinks) add(sink.url, Kind::sink, "", place_of(sink.mark));
  for (const trace::Channel& channel : channels) {
    const Kind kind = kind_of(channel);
    const std::string where = "channel '" + channel.name + "'";
    if (kind != Kind::nobody && !channel.url.empty()) add(channel.url, kind, channel.name, where);
    if (channel.kind == trace::ChannelKind::model) add(usual_url(channel), kind, channel.name, where);
  }
}

void Endpoints::add(std::string_view url, Destination::Kind kind, const std::string& channel,
                    const std::string& where) {
  const std::size_t colon = url.find("://");
  const std::string scheme = lower(url.substr(0, colon == std::string_view::npos ? 0 : colon));
  const bool is_tls = scheme == "https" || scheme == "wss";
  if (!is_tls && scheme != "http" && scheme != "ws")
    fail("{}: expected a URL of http, https, ws or wss, found '{}'", where, url);
  std::string_view rest = url.substr(colon + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  Pattern pattern{.is_tls = is_tls,
                  .host = "",
                  .port = static_cast<std::uint16_t>(is_tls ? 443 : 80),
                  .path = std::string(path_of(rest.substr(slash))),
                  .kind = kind,
                  .channel = channel};
  if (pattern.path.empty()) pattern.path += '/';
  const std::size_t port_colon = authority.rfind(':');
  if (port_colon != std::string_view::npos && authority.find(']', port_colon) == std::string_view::npos) {
    const std::string_view port = authority.substr(port_colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), pattern.port);
    if (error != std::errc() || end != port.data() + port.size() || pattern.port == 0)
      fail("{}: expected a port from 1 to 65535 in '{}', found '{}'", where, url, port);
    authority = authority.substr(0, port_colon);
  }
  pattern.host = lower(authority);
  if (pattern.host.empty()) fail("{}: expected a host in '{}', found none", where, url);
  patterns_.push_back(std::move(pattern));
}

Reach Endpoints::reach(std::string_view host, std::uint16_t port) const {
  bool is_sink = false;
  for (const Pattern& pattern : patterns_) {
    if (pattern.port != port || !matches_host(pattern.host, host)) continue;
    if (pattern.kind != Destination::Kind::sink) return Reach::peers;
    is_sink = true;
  }
  return is_sink ? Reach::sink : Reach::nobody;
}

bool Endpoints::knows(std::string_view host) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const Pattern& pattern) { return matches_host(pattern.host, host); });
}

std::vector<std::string> Endpoints::channels_at(std::string_view host, std::uint16_t port) const {
  std::vector<std::string> channels;
  for (const Pattern& pattern : patterns_) {
    if (pattern.channel.empty() || (port != 0 && pattern.port != port) || !matches_host(pattern.host, host)) continue;
    if (std::find(channels.begin(), channels.end(), pattern.channel) == channels.end())
      channels.push_back(pattern.channel);
  }
  return channels;
}

Destination Endpoints::find(const Endpoint& endpoint) const {
  for (const Pattern& pattern : patterns_) {
    Captured captured;
    if (pattern.is_tls != endpoint.is_tls || pattern.port != endpoint.port ||
        !matches_host(pattern.host, endpoint.host))
      continue;
    if (!matches(pattern.path, path_of(endpoint.target), captured)) continue;
    return {.kind = pattern.kind, .channel = pattern.channel, .captured = std::move(captured)};
  }
  return {};
}

Bytes arguments_of(const Destination& destination, std::string_view target, BytesView body) {
  namespace json = boost::json;
  std::string_view query = query_of(target);
  if (destination.captured.empty() && query.empty()) return Bytes(body.empty() ? BytesView("{}") : body);
  json::object arguments;
  for (const auto& [name, value] : destination.captured) arguments[name] = value;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    const std::string_view value = parameter.substr(std::min(equals + 1, parameter.size()));
    if (!parameter.empty())
      arguments[percent_decoded(parameter.substr(0, equals), true)] = percent_decoded(value, true);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  if (!body.empty()) {
    json::error_code error;
    json::parse_options options;
    options.max_depth = kDepthMax;
    const json::value members = json::parse(body, error, {}, options);
    if (error || !members.is_object()) return Bytes(body);
    for (const auto& member : members.get_object()) arguments[member.key()] = member.value();
  }
  return json::serialize(arguments);
}

}  // namespace ringback::process
