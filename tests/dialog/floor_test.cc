#include "sim/dialog/floor.h"

#include <catch2/catch.hpp>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

// Plays lanes of text on a Floor; one column is 100 ms, at the end of the longest lane the call is over.
//   caller, agent, response, call: '#' while it speaks, is audible, or is pending; anything else while not
//   sent: '*' where audible samples went to play-out
//   start: '!' where the call began
//   lost: '!' where the model's connection was lost
// Facts of one column come in this order: connection, ends, begins; caller before agent.
class Stage {
 public:
  struct Lane {
    std::string name;
    std::string marks;
  };

  Stage(std::initializer_list<Lane> lanes) {
    std::size_t columns = 0;
    for (const Lane& lane : lanes) columns = std::max(columns, lane.marks.size());
    std::map<std::string, bool> on;
    for (std::size_t column = 0; column < columns; ++column) {
      const VirtualTime at = VirtualTime() + milliseconds(100) * static_cast<std::int64_t>(column);
      const auto mark = [&](const std::string& name) -> char {
        for (const Lane& lane : lanes) {
          if (lane.name == name && column < lane.marks.size()) return lane.marks[column];
        }
        return ' ';
      };
      if (mark("start") == '!') floor.call_started(at);
      if (mark("lost") == '!') {
        floor.connection_lost(at);
        on["response"] = on["call"] = false;
      }
      for (const bool begins : {false, true}) {
        for (const char* const name : {"caller", "response", "call", "agent"}) {
          const bool now = mark(name) == '#';
          if (now == on[name] || now != begins) continue;
          on[name] = now;
          change(name, begins, at);
        }
      }
      if (mark("sent") == 'B') floor.agent_began_to_send(at);
      if (mark("sent") != ' ') floor.agent_sent(at);
      waiting += floor.waiting_since() ? '~' : (floor.agent_owes() ? '.' : ' ');
    }
    floor.finish(VirtualTime() + milliseconds(100) * static_cast<std::int64_t>(columns));
  }

  Floor floor;
  std::string waiting;  // '~' waits, '.' owes and is heard or the caller speaks

 private:
  void change(const std::string& name, bool begins, VirtualTime at) {
    if (name == "caller") begins ? floor.caller_started(at) : floor.caller_stopped(at);
    if (name == "agent") begins ? floor.agent_audible_from(at) : floor.agent_audible_until(at);
    const Pending what = name == "call" ? Pending::call : Pending::response;
    if (name == "call" || name == "response") begins ? floor.pending_opened(what, at) : floor.pending_closed(what, at);
  }
};

Wait wait(std::int64_t begin_ms, std::int64_t end_ms, Wait::Cause cause) {
  return {.begin = VirtualTime() + milliseconds(begin_ms), .end = VirtualTime() + milliseconds(end_ms), .cause = cause};
}

constexpr Wait::Cause kTurn = Wait::Cause::caller_turn;
constexpr Wait::Cause kPending = Wait::Cause::pending;
constexpr Wait::Cause kStart = Wait::Cause::call_start;
constexpr Wait::Cause kInside = Wait::Cause::inside_answer;

TEST_CASE("the agent owes speech from the end of the caller's turn until it is heard") {
  const Stage stage{{"caller", " ####"},  //
                    {"agent", "          #####   "}};
  CHECK(stage.waiting == "     ~~~~~        ");
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(500, 1000, kTurn)});
}

TEST_CASE("a caller who is never answered waits until the call is over") {
  const Stage stage{{"caller", " ####          "}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(500, 1500, kTurn)});
}

TEST_CASE("without a start of the call nobody waits before anybody has said anything") {
  const Stage stage{{"agent", "          ###"}};
  CHECK(stage.floor.waits().empty());
}

TEST_CASE("from the start of the call the agent owes a word") {
  const Stage stage{{"start", "!         "},  //
                    {"agent", "       ###"}};
  CHECK(stage.waiting == "~~~~~~~   ");
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(0, 700, kStart)});
}

TEST_CASE("a caller who speaks first was not waiting") {
  const Stage stage{{"start", "!             "},  //
                    {"caller", "    ####      "},
                    {"agent", "           ###"}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(800, 1100, kTurn)});
}

