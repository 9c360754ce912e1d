// Drawing, searching, shrinking and storing, end to end on a small recording.
#include <set>

#include <catch2/catch.hpp>

#include "sim/explore/campaign.h"
#include "sim/explore/exhaust.h"
#include "sim/explore/repro.h"
#include "sim/explore/shrink.h"
#include "src/base/error.h"
#include "tests/explore/voice_subject.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

// The typed call, with its answers in responses 1 and 2.
const trace::Trace& recording() {
  static const trace::Trace call = testing::make_typed_call();
  return call;
}

Sites sites_of(Subject& subject) { return find_sites(subject.replay(Tape(recording()), {}).run); }

struct Searched {
  std::vector<Case> cases;
  std::vector<Find> finds;
  std::vector<Case> corpus;
};

Searched search(const CampaignOptions& options, std::uint64_t stop_after = UINT64_MAX) {
  Subject subject = voice_subject();
  const Generator generator(recording(), sites_of(subject), {});
  Campaign campaign(generator, options);
  Searched searched;
  while (!campaign.is_over() && campaign.taken() < stop_after) {
    std::vector<Outcome> outcomes;
    for (const Case& one : campaign.next_round()) {
      searched.cases.push_back(one);
      outcomes.push_back(subject.run(recording(), one));
    }
    campaign.take(outcomes);
  }
  searched.finds = campaign.finds();
  searched.corpus = campaign.corpus();
  return searched;
}

const Find& find_of(const Searched& searched, std::string_view property, std::string_view cause) {
  for (const Find& find : searched.finds) {
    if (find.failure.signature.property == property && find.failure.signature.cause == cause) return find;
  }
  throw std::logic_error("the search found no such failure");
}

}  // namespace

TEST_CASE("sites are what the run without faults had", "[explore]") {
  Subject subject = voice_subject();
  const Sites sites = sites_of(subject);
  REQUIRE(sites.channels.size() == 3);
  CHECK(sites.channels[1].channel == "model");
  CHECK(sites.channels[1].exchanges == 2);
  CHECK(sites.channels[1].tokens == std::vector<std::uint64_t>{2, 2});
  CHECK(sites.channels[2].channel == "tool:crm.lookup");
  CHECK(sites.channels[2].exchanges == 1);
}

TEST_CASE("the same seed draws the same case, and every anchor exists in the run", "[explore]") {
  Subject subject = voice_subject();
  const Generator generator(recording(), sites_of(subject), {});
  std::uint64_t calls = 0;
  for (Seed seed = 0; seed < 300; ++seed) {
    const Case one = generator.draw(seed);
    REQUIRE(one == generator.draw(seed));
    REQUIRE(parse_case("case", to_text(one)) == one);
    REQUIRE(part_count(one) >= 1);
    for (const Fault& fault : one.schedule.faults) {
      if (fault.at.call) CHECK((fault.where == "tool:crm.lookup" && fault.at.call->first == 1));
      if (fault.at.call) ++calls;
      if (fault.at.response) CHECK((fault.where == "model" && fault.at.response->last <= 2));
    }
    const Case other = generator.vary(one, seed);
    CHECK(other == generator.vary(one, seed));
  }
  CHECK(calls > 50);
}

TEST_CASE("a response is met at any of its events, mostly where it begins or ends", "[explore]") {
  Subject subject = voice_subject();
  const Sites sites = sites_of(subject);
  const Generator generator(recording(), sites, {.only = {"model/drop_event"}});
  const std::vector<std::uint64_t> events = sites.channels[1].events;
  std::uint64_t at_the_ends = 0;
  std::uint64_t all = 0;
  for (Seed seed = 0; seed < 300; ++seed) {
    for (const Fault& fault : generator.draw(seed).schedule.faults) {
      if (!fault.at.event) continue;
      const std::uint64_t event = fault.at.event->first;
      const std::uint64_t last = events.at(fault.at.response->first - 1);
      CHECK((event >= 1 && event <= last));
      ++all;
      at_the_ends += event <= 4 || event + 4 > last ? 1 : 0;
    }
  }
  CHECK(all > 50);
  CHECK(at_the_ends * 3 >= all * 2);
}

TEST_CASE("one part of three stands within four seconds of another part of its case", "[explore]") {
  Subject subject = voice_subject();
  const Sites sites = sites_of(subject);
  const Generator generator(recording(), sites, {.only = {"model/drop_event"}});
  const std::vector<VirtualTime>& times = sites.channels[1].event_times;
  std::uint64_t near = 0;
  std::uint64_t second = 0;
  for (Seed seed = 0; seed < 300; ++seed) {
    const std::vector<Fault> faults = generator.draw(seed).schedule.faults;
    if (faults.size() < 2) continue;
    ++second;
    const std::optional<VirtualTime> at = faults[1].at.time;
    // Any other time is one at which the run had an event.
    if (!at || std::binary_search(times.begin(), times.end(), *at)) continue;
    ++near;
    if (!faults[0].at.time) continue;
    const Duration apart = std::max(*at - *faults[0].at.time, *faults[0].at.time - *at);
    CHECK(apart <= seconds(4));
  }
  CHECK(near * 5 > second);
}

