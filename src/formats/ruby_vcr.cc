#include "src/formats/ruby_vcr.h"

#include "src/formats/http_cassette.h"

namespace ringback::formats {
namespace {

Bytes body_of(const Node& message) {
  const Node* body = message.find("body");
  const Node* text =
      body == nullptr ? nullptr : body->find(body->find("base64_string") != nullptr ? "base64_string" : "string");
  return text == nullptr ? Bytes() : text->scalar();
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

HttpExchange read_interaction(const Node& node) {
  const Node& request = node.at("request");
  const Node& response = node.at("response");
  return {.place = node.place(),
          .method = upper(request.text_at("method")),
          .url = request.text_at("uri"),
          .request_headers = headers_of(request.find("headers")),
          .request_body = body_of(request),
          .status = response.at("status").integer_at("code", 100, 999),
          .response_headers = headers_of(response.find("headers")),
          .response_body = body_of(response)};
}

bool is_ruby_vcr(BytesView head, std::string_view) { return has_line(head, "http_interactions:"); }

}  // namespace

trace::Trace import_ruby_vcr(std::string_view name, BytesView data) {
  const Document document = parse_yaml_document(name, data);
  HttpTrace http("ruby-vcr", "synthetic");
  for (const Node& interaction : document.root().at("http_interactions").list())
    http.add(read_interaction(interaction));
  return std::move(http).finish(document.root().at("http_interactions").place());
}

Importer ruby_vcr_importer() {
  return with_cuts(single_file_importer("ruby-vcr", "a cassette of Ruby's VCR: HTTP exchanges as YAML", is_ruby_vcr,
                                        import_ruby_vcr),
                   cut_yaml, [](BytesView data) -> std::string {
                     if (has_line(data, "recorded_with:")) return {};
                     return "there is no \"recorded_with\" at the end, so the last exchange may be incomplete";
                   });
}

}  // namespace ringback::formats