TEST_CASE("an agent that speaks first owes from its own response on") {
  const Stage stage{{"response", "  ##########"},  //
                    {"sent", "       *"},
                    {"agent", "       #####"}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(200, 700, kPending)});
}

TEST_CASE("a filler settles the turn, the function call behind it keeps owing") {
  const Stage stage{{"caller", "####"},  //
                    {"response", "    ####           #####"},
                    {"call", "       ############"},
                    {"sent", "      *              * "},
                    {"agent", "      ####           ########   "}};
  CHECK(stage.waiting == "    ~~....~~~~~~~~~~~...        ");
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(400, 600, kTurn), wait(1000, 2100, kPending)});
}

TEST_CASE("an agent that answers its function call and then says nothing still owes") {
  const Stage stage{{"caller", "####"},  //
                    {"response", "    ###"},
                    {"call", "      ###############"},
                    {"sent", "     *"},
                    {"agent", "     ####                               "}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(400, 500, kTurn), wait(900, 4000, kPending)});
}

TEST_CASE("a function call that is answered while the agent is talking leaves nothing owed") {
  const Stage stage{{"response", "####"},  //
                    {"call", "   ####"},
                    {"sent", " *"},
                    {"agent", "  ########                    "}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(0, 200, kPending)});
}

TEST_CASE("a gap between words is not the end of a filler") {
  const Stage stage{{"response", "####"},  //
                    {"call", "   ####"},
                    {"sent", " *"},
                    {"agent", "  ####  ###                    "}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(0, 200, kPending), wait(600, 700, kPending)});
}

TEST_CASE("a response that fails without a word leaves the agent owing, although an older sentence is still playing") {
  const Stage stage{{"response", "###  ###"},  //
                    {"sent", " *"},
                    {"agent", " ##########           "}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(0, 100, kPending), wait(1100, 2200, kPending)});
}

TEST_CASE("a response whose sound is queued behind an older sentence is heard without a seam") {
  const Stage stage{{"response", "###  ###"},  //
                    {"sent", " *    *"},
                    {"agent", " ################           "}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(0, 100, kPending)});
}

TEST_CASE("what was owed when the connection was lost stays owed until the agent is heard anew") {
  SECTION("in silence") {
    const Stage stage{{"caller", "####"},  //
                      {"response", "    ###"},
                      {"lost", "       !"},
                      {"agent", "                    ####  "}};
    CHECK(stage.floor.waits() == std::vector<Wait>{wait(400, 2000, kTurn)});
  }
  SECTION("while the beginning of the answer is being played, word by word") {
    const Stage stage{{"caller", "####"},  //
                      {"response", "    ###"},
                      {"sent", "     ** * * *"},
                      {"lost", "       !"},
                      {"agent", "     ### ### ###                      ####  "}};
    CHECK(stage.floor.waits() == std::vector<Wait>{wait(400, 500, kTurn), wait(800, 900, kPending),
                                                   wait(1200, 1300, kPending), wait(1600, 3800, kPending)});
  }
  SECTION("and a response on the new connection settles it") {
    const Stage stage{{"response", "###  ###"},  //
                      {"sent", " *    *"},
                      {"lost", "   !"},
                      {"agent", " ##############                    "}};
    CHECK(stage.floor.waits() == std::vector<Wait>{wait(0, 100, kPending)});
  }
  SECTION("also where its sound comes from another service when it is over") {
    const Stage stage{{"response", "###  ##"},  //
                      {"sent", " *       *"},
                      {"lost", "   !"},
                      {"agent", " ##############                    "}};
    CHECK(stage.floor.waits() == std::vector<Wait>{wait(0, 100, kPending)});
  }
  SECTION("also where that one is heard right behind the sentence before") {
    const Stage stage{{"response", "###  # "},  //
                      {"sent", " *      **"},
                      {"lost", "   !"},
                      {"agent", " ##############                    "}};
    CHECK(stage.floor.waits() == std::vector<Wait>{wait(0, 100, kPending)});
  }
  SECTION("while what is sent without a response is the rest of the old one") {
    const Stage stage{{"response", "###"},  //
                      {"sent", " *       *"},
                      {"lost", "   !"},
                      {"agent", " ##############     "}};
    CHECK(stage.floor.waits() == std::vector<Wait>{wait(0, 100, kPending), wait(1500, 2000, kPending)});
  }
}