TEST_CASE("only what is asked for is drawn, and a word that fits nothing is refused", "[explore]") {
  Subject subject = voice_subject();
  const Generator generator(recording(), sites_of(subject), {.only = {"status"}});
  for (Seed seed = 0; seed < 20; ++seed) {
    for (const Fault& fault : generator.draw(seed).schedule.faults) CHECK(fault.action.name == ActionName::status);
    CHECK(generator.draw(seed).mutations.empty());
  }
  CHECK_THROWS_AS(Generator(recording(), sites_of(subject), {.only = {"nonsense"}}), Error);
}

TEST_CASE("an agent that is a process is struck as one, and no other is", "[explore]") {
  Subject subject = voice_subject();
  const Generator process(recording(), sites_of(subject), {.strikes_process = true, .only = {"process"}});
  std::set<ActionName> drawn;
  std::uint64_t restarts = 0;
  for (Seed seed = 0; seed < 300; ++seed) {
    const Case one = process.draw(seed);
    REQUIRE(parse_case("case", to_text(one)) == one);
    for (const Fault& fault : one.schedule.faults) {
      drawn.insert(fault.action.name);
      CHECK_FALSE(fault.at.duration.has_value());
      // On the dialogue's steps, or at a time that something had; never at a frame of sound.
      CHECK((fault.at.time || fault.at.call || fault.at.response));
      if (fault.where == "agent") CHECK(fault.at.time.has_value());
      restarts += fault.action.name == ActionName::restart_after ? 1 : 0;
      if (fault.action.name == ActionName::pause) CHECK(std::get<Duration>(fault.action.argument) < milliseconds(2560));
    }
  }
  using enum ActionName;
  CHECK(drawn == std::set{crash, oom, terminate, pause, restart_after, clock_step});
  CHECK(restarts > 100);
  const Case ended{.schedule = {.faults = {{.where = "agent",
                                            .at = {.time = VirtualTime::from_ns(5)},
                                            .action = {.name = crash, .argument = {}},
                                            .optional = true}}}};
  for (Seed seed = 0; seed < 100; ++seed) {
    for (const Case& one : {process.draw(seed), process.vary(ended, seed)}) {
      const std::vector<Fault>& faults = one.schedule.faults;
      for (const Fault& fault : faults) {
        const bool comes_back = std::any_of(faults.begin(), faults.end(), [&](const Fault& other) {
          return other.action.name == restart_after && other.where == fault.where && other.at == fault.at;
        });
        CHECK((comes_back || !ends_process(fault.action.name)));
      }
    }
  }
  for (const Fault& fault : single_faults(process)) CHECK_FALSE(ends_process(fault.action.name));
  CHECK_FALSE(single_faults(process).empty());
  const Generator bare(recording(), sites_of(subject), {.strikes_process = true, .only = {"crash"}});
  CHECK(bare.draw(3).schedule.faults.front().action.name == crash);
  CHECK_THROWS_AS(Generator(recording(), sites_of(subject), {.only = {"process"}}), Error);
  CHECK_THROWS_AS(Generator(recording(), sites_of(subject), {.strikes_process = true, .only = {"cpu"}}), Error);
  const Generator dear(recording(), sites_of(subject),
                       {.strikes_process = true, .has_work_cost = true, .only = {"agent/cpu"}});
  CHECK(dear.kinds().size() == 1);
}

TEST_CASE("a campaign is the same whenever it is run, and a shorter one is its beginning", "[explore]") {
  const Searched whole = search({.seed = 3, .cases = 256});
  const Searched again = search({.seed = 3, .cases = 256});
  CHECK(whole.cases == again.cases);
  CHECK(whole.corpus == again.corpus);
  const Searched beginning = search({.seed = 3, .cases = 256}, 128);
  REQUIRE(beginning.cases.size() == 128);
  CHECK(std::equal(beginning.cases.begin(), beginning.cases.end(), whole.cases.begin()));
  CHECK(search({.seed = 4, .cases = 64}).cases != search({.seed = 3, .cases = 64}).cases);
  CHECK(search({.seed = 3, .cases = 64, .shard = 1, .shards = 2}).cases !=
        search({.seed = 3, .cases = 64, .shard = 2, .shards = 2}).cases);
}

