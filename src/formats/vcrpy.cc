#include "src/formats/vcrpy.h"

#include "src/base/error.h"
#include "src/formats/http_cassette.h"

namespace ringback::formats {
namespace {

// `body` is a text, {string: text}, or null; `parsed_body` is JSON as a tree, and a text where it is none.
Bytes body_of(const Node& message) {
  if (const Node* parsed = message.find("parsed_body")) return parsed->is_text() ? parsed->text() : parsed->json();
  const Node* body = message.find("body");
  if (body == nullptr) return {};
  if (!body->is_map()) return body->scalar();
  const Node* text = body->find("string");
  if (text == nullptr) text = body->find("base64_string");
  return text == nullptr ? Bytes() : text->scalar();
}

HttpExchange read_interaction(const Node& node) {
  const Node& request = node.at("request");
  const Node& response = node.at("response");
  return {.place = node.place(),
          .method = request.text_at("method"),
          .url = request.text_at("uri"),
          .request_headers = headers_of(request.find("headers")),
          .request_body = body_of(request),
          .status = response.at("status").integer_at("code", 100, 999),
          .response_headers = headers_of(response.find("headers")),
          .response_body = body_of(response)};
}

bool is_vcrpy(BytesView head, std::string_view) {
  const bool is_yaml = has_line(head, "interactions:") && has_line(head, "- request:");
  const bool is_json = head.starts_with('{') && head.find("\"interactions\"") != BytesView::npos &&
                       head.find("\"request\"") != BytesView::npos && head.find("\"uri\"") != BytesView::npos;
  return is_yaml || is_json;
}

}  // namespace

trace::Trace import_vcrpy(std::string_view name, BytesView data) {
  const bool is_json = data.starts_with('{');
  const Document document = is_json ? parse_json_document(name, data) : parse_yaml_document(name, data);
  if (const Node* version = document.root().find("version")) version->integer(1, 1);
  HttpTrace http("vcrpy", "synthetic");
  for (const Node& interaction : document.root().at("interactions").list()) http.add(read_interaction(interaction));
  return std::move(http).finish(document.root().at("interactions").place());
}

Importer vcrpy_importer() {
  return with_cuts(
      single_file_importer("vcrpy", "a cassette of vcrpy: HTTP exchanges as YAML or JSON", is_vcrpy, import_vcrpy),
      cut_json_or_yaml, [](BytesView data) -> std::string {
        if (data.starts_with('{') || has_line(data, "version:")) return {};
        return "there is no \"version\" at the end, so the last exchange may be incomplete";
      });
}

}  // namespace ringback::formats
