#include "sim/peers/chat_key.h"

#include <map>

#include <fmt/format.h>

#include "sim/peers/conversation_key.h"
#include "src/wire/canonical_json.h"

namespace ringback::sim {
namespace {

BytesView trimmed(BytesView text) {
  constexpr BytesView kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == BytesView::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

Hash128 chat_key(const std::vector<wire::ChatItem>& conversation) {
  using Role = wire::ChatItem::Role;
  ConversationKey key;
  std::map<std::string, std::string> alias_of_call;
  for (const wire::ChatItem& item : conversation) {
    switch (item.role) {
      case Role::system:
        break;
      case Role::user:
        key.add_text("user", item.text);
        break;
      case Role::tool: {
        const auto alias = alias_of_call.find(item.call_id);
        key.add_output(alias == alias_of_call.end() ? item.call_id : alias->second, item.text);
        break;
      }
      case Role::assistant: {
        Bytes identity;
        for (const wire::ChatCall& call : item.calls) {
          alias_of_call[call.id] = fmt::format("call {}", alias_of_call.size() + 1);
          const Bytes arguments = call.arguments.empty() ? Bytes("{}") : wire::canonical_json(call.arguments);
          identity += fmt::format("call {} {} {}\n", call.name, arguments.size(), arguments);
        }
        if (item.calls.empty()) identity = trimmed(item.text);
        if (!identity.empty()) key.add_response(identity);
        break;
      }
    }
  }
  return key.value();
}

}  // namespace ringback::sim