TEST_CASE("the silence after a bad answer is found, shrunk, stored and reproduced", "[explore]") {
  const Searched searched = search({.seed = 1, .cases = 512});
  const Find& find = find_of(searched, "dead_air", "malformed answer");
  Subject subject = voice_subject();

  const Shrunk shrunk = shrink(subject, recording(), find.one, find.failure.signature);
  // One fault, or two that share the attempts between them.
  CHECK(part_count(shrunk.one) >= 1);
  CHECK(part_count(shrunk.one) <= 2);
  CHECK(shrunk.is_minimal);
  REQUIRE(shrunk.certificate.size() == part_count(shrunk.one));
  CHECK(shrunk.one.reaction == Reaction::apologise);
  CHECK(shrunk.runs <= 100);
  CHECK(shrunk.recording.events.size() <= recording().events.size());

  const Repro repro{.recording = shrunk.recording,
                    .one = shrunk.one,
                    .agent = "builtin:voice",
                    .command = {"sh", "-c", "line\n\"two\""},
                    .environment = {"A=1"},
                    .expectations = default_expectations(),
                    .failure = find.failure.signature,
                    .finding = find.failure.finding,
                    .digest = shrunk.digest,
                    .certificate = shrunk.certificate,
                    .made_by = "ringback test"};
  MemorySink sink;
  trace::write_trace(stored(repro), sink);
  MemorySource source("repro.rbt", sink.data());
  const Repro again = read_repro("repro.rbt", trace::read_trace(source));
  CHECK(again.one == repro.one);
  CHECK(again.failure == repro.failure);
  CHECK(again.certificate == repro.certificate);
  CHECK(again.command == repro.command);
  CHECK(again.environment == repro.environment);
  CHECK(again.expectations.properties == repro.expectations.properties);
  for (int i = 0; i < 3; ++i) CHECK((subject.run(again.recording, again.one).digest == repro.digest));
}

TEST_CASE("of four faults the one that matters is left, and the repaired agent bears it", "[explore]") {
  const Case one = parse_case("case.yaml", R"(# seed: 9
ringback: 1
faults:
  - {id: late, where: "model", at: {response: 1}, do: {delay: 300ms}}
  - {id: twice, where: "model", at: {response: 2}, do: duplicate_event}
  - {id: broken, where: "tool:crm.lookup", do: {body: "{not-json"}}
  - {id: elsewhere, where: "tool:crm.lookup", at: {call: 90}, do: timeout, optional: true}
)");
  const Signature silence{
      .property = "dead_air", .channel = "tool:crm.lookup", .operation = "call", .cause = "malformed answer"};
  Subject subject = voice_subject();
  const Shrunk shrunk = shrink(subject, recording(), one, silence);
  REQUIRE(shrunk.one.schedule.faults.size() == 1);
  CHECK(shrunk.one.schedule.faults.front().id == "broken");
  CHECK(shrunk.one.seed == 0);
  CHECK(shrunk.is_minimal);
  Subject repaired = voice_subject("builtin:voice?fallback=spoken&retries=0");
  CHECK_FALSE(has_failure(repaired.run(shrunk.recording, shrunk.one), silence));
}

TEST_CASE("what is run ahead changes neither the result nor the count of runs", "[explore]") {
  const Case one = parse_case("case.yaml", R"(# seed: 9
ringback: 1
faults:
  - {id: late, where: "model", at: {response: 1}, do: {delay: 300ms}}
  - {id: slow, where: "tool:crm.lookup", at: {call: 1}, do: {delay: 7321ms}}
  - {id: twice, where: "model", at: {response: 2}, do: duplicate_event}
)");
  Subject subject = voice_subject("builtin:voice?timeout=none");
  const Outcome whole = subject.run(recording(), one);
  REQUIRE(!whole.failures.empty());
  const Shrunk alone = shrink(subject, recording(), one, whole.failures.front().signature);
  std::size_t most = 0;
  const auto run_all = [&](std::size_t count, const std::function<Outcome(std::size_t)>& run) {
    most = std::max(most, count);
    std::vector<Outcome> outcomes(count);
    for (std::size_t i = count; i > 0; --i) outcomes[i - 1] = run(i - 1);  // the last one is the first to be done
    return outcomes;
  };
  for (const std::uint64_t jobs : {2, 5}) {
    const Shrunk together =
        shrink(subject, recording(), one, whole.failures.front().signature, {.jobs = jobs, .run_all = run_all});
    CHECK(together.one == alone.one);
    CHECK((together.digest == alone.digest));
    CHECK(together.runs == alone.runs);
    CHECK(together.steps == alone.steps);
    CHECK(together.recording.events == alone.recording.events);
    CHECK(most == jobs);
  }
}

