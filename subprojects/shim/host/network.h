// The far end of every socket of the run: connections, name lookups, datagrams. Everything is collected when a process
// has given the turn back, in the order of ids.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "host/addresses.h"
#include "host/block.h"
#include "host/dns.h"

namespace ringback::shim {

class Network final {
 public:
  explicit Network(Block& block);

  // Takes the messages and octets of a process that has the turn no more.
  void collect(ShimPage& page, std::vector<Occurrence>& out);
  // Whether something was done since the last call that a process may be waiting for.
  bool take_delivered();

  void accept(Id id);
  void refuse(Id id, ConnectFailure failure);
  void write(Id id, std::string_view octets);
  std::size_t unsent(Id id) const;
  void finish(Id id);
  void close(Id id);
  void reset(Id id);
  void set_reading(Id id, bool on);
  std::optional<Id> dial(std::uint16_t port, std::string_view from_address, std::uint16_t from_port);

  void answer(Id id);
  void answer(Id id, const std::vector<std::string>& addresses);
  void answer_failure(Id id, NameFailure failure);
  void send_datagram(Id id, std::string_view from_address, std::uint16_t from_port, std::string_view octets);

 private:
  enum class State { asked, open, closing, closed };
  struct Connection {
    File file;
    State state = State::asked;
    std::uint32_t filler = 0;  // octets to take out before the first real one
    std::string waiting;       // written, and not taken by the program's socket
    bool reading = true;
    bool ended = false;  // the program sends no more
    bool finishing = false;
  };
  struct Lookup {
    int page = 0;  // of getaddrinfo
    unsigned slot = 0;
    std::string name;
    std::optional<Question> question;  // of a datagram
    Id socket = 0;
    std::uint16_t from_port = 53;
    Address from;
  };

  void take_messages(ShimPage& page, std::vector<Occurrence>& out);
  void take_connections();
  void take_octets(std::vector<Occurrence>& out);
  void take_datagrams(std::vector<Occurrence>& out);
  void take_datagram(Id socket, const ShimDatagramHead& head, std::string_view octets, std::vector<Occurrence>& out);
  void flush(Connection& connection);
  void end(Id id, Connection& connection);
  Connection* usable(Id id);
  ShimConnection& slot(Id id) { return block_.run().connections[id % SHIM_CONNECTIONS_MAX]; }
  void complete(Lookup& lookup, const std::vector<Address>& addresses);

  Block& block_;
  File listener_;
  File datagrams_;
  std::map<Id, Connection> connections_;
  std::map<Id, Lookup> lookups_;
  Addresses addresses_;
  bool delivered_ = false;
  bool connecting_ = false;  // a connection was announced and has not been taken
};

}  // namespace ringback::shim