TEST_CASE("losing a connection on which nothing was pending leaves nothing owed") {
  const Stage stage{{"agent", "###"}, {"lost", "     !        "}};
  CHECK(stage.floor.waits().empty());
}

TEST_CASE("a caller who asks again ends one wait and begins another") {
  const Stage stage{{"caller", "####      ##          "}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(400, 1000, kTurn), wait(1200, 2200, kTurn)});
}

TEST_CASE("nothing is waited for while the caller speaks") {
  const Stage stage{{"caller", "###################"}, {"response", "  ##########"}};
  CHECK(stage.waiting == "  .................");
  CHECK(stage.floor.waits().empty());
}

TEST_CASE("an interrupted agent that stops at once owes an answer from the end of the interruption") {
  const Stage stage{{"agent", "#########           ###"},  //
                    {"caller", "       #######"}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(1400, 2000, kTurn)});
}

TEST_CASE("the rest of an interrupted sentence is not an answer") {
  //                       interrupted until here v     v and silent soon after
  const Stage stage{{"agent", "################# ######                  "},  //
                    {"caller", "       ###########"}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(2400, 4200, kTurn)});
}

TEST_CASE("an agent that talks on through a listener's yes owes nothing after that") {
  const Stage stage{{"agent", "################ ###############                   "},  //
                    {"caller", "       ###"}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(1600, 1700, kTurn)});
}

TEST_CASE("a response to an interruption answers for it, also right behind the old sentence") {
  const Stage stage{{"agent", "######################                   "},  //
                    {"caller", "       ###########"},
                    {"response", "                  ###"},
                    {"sent", "                   *"}};
  CHECK(stage.floor.waits().empty());
}

TEST_CASE("an answer that begins over the last word of the caller is an answer") {
  const Stage stage{{"caller", "#######"}, {"agent", "      ##              "}};
  CHECK(stage.floor.waits().empty());
}

TEST_CASE("a silence inside an answer counts from one second on") {
  SECTION("while the response goes on") {
    const Stage shorter(
        {{"response", "########################"}, {"sent", "*"}, {"agent", "####          ##########"}});
    CHECK(shorter.floor.waits().empty());
    const Stage longer(
        {{"response", "########################"}, {"sent", "*"}, {"agent", "####           #########"}});
    CHECK(longer.floor.waits() == std::vector<Wait>{wait(400, 1500, kInside)});
    CHECK(longer.waiting == "....~~~~~~~~~~~.........");
  }
  SECTION("after the response, while its sound plays on") {
    const Stage shorter{{"response", "###"}, {"sent", "*"}, {"agent", "####          ##########"}};
    CHECK(shorter.floor.waits().empty());
    const Stage longer{{"response", "###"}, {"sent", "*"}, {"agent", "####           #########"}};
    CHECK(longer.floor.waits() == std::vector<Wait>{wait(400, 1500, kInside)});
  }
}

TEST_CASE("the silence before a new response belongs to the caller") {
  const Stage stage{{"agent", "####                      ####"},  //
                    {"response", "                        ####"},
                    {"sent", "                         *"}};
  CHECK(stage.floor.waits() == std::vector<Wait>{wait(2400, 2600, kPending)});
}

TEST_CASE("the silence after the last answer belongs to the caller") {
  const Stage stage{{"agent", "####                      "}};
  CHECK(stage.floor.waits().empty());
}

TEST_CASE("a typed turn and a typed answer take no time and are a turn and an answer") {
  Floor floor;
  floor.caller_started(VirtualTime() + seconds(1));
  floor.caller_stopped(VirtualTime() + seconds(1));
  CHECK(floor.waiting_since() == VirtualTime() + seconds(1));
  floor.agent_audible_from(VirtualTime() + seconds(3));
  floor.agent_audible_until(VirtualTime() + seconds(3));
  CHECK_FALSE(floor.agent_owes());
  floor.finish(VirtualTime() + seconds(9));
  CHECK(floor.waits() == std::vector<Wait>{wait(1000, 3000, kTurn)});
}