TEST_CASE("a budget of runs is kept, and the best so far still fails", "[explore]") {
  const Case one = parse_case("case.yaml", R"(# seed: 9
ringback: 1
faults:
  - {id: late, where: "model", at: {response: 1}, do: {delay: 300ms}}
  - {id: broken, where: "tool:crm.lookup", do: malformed}
)");
  Subject subject = voice_subject();
  const Signature silence{
      .property = "dead_air", .channel = "tool:crm.lookup", .operation = "call", .cause = "malformed answer"};
  for (const std::uint64_t runs : {1, 2, 4}) {
    const Shrunk shrunk = shrink(subject, recording(), one, silence, {.runs = runs});
    CHECK(shrunk.runs <= runs);
    CHECK_FALSE(shrunk.is_minimal);
    CHECK(shrunk.steps.back() == "the budget was spent");
    CHECK(has_failure(subject.run(shrunk.recording, shrunk.one), silence));
  }
}

TEST_CASE("every tool fault at every call is tried, with every reaction where there is one", "[explore]") {
  const auto exhaust = [](const char* agent, std::vector<std::string> only) {
    Subject subject = voice_subject(agent);
    const Generator generator(recording(), sites_of(subject), {.mutates = false, .only = std::move(only)});
    Exhaustion all(generator, {.faults = 1});
    while (!all.is_over()) {
      std::vector<Outcome> outcomes;
      for (const Case& one : all.next_round()) outcomes.push_back(subject.run(recording(), one));
      all.take(outcomes);
    }
    CHECK(all.taken() + all.pruned() == all.faults() * kReactions.size());
    return all;
  };
  const Exhaustion fragile = exhaust("builtin:voice", {"malformed", "status", "timeout"});
  CHECK(fragile.faults() == 8);  // one call; alone and with all behind it; two statuses
  CHECK(fragile.anchors() == 2);
  CHECK(fragile.pruned() > 0);
  CHECK(fragile.counts().contains(
      {.property = "dead_air", .channel = "tool:crm.lookup", .operation = "call", .cause = "malformed answer"}));
  const Exhaustion repaired = exhaust("builtin:voice?retries=0&timeout=1s&fallback=spoken", {"malformed"});
  for (const Find& find : repaired.finds()) CHECK(find.one.reaction != Reaction::apologise);
}

TEST_CASE("pairs of faults are all of them, each once", "[explore]") {
  Subject subject = voice_subject();
  const Generator generator(recording(), sites_of(subject), {.mutates = false, .only = {"status", "malformed"}});
  Exhaustion all(generator, {.faults = 2, .varies_reaction = false});
  const std::size_t count = all.faults();
  std::set<std::string> seen;
  while (!all.is_over()) {
    const std::vector<Case> round = all.next_round();
    for (const Case& one : round) {
      CHECK(one.schedule.faults.size() == 2);
      CHECK(seen.insert(to_text(one)).second);
    }
    all.take(std::vector<Outcome>(round.size(), Outcome{.fired = {0, 0}}));
  }
  CHECK(seen.size() == count * (count - 1) / 2);
}

TEST_CASE("a failure that is not there cannot be shrunk", "[explore]") {
  Subject subject = voice_subject();
  CHECK_THROWS_AS(shrink(subject, recording(), {}, {.property = "dead_air"}), Error);
}

TEST_CASE("a repro that is not whole is refused with its key", "[repro]") {
  Subject subject = voice_subject();
  const Repro repro{.recording = recording(),
                    .agent = "builtin:voice",
                    .expectations = default_expectations(),
                    .failure = {.property = "dead_air"},
                    .made_by = "ringback test"};
  const trace::Trace whole = stored(repro);
  CHECK_FALSE(is_repro(recording()));
  CHECK_THROWS_AS(read_repro("a.rbt", recording()), Error);
  CHECK(read_repro("a.rbt", whole).recording.metadata == recording().metadata);
  for (const auto& [key, value] : std::map<std::string, std::string>{{"repro.case", "ringback: 2"},
                                                                     {"repro.digest", "12"},
                                                                     {"repro.failure", "dead_air"},
                                                                     {"repro.expect", "nothing"},
                                                                     {"repro.caller", "backwards"},
                                                                     {"repro.command", "node agent.mjs"},
                                                                     {"repro.certificate", "f"}}) {
    trace::Trace broken = whole;
    broken.metadata[key] = value;
    try {
      read_repro("a.rbt", broken);
      FAIL("a broken " << key << " was taken");
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("a.rbt: " + key) == 0);
    }
  }
}

}  // namespace ringback::sim
