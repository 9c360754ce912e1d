#include "host/network.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringback::shim {

namespace {

constexpr int kBacklog = 1024;
constexpr int kBufferOctets = 1 << 20;

struct Name {
  sockaddr_un address{};
  socklen_t size = 0;
};

Name name_of(const ShimRun& run, const std::string& rest) {
  const std::string text = std::string("rb.") + run.session + "." + rest;
  Name name;
  name.address.sun_family = AF_UNIX;
  std::memcpy(name.address.sun_path + 1, text.data(), text.size());
  name.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  return name;
}

// The number behind the letter of a peer's name; 0: it is not one of ours.
Id number_of(const ShimRun& run, const Name& peer, char letter) {
  const std::size_t offset = offsetof(sockaddr_un, sun_path);
  if (peer.size <= offset + 1) return 0;
  const std::string text(peer.address.sun_path + 1, peer.size - offset - 1);
  const std::string prefix = std::string("rb.") + run.session + "." + letter;
  if (text.compare(0, prefix.size(), prefix) != 0) return 0;
  return static_cast<Id>(std::strtoul(text.c_str() + prefix.size(), nullptr, 10));
}

File bound_socket(const ShimRun& run, int type, const std::string& rest) {
  File file(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const Name name = name_of(run, rest);
  if (!file || ::bind(file.get(), reinterpret_cast<const sockaddr*>(&name.address), name.size) != 0)
    fail_by_errno("a socket of the run");
  return file;
}

Address address_in(std::uint8_t family, const std::uint8_t* octets) {
  Address address;
  address.family = family;
  std::copy_n(octets, family == 6 ? 16 : 4, address.octets.begin());
  return address;
}

std::uint16_t error_of(ConnectFailure failure) {
  switch (failure) {
    case ConnectFailure::refused:
      return ECONNREFUSED;
    case ConnectFailure::timed_out:
      return ETIMEDOUT;
    case ConnectFailure::host_unreachable:
      return EHOSTUNREACH;
    case ConnectFailure::network_unreachable:
      return ENETUNREACH;
  }
  return ECONNREFUSED;
}

int failure_of(NameFailure failure) {
  switch (failure) {
    case NameFailure::not_found:
      return EAI_NONAME;
    case NameFailure::try_again:
      return EAI_AGAIN;
    case NameFailure::no_address:
      return EAI_NODATA;
  }
  return EAI_FAIL;
}

DnsCode code_of(NameFailure failure) {
  switch (failure) {
    case NameFailure::not_found:
      return DnsCode::name_error;
    case NameFailure::try_again:
      return DnsCode::server_failure;
    case NameFailure::no_address:
      return DnsCode::no_error;
  }
  return DnsCode::server_failure;
}

bool hung_up(int fd) {
  pollfd entry{fd, 0, 0};
  return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace

Network::Network(Block& block)
    : block_(block),
      listener_(bound_socket(block.run(), SOCK_STREAM, "sim")),
      datagrams_(bound_socket(block.run(), SOCK_DGRAM, "udp")) {
  if (::listen(listener_.get(), kBacklog) != 0) fail_by_errno("listen");
}

bool Network::take_delivered() {
  const bool delivered = delivered_;
  delivered_ = false;
  return delivered;
}

// --- what the program did ---

void Network::collect(ShimPage& page, std::vector<Occurrence>& out) {
  take_messages(page, out);
  if (!page.outward) return;
  const bool datagrams = (page.outward & SHIM_OUT_DATAGRAM) != 0;
  page.outward = 0;
  if (connecting_) take_connections();
  connecting_ = false;
  take_octets(out);
  if (datagrams) take_datagrams(out);
}

void Network::take_messages(ShimPage& page, std::vector<Occurrence>& out) {
  for (std::uint32_t i = 0; i < page.messages_count; ++i) {
    const ShimMessage& message = page.messages[i];
    switch (message.type) {
      case SHIM_CONNECT: {
        const Address address = address_in(message.family, message.address);
        connections_[message.id].filler = message.filler;
        connecting_ = true;
        out.push_back(Connect{.id = message.id,
                              .host = addresses_.name_of(address),
                              .address = to_text(address),
                              .port = message.port,
                              .pid = page.pid});
        break;
      }
      case SHIM_LISTEN:
        out.push_back(Listen{.port = message.port, .pid = page.pid});
        break;
      case SHIM_ACCEPTED:
        out.push_back(Accepted{.id = message.id});
        break;
      case SHIM_RESOLVE: {
        Lookup& lookup = lookups_[message.id];
        lookup.page = static_cast<int>(&page - block_.run().pages);
        lookup.slot = message.lookup;
        lookup.name = message.name;
        out.push_back(Resolve{.id = message.id, .name = message.name, .over_udp = false});
        break;
      }
      case SHIM_HELPER:
        out.push_back(HelperStarted{.what = message.name});
        break;
      case SHIM_TAINT:
        out.push_back(Taint{.what = message.name});
        break;
    }
  }
  page.messages_count = 0;
}

void Network::take_connections() {
  for (;;) {
    Name peer;
    peer.size = sizeof peer.address;
    File file(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer.address), &peer.size,
                        SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!file) return;
    const auto found = connections_.find(number_of(block_.run(), peer, 'c'));
    if (found == connections_.end() || found->second.file) continue;
    ::setsockopt(file.get(), SOL_SOCKET, SO_SNDBUF, &kBufferOctets, sizeof kBufferOctets);
    found->second.file = std::move(file);
  }
}

void Network::end(Id id, Connection& connection) {
  connection.file.reset();
  connection.state = State::closed;
  if (slot(id).id == id) slot(id) = ShimConnection{};
}

void Network::take_octets(std::vector<Occurrence>& out) {
  static thread_local char buffer[1 << 16];
  for (auto at = connections_.begin(); at != connections_.end();) {
    const auto [id, connection] = std::pair<const Id, Connection&>(at->first, at->second);
    if (connection.state == State::closed || !connection.file) {
      at = connection.state == State::closed ? connections_.erase(at) : std::next(at);
      continue;
    }
    ++at;
    if (connection.state == State::asked) {
      if (!hung_up(connection.file.get())) continue;
      end(id, connection);
      out.push_back(Closed{id});
      continue;
    }
    flush(connection);
    if (connection.state == State::closed) continue;
    std::string octets;
    bool broken = false;
    // What was held back is taken once the program is gone.
    const bool take = connection.reading || hung_up(connection.file.get());
    while (take && !connection.ended) {
      const ssize_t got = ::recv(connection.file.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (got > 0) {
        octets.append(buffer, static_cast<std::size_t>(got));
        continue;
      }
      broken = got < 0 && errno != EAGAIN;
      if (got == 0 || broken) connection.ended = true;
      break;
    }
    if (!octets.empty()) out.push_back(Data{.id = id, .octets = std::move(octets)});
    if (connection.ended && (broken || hung_up(connection.file.get()))) {
      end(id, connection);
      out.push_back(Closed{id});
    } else if (connection.ended && connection.state == State::open && !connection.finishing) {
      connection.finishing = true;  // told once
      out.push_back(EndOfStream{id});
    }
  }
}

void Network::take_datagrams(std::vector<Occurrence>& out) {
  static thread_local char buffer[1 << 16];
  for (;;) {
    Name peer;
    peer.size = sizeof peer.address;
    const ssize_t got = ::recvfrom(datagrams_.get(), buffer, sizeof buffer, MSG_DONTWAIT,
                                   reinterpret_cast<sockaddr*>(&peer.address), &peer.size);
    if (got < 0) return;
    ShimDatagramHead head;
    const Id socket = number_of(block_.run(), peer, 'd');
    if (socket == 0 || static_cast<std::size_t>(got) < sizeof head) continue;
    std::memcpy(&head, buffer, sizeof head);
    take_datagram(socket, head, std::string_view(buffer, static_cast<std::size_t>(got)).substr(sizeof head), out);
  }
}

void Network::take_datagram(Id socket, const ShimDatagramHead& head, std::string_view octets,
                            std::vector<Occurrence>& out) {
  const Address to = address_in(head.family, head.address);
  const std::optional<Question> question = head.port == 53 ? parse_question(octets) : std::nullopt;
  if (!question) {
    out.push_back(Datagram{.id = socket,
                           .host = addresses_.name_of(to),
                           .address = to_text(to),
                           .port = head.port,
                           .octets = std::string(octets)});
    return;
  }
  const Id id = block_.run().next_id++;
  Lookup& lookup = lookups_[id];
  lookup.name = question->name;
  lookup.question = question;
  lookup.socket = socket;
  lookup.from = to;
  lookup.from_port = head.port;
  out.push_back(Resolve{.id = id, .name = question->name, .over_udp = true});
}

// --- connections ---

Network::Connection* Network::usable(Id id) {
  const auto found = connections_.find(id);
  return found != connections_.end() && found->second.file ? &found->second : nullptr;
}

void Network::accept(Id id) {
  Connection* connection = usable(id);
  if (!connection || connection->state != State::asked) return;
  static thread_local char buffer[1 << 16];
  for (std::size_t left = connection->filler; left > 0;) {
    const ssize_t got = ::recv(connection->file.get(), buffer, std::min(left, sizeof buffer), MSG_DONTWAIT);
    if (got <= 0) break;
    left -= static_cast<std::size_t>(got);
  }
  connection->state = State::open;
  slot(id).state = SHIM_CONNECTION_OPEN;
  delivered_ = true;
}

void Network::refuse(Id id, ConnectFailure failure) {
  Connection* connection = usable(id);
  if (!connection || connection->state != State::asked) return;
  connection->file.reset();
  connection->state = State::closed;
  slot(id).state = SHIM_CONNECTION_FAILED;
  slot(id).error = error_of(failure);
  delivered_ = true;
}

void Network::flush(Connection& connection) {
  while (!connection.waiting.empty()) {
    const ssize_t sent = ::send(connection.file.get(), connection.waiting.data(), connection.waiting.size(),
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN) connection.waiting.clear();  // the program reads no more; its close is seen when it happens
      return;
    }
    delivered_ = true;
    connection.waiting.erase(0, static_cast<std::size_t>(sent));
  }
  if (connection.state == State::closing) {
    connection.file.reset();
    connection.state = State::closed;
    delivered_ = true;
  }
}

void Network::write(Id id, std::string_view octets) {
  Connection* connection = usable(id);
  if (!connection || connection->state != State::open) return;
  connection->waiting.append(octets);
  flush(*connection);
}

std::size_t Network::unsent(Id id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? 0 : found->second.waiting.size();
}

void Network::finish(Id id) {
  Connection* connection = usable(id);
  if (!connection || connection->state != State::open) return;
  flush(*connection);
  ::shutdown(connection->file.get(), SHUT_WR);
  delivered_ = true;
}

void Network::close(Id id) {
  Connection* connection = usable(id);
  if (!connection || connection->state != State::open) return;
  connection->state = State::closing;
  flush(*connection);
}

void Network::reset(Id id) {
  Connection* connection = usable(id);
  if (!connection) return;
  slot(id).state = SHIM_CONNECTION_FAILED;
  slot(id).error = ECONNRESET;
  connection->file.reset();
  connection->state = State::closed;
  delivered_ = true;
}

void Network::set_reading(Id id, bool on) {
  if (Connection* connection = usable(id)) connection->reading = on;
  delivered_ = true;
}

std::optional<Id> Network::dial(std::uint16_t port, std::string_view from_address, std::uint16_t from_port) {
  ShimRun& run = block_.run();
  const Id id = run.next_id++;
  File file = bound_socket(run, SOCK_STREAM, "h" + std::to_string(id));
  const auto connects_to = [&](const char* kind) {
    const Name name = name_of(run, kind + std::to_string(port));
    return ::connect(file.get(), reinterpret_cast<const sockaddr*>(&name.address), name.size) == 0;
  };
  if (!connects_to("l") && !connects_to("v")) return std::nullopt;
  ::setsockopt(file.get(), SOL_SOCKET, SO_SNDBUF, &kBufferOctets, sizeof kBufferOctets);
  const Address from = parse_address(from_address);
  ShimDatagramHead head{};
  head.id = id;
  head.port = from_port ? from_port : static_cast<std::uint16_t>(30000 + id % 10000);
  head.family = from.family;
  std::copy(from.octets.begin(), from.octets.end(), head.address);
  if (::send(file.get(), &head, sizeof head, MSG_DONTWAIT | MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof head))
    return std::nullopt;
  slot(id) = ShimConnection{.id = id, .state = SHIM_CONNECTION_OPEN, .error = 0};
  Connection& connection = connections_[id];
  connection.file = std::move(file);
  connection.state = State::open;
  delivered_ = true;
  return id;
}

// --- names and datagrams ---

void Network::complete(Lookup& lookup, const std::vector<Address>& addresses) {
  delivered_ = true;
  for (const Address& address : addresses) addresses_.remember(lookup.name, address);
  if (lookup.question) {
    send_datagram(lookup.socket, to_text(lookup.from), lookup.from_port,
                  make_answer(*lookup.question, DnsCode::no_error, addresses));
    return;
  }
  ShimLookup& slot = block_.run().pages[lookup.page].lookups[lookup.slot];
  slot.count = 0;
  for (const Address& address : addresses) {
    if (slot.count == SHIM_LOOKUP_ADDRESSES_MAX) break;
    slot.addresses[slot.count].family = address.family;
    std::copy(address.octets.begin(), address.octets.end(), slot.addresses[slot.count].octets);
    ++slot.count;
  }
  slot.failure = 0;
  slot.state = SHIM_LOOKUP_DONE;
}

void Network::answer(Id id) {
  const auto found = lookups_.find(id);
  if (found == lookups_.end()) return;
  complete(found->second, {addresses_.invent(found->second.name)});
  lookups_.erase(found);
}

void Network::answer(Id id, const std::vector<std::string>& addresses) {
  const auto found = lookups_.find(id);
  if (found == lookups_.end()) return;
  std::vector<Address> parsed;
  for (const std::string& address : addresses) parsed.push_back(parse_address(address));
  complete(found->second, parsed);
  lookups_.erase(found);
}

void Network::answer_failure(Id id, NameFailure failure) {
  const auto found = lookups_.find(id);
  if (found == lookups_.end()) return;
  const Lookup& lookup = found->second;
  if (lookup.question) {
    send_datagram(lookup.socket, to_text(lookup.from), lookup.from_port,
                  make_answer(*lookup.question, code_of(failure), {}));
  } else {
    ShimLookup& slot = block_.run().pages[lookup.page].lookups[lookup.slot];
    slot.failure = failure_of(failure);
    slot.state = SHIM_LOOKUP_DONE;
  }
  delivered_ = true;
  lookups_.erase(found);
}

void Network::send_datagram(Id id, std::string_view from_address, std::uint16_t from_port, std::string_view octets) {
  const Address from = parse_address(from_address);
  ShimDatagramHead head{};
  head.id = id;
  head.port = from_port;
  head.family = from.family;
  std::copy(from.octets.begin(), from.octets.end(), head.address);
  std::string datagram(reinterpret_cast<const char*>(&head), sizeof head);
  datagram += octets;
  const Name name = name_of(block_.run(), "d" + std::to_string(id));
  ::sendto(datagrams_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&name.address), name.size);
  delivered_ = true;
}

}  // namespace ringback::shim