TEST_CASE("a text answers a typed turn, however soon after the one before") {
  Floor floor;
  floor.agent_audible_from(VirtualTime() + milliseconds(900));
  floor.agent_audible_until(VirtualTime() + milliseconds(900));
  floor.caller_started(VirtualTime() + seconds(1));
  floor.caller_stopped(VirtualTime() + seconds(1));
  floor.pending_opened(Pending::response, VirtualTime() + seconds(1));
  floor.pending_closed(Pending::response, VirtualTime() + milliseconds(1100));
  floor.agent_audible_from(VirtualTime() + milliseconds(1100));
  floor.agent_audible_until(VirtualTime() + milliseconds(1100));
  CHECK_FALSE(floor.agent_owes());
  CHECK(floor.turns().back().heard == VirtualTime() + milliseconds(1100));
}

TEST_CASE("each turn knows when it was answered") {
  const Stage stage{{"caller", " ####               ##           ##   ##      "},  //
                    {"agent", "        #####             ####                "}};
  const auto at = [](std::int64_t ms) { return VirtualTime() + milliseconds(ms); };
  CHECK(stage.floor.turns() == std::vector<Turn>{{at(100), at(500), at(800)},
                                                 {at(2000), at(2200), at(2600)},
                                                 {at(3300), at(4000), std::nullopt}});
}

TEST_CASE("a turn that the caller follows up after a while was not answered") {
  const Stage stage{{"caller", " ##            ##"}, {"agent", "                     ##"}};
  const auto at = [](std::int64_t ms) { return VirtualTime() + milliseconds(ms); };
  CHECK(stage.floor.turns() == std::vector<Turn>{{at(100), at(300), std::nullopt}, {at(1500), at(1700), at(2100)}});
}

TEST_CASE("a listener's yes is no turn that waits for an answer") {
  const Stage stage{{"agent", "################################                   "},  //
                    {"caller", "       ###"}};
  CHECK(stage.floor.turns().empty());
}

TEST_CASE("a close without an open does nothing") {
  Floor floor;
  floor.pending_closed(Pending::response, {});
  floor.pending_closed(Pending::call, {});
  CHECK_FALSE(floor.agent_owes());
}

TEST_CASE("facts out of order are our own mistake") {
  Floor floor;
  floor.caller_started(VirtualTime() + seconds(2));
  CHECK_THROWS_AS(floor.caller_stopped(VirtualTime() + seconds(1)), InternalError);
  floor.finish(VirtualTime() + seconds(2));
  CHECK_THROWS_AS(floor.caller_stopped(VirtualTime() + seconds(3)), InternalError);
}

TEST_CASE("what is sent to a play-out that had run dry is no rest of the sentence before") {
  const Stage anew{{"agent", " ####      ####        "},  //
                   {"call", "   ######              "},
                   {"sent", " *       B             "}};
  CHECK(anew.waiting == "   ..~~~~~~            ");
  CHECK(anew.floor.waits() == std::vector<Wait>{wait(500, 1100, kPending)});
  const Stage rest{{"agent", " ####      ####        "},  //
                   {"call", "   ######              "},
                   {"sent", " *       *             "}};
  CHECK(rest.waiting == "   ..~~~~~~....~~~~~~~~");
}

TEST_CASE("what was begun to be sent before a call ended does not answer it") {
  const Stage stage{{"agent", " ####      ####        "},  //
                    {"call", "   ######              "},
                    {"sent", " *     B *             "}};
  CHECK(stage.waiting == "   ..~~~~~~....~~~~~~~~");
}

TEST_CASE("an agent that speaks because a connection was lost had not paused") {
  const Stage stage{{"agent", " ###                 ####"},  //
                    {"lost", "                    !"}};
  CHECK(stage.floor.waits().empty());
  const Stage paused{{"agent", " ###                 ####"}};
  CHECK(paused.floor.waits() == std::vector<Wait>{wait(400, 2100, kInside)});
}

}  // namespace
}  // namespace ringback::sim
