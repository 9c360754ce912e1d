#include "src/process/child_environment.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "src/base/error.h"
#include "src/base/hash.h"
#include "src/host/file.h"
#include "src/wire/java_key_store.h"

namespace ringback::process {
namespace {

constexpr const char* kUsualPath = "/usr/local/bin:/usr/bin:/bin";

std::string variable(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

bool holds(const std::string& path, BytesView content) {
  try {
    return host::read_whole(path, 1u << 20) == content;
  } catch (const Error&) {
    return false;
  }
}

// At a path that follows from its content.
std::string stored(BytesView content, const char* ending) {
  const std::string path =
      fmt::format("{}/ringback-authority-{:016x}.{}", variable("TMPDIR", "/tmp"), hash64(content), ending);
  if (!holds(path, content)) {
    host::FileSink file(path);
    file.write(content);
    file.finish();
  }
  return path;
}

}  // namespace

TrustFiles store_trusted_certificate(BytesView pem) {
  return {.certificate = stored(pem, "pem"), .java = stored(wire::java_key_store(pem), "jks")};
}

std::string path_of_program(const std::string& name, const Environment& more) {
  const auto can_start = [](const std::string& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) {
    if (!can_start(name)) fail("{}: expected a program that can be started, found none", name);
    return name;
  }
  std::string folders = variable("PATH", kUsualPath);
  for (const auto& [key, value] : more) {
    if (key == "PATH") folders = value;
  }
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    std::string path = (end == begin ? "." : folders.substr(begin, end - begin)) + "/" + name;
    if (can_start(path)) return path;
    begin = end + 1;
  }
  fail("{}: expected a program on the PATH, found none", name);
}

Environment child_environment(const TrustFiles& trust, const Environment& more) {
  const std::string& certificate_path = trust.certificate;
  const std::string java = "-Djavax.net.ssl.trustStore=" + trust.java;
  Environment environment = {{"PATH", variable("PATH", kUsualPath)},
                             {"HOME", variable("HOME", "/")},
                             {"LANG", "C.UTF-8"},
                             {"TZ", "UTC"},
                             {"NODE_EXTRA_CA_CERTS", certificate_path},
                             {"SSL_CERT_FILE", certificate_path},
                             {"REQUESTS_CA_BUNDLE", certificate_path},
                             {"CURL_CA_BUNDLE", certificate_path},
                             {"DENO_CERT", certificate_path},
                             {"JAVA_TOOL_OPTIONS", java},
                             // Pools of threads that wait for each other in loops over memory: one thread of the run
                             // goes at a time, so they would never see each other move, and gain nothing.
                             {"OPENBLAS_NUM_THREADS", "1"},
                             {"OMP_NUM_THREADS", "1"},
                             {"MKL_NUM_THREADS", "1"},
                             // The schedulers of the BEAM poll in loops before they sleep (docs/decisions/spins.md).
                             {"ERL_AFLAGS", "+sbwt none +sbwtdcpu none +sbwtdio none"},
                             // Nobody checks it, but client libraries do not start without one.
                             {"OPENAI_API_KEY", "sk-replayed"}};
  for (const auto& [name, value] : more) {
    const auto known = std::find_if(environment.begin(), environment.end(),
                                    [name = name](const auto& each) { return each.first == name; });
    if (known == environment.end()) {
      environment.emplace_back(name, value);
    } else {
      known->second = name == "JAVA_TOOL_OPTIONS" ? java + " " + value : value;
    }
  }
  return environment;
}

}  // namespace ringback::process
