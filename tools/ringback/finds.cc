#include "tools/ringback/finds.h"

#include <algorithm>

#include "src/wire/json_text.h"
#include "tools/ringback/shell.h"

namespace ringback::cli {
namespace {

std::string head_of(const JudgedFind& judged) {
  return fmt::format("\n{}\n    {}; case {}, {} in all\n", sim::to_text(judged.find.failure.signature),
                     judged.find.failure.finding, judged.find.number, judged.cases);
}

std::string why_apart(Trust trust) {
  if (trust == Trust::tainted) return "tainted: the agent did something whose repetition nobody can promise";
  return "not stable: it did not come out the same when it was run again";
}

}  // namespace

std::string file_name_of(const sim::Signature& signature) {
  std::string name;
  for (const char c : sim::to_text(signature)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (is_plain)
      name += c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  return name.substr(0, 120);
}

std::string finds_text(std::span<const JudgedFind> finds, const std::string& program) {
  std::string text;
  std::string apart;
  for (const JudgedFind& judged : finds) {
    if (judged.trust == Trust::stable) {
      text +=
          head_of(judged) + fmt::format("    {}\n", shell_command({program, "shrink", judged.file, "-o", "small.rbt"}));
    } else {
      apart += head_of(judged) + fmt::format("    {}\n", why_apart(judged.trust));
    }
  }
  if (!apart.empty()) text += "\nKept apart, without a repro and not to be shrunk:\n" + apart;
  return text;
}

std::string finds_json(std::span<const JudgedFind> finds) {
  std::string list;
  for (const JudgedFind& judged : finds) {
    wire::JsonObject object;
    object.text("signature", sim::to_key(judged.find.failure.signature))
        .text("finding", judged.find.failure.finding)
        .number("case", static_cast<std::int64_t>(judged.find.number))
        .number("cases", static_cast<std::int64_t>(judged.cases))
        .raw("stable", judged.trust == Trust::stable ? "true" : "false")
        .raw("tainted", judged.trust == Trust::tainted ? "true" : "false")
        .text_or_null("repro", judged.file);
    list += (list.empty() ? "" : ",") + std::move(object).finish();
  }
  return "[" + list + "]";
}

}  // namespace ringback::cli
