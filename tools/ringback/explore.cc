#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/explore/campaign.h"
#include "sim/explore/exhaust.h"
#include "sim/explore/repro.h"
#include "src/base/error.h"
#include "src/host/file.h"
#include "src/wire/json_text.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/finds.h"
#include "tools/ringback/search.h"
#include "tools/ringback/trace_file.h"
#include "tools/ringback/worker_pool.h"

namespace ringback::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kCasesInProcess = 5'000;
constexpr std::uint64_t kCasesOfChild = 200;
constexpr std::uint64_t kCasesMax = 100'000'000;
constexpr std::uint64_t kCorpusFilesMax = 100'000;

volatile std::sig_atomic_t interrupted = 0;
void note_interrupt(int) { interrupted = 1; }

// Ctrl-C ends the campaign after its round; what was found is kept.
class InterruptGuard {
 public:
  InterruptGuard() : former_(std::signal(SIGINT, note_interrupt)) { interrupted = 0; }
  ~InterruptGuard() { std::signal(SIGINT, former_); }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  void (*former_)(int);
};

// "I/N".
void parse_shard(const std::string& text, sim::CampaignOptions& options) {
  const std::size_t slash = text.find('/');
  const auto number = [](const std::string& word) -> std::uint64_t {
    if (word.empty() || word.size() > 6 || word.find_first_not_of("0123456789") != std::string::npos) return 0;
    return std::stoull(word);
  };
  if (slash != std::string::npos) {
    options.shard = number(text.substr(0, slash));
    options.shards = number(text.substr(slash + 1));
  }
  if (slash == std::string::npos || options.shard == 0 || options.shard > options.shards) {
    fail("--shard: expected I/N with I from 1 to N, such as 2/8, found '{}'", text.substr(0, 40));
  }
}

// Cases a second, of a command less than one.
std::string rate_text(std::uint64_t cases, double seconds) {
  const double rate = static_cast<double>(cases) / std::max(seconds, 1e-9);
  return rate < 10 ? fmt::format("{:.1f}", rate) : fmt::format("{:.0f}", rate);
}

constexpr std::string_view kExamples =
    "Examples:\n"
    "  ringback explore call.rbt --agent builtin:voice --expect call.yaml --cases 1000 -o found\n"
    "      draws 1,000 cases; every failure that is of its own kind becomes a repro in found/\n"
    "  ringback explore call.rbt --agent builtin:voice --only tool --shard 2/8 --seed 7 -o found-2\n"
    "      tool faults alone, the second of eight campaigns, each with a seed of its own\n"
    "  ringback explore call.rbt --agent builtin:voice --only tool --exhaust 1 -o all\n"
    "      every single tool fault at every call, with every reaction of the model\n"
    "  ringback explore --merge found-1 found-2 -o found\n"
    "      joins what several campaigns found\n";

class Explore final : public Command {
 public:
  const char* name() const override { return "explore"; }
  const char* summary() const override { return "search for the faults that break an agent"; }
  const char* examples() const override { return kExamples.data(); }

  void declare(Arguments& arguments) override {
    arguments.optional_many("TRACE", traces_, "the recording; with --merge, more folders");
    declare_agent(arguments, options_.agent);
    arguments.option("--expect", "FILE", options_.expect,
                     "the properties that a case must break, instead of the defaults");
    arguments.option("--faults", "FILE", options_.faults, "an overlay that is under every case");
    arguments.option("--caller", "MODE", options_.caller, "as for replay");
    arguments.option("--cases", "N", cases_, "how many to run (default 5000, of a command 200)");
    arguments.option("--seed", "N", seed_, "of the campaign (default 0)");
    arguments.option("--jobs", "N", jobs_, "worker processes (default 1); the result does not depend on them");
    arguments.option("--shard", "I/N", shard_, "one of N campaigns with seeds of their own");
    arguments.option("--for", "SECONDS", seconds_, "end after the round in which this time is over (default: none)");
    arguments.option("--only", "WORD", only_,
                     "draw only this action, family, mutation or channel; may be written several times");
    arguments.option("--exhaust", "N", exhaust_,
                     "instead of drawing: every fault (1), or every pair (2), at every place, with every reaction");
    arguments.flag("--no-swarm", no_swarm_, "every kind of fault with the same weight in every case");
    arguments.flag("--no-feedback", no_feedback_, "draw every case afresh");
    arguments.flag("--no-mutations", no_mutations_, "faults and reactions alone; the recording stays as it is");
    arguments.option("--merge", "DIR", merge_, "join the finds of these campaigns instead of running one");
    arguments.required_option("-o,--output", "DIR", output_,
                              "where finds and corpus go; a corpus that is there is used");
    arguments.flag("--json", json_, "the result as one JSON object");
  }

  ExitCode run(Context& context) override {
    if (!merge_.empty()) return merge(context);
    if (traces_.size() != 1) fail("explore: expected one TRACE, found {}", traces_.size());
    options_.trace = traces_.front();
    if (cases_ == 0) cases_ = options_.agent.command.empty() ? kCasesInProcess : kCasesOfChild;
    if (cases_ > kCasesMax) fail("--cases: expected 1 to {}, found {}", kCasesMax, cases_);
    if (exhaust_ > 2) fail("--exhaust: expected 1 or 2, found {}", exhaust_);
    if (jobs_ == 0 || jobs_ > kJobsMax) fail("--jobs: expected 1 to {}, found {}", kJobsMax, jobs_);
    sim::CampaignOptions campaign_options{.seed = seed_, .cases = cases_, .feedback = !no_feedback_};
    if (shard_) parse_shard(*shard_, campaign_options);
    context.about = fmt::format("trace {}, seed {}", options_.trace, seed_);
    const SearchInput input = read_search(options_, context);
    const std::unique_ptr<sim::Subject> subject = make_subject(input, context.agents);

    const sim::Tape tape(input.recording);
    const sim::RunResult baseline = subject->replay(tape, {});
    note_baseline(sim::outcome_of(baseline, input.expectations, {}, input.base.faults.size()), context);
    const sim::Generator generator(input.recording, sim::find_sites(baseline.run),
                                   {.swarm = !no_swarm_,
                                    .mutates = !no_mutations_,
                                    .strikes_process = !options_.agent.command.empty(),
                                    .has_work_cost = options_.agent.cpu.has_value(),
                                    .only = only_});
    make_folders();
    if (exhaust_ != 0) return exhaust(generator, input, tape, *subject, context);
    sim::Campaign campaign(generator, campaign_options);
    const std::uint64_t reused = read_corpus(campaign);

    const auto begin = Clock::now();
    run_rounds(campaign, cases_, tape, *subject, begin, context);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    const std::vector<JudgedFind> finds = judge(campaign, input, tape, *subject);
    write_corpus(campaign, reused);
    report(campaign, finds, seconds, context);
    return finds.empty() ? ExitCode::holds : ExitCode::does_not_hold;
  }

 private:
  // What fails without any fault of a case is told, and is no find: the search would only come back with it.
  void note_baseline(const sim::Outcome& outcome, Context& context) {
    for (const sim::Failure& failure : outcome.failures) {
      context.error.write(fmt::format("ringback: without any fault the run fails already: {} ({})\n",
                                      sim::to_text(failure.signature), failure.finding));
      fails_already_.insert(failure.signature);
    }
  }

  void make_folders() const {
    std::error_code error;
    fs::create_directories(fs::path(output_) / "corpus", error);
    if (error) fail("{}: expected a folder that can be written, found: {}", output_, error.message());
  }

  // In order of their names, so the same folder gives the same campaign.
  std::uint64_t read_corpus(sim::Campaign& campaign) const {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(fs::path(output_) / "corpus")) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    if (files.size() > kCorpusFilesMax)
      fail("{}: expected at most {} cases, found {}", output_, kCorpusFilesMax, files.size());
    for (const std::string& file : files) campaign.seed_corpus(sim::parse_case(file, host::read_whole(file)));
    return files.size();
  }

  void write_corpus(const sim::Campaign& campaign, std::uint64_t reused) const {
    const std::vector<sim::Case>& corpus = campaign.corpus();
    for (std::uint64_t i = reused; i < corpus.size(); ++i) {
      host::FileSink sink((fs::path(output_) / "corpus" / fmt::format("{:06}.yaml", i + 1)).string());
      sink.write(sim::to_text(corpus[i]));
      sink.finish();
    }
  }

  // `search` is a Campaign or an Exhaustion.
  template <class Search>
  void run_rounds(Search& search, std::uint64_t cases, const sim::Tape& tape, const sim::Subject& subject,
                  Clock::time_point begin, Context& context) const {
    const InterruptGuard guard;
    const auto run = [&](const sim::Case& one) { return subject.run(tape, one, sim::RunDigest::left_out); };
    while (!search.is_over() && interrupted == 0) {
      search.take(run_cases(search.next_round(), jobs_, run));
      const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      if (context.progress) {
        context.error.write(fmt::format("\r{} of {} cases, {} a second, {} kinds of failure ", search.taken(), cases,
                                        rate_text(search.taken(), seconds), search.finds().size()));
        context.error.flush();
      }
      if (seconds_ != 0 && seconds >= static_cast<double>(seconds_)) break;
    }
    if (context.progress) context.error.write("\n");
  }

  struct Again {
    Trust trust = Trust::stable;
    Digest digest;
  };
  // The find's case is run twice more.
  static Again run_again(const sim::Find& find, const sim::Tape& tape, const sim::Subject& subject) {
    if (find.is_tainted) return {.trust = Trust::tainted, .digest = {}};
    const sim::Outcome second = subject.run(tape, find.one);
    const sim::Outcome third = subject.run(tape, find.one);
    const bool is_same = second.chain == find.chain && third.chain == find.chain && second.digest == third.digest;
    return {.trust = is_same ? Trust::stable : Trust::differs, .digest = second.digest};
  }

  // Stores what comes out the same. One case can have several finds: it is run again for the first of them.
  template <class Search>
  std::vector<JudgedFind> judge(const Search& search, const SearchInput& input, const sim::Tape& tape,
                                const sim::Subject& subject) const {
    std::vector<JudgedFind> finds;
    std::map<std::uint64_t, Again> known;
    for (const sim::Find& find : search.finds()) {
      if (fails_already_.contains(find.failure.signature)) continue;
      if (!known.contains(find.number)) known[find.number] = run_again(find, tape, subject);
      const Again& again = known[find.number];
      JudgedFind judged{
          .find = find, .cases = search.counts().at(find.failure.signature), .trust = again.trust, .file = {}};
      if (judged.trust == Trust::stable) {
        judged.file = (fs::path(output_) / (file_name_of(find.failure.signature) + ".rbt")).string();
        store_trace(sim::stored(repro_of(input, find.one, find.failure, again.digest)), judged.file);
      }
      finds.push_back(std::move(judged));
    }
    return finds;
  }

  void report(const sim::Campaign& campaign, const std::vector<JudgedFind>& finds, double seconds,
              Context& context) const {
    if (json_) {
      context.out.write(json_of(campaign, finds, seconds));
      return;
    }
    context.out.write(fmt::format("{} cases in {:.1f} s ({} a second), seed {}, {} features, {} cases kept\n",
                                  campaign.taken(), seconds, rate_text(campaign.taken(), seconds), seed_,
                                  campaign.features(), campaign.corpus().size()));
    if (interrupted != 0) context.out.write("interrupted: this is the beginning of the campaign\n");
    if (finds.empty()) context.out.write("no case broke a property\n");
    context.out.write(finds_text(finds, context.program));
  }

  // --- every fault ---

  ExitCode exhaust(const sim::Generator& generator, const SearchInput& input, const sim::Tape& tape,
                   const sim::Subject& subject, Context& context) const {
    sim::Exhaustion all(generator, {.faults = exhaust_});
    const auto begin = Clock::now();
    run_rounds(all, all.cases(), tape, subject, begin, context);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    const std::vector<JudgedFind> finds = judge(all, input, tape, subject);
    if (json_) {
      context.out.write(json_of(all, finds, seconds));
      return finds.empty() ? ExitCode::holds : ExitCode::does_not_hold;
    }
    context.out.write(fmt::format("{} runs in {:.1f} s; {} left out because they would have been equal\n", all.taken(),
                                  seconds, all.pruned()));
    const std::string what = exhaust_ == 1 ? "single fault" : "pair of faults";
    if (!all.is_over()) {
      context.out.write(fmt::format("ended before all {} were tried: this proves nothing\n", all.cases()));
    } else if (finds.empty()) {
      context.out.write(fmt::format("no {} at {} places ({} faults), with {} model reactions, breaks {}\n", what,
                                    all.anchors(), all.faults(), sim::kReactions.size(), properties_of(input)));
    } else {
      context.out.write(
          fmt::format("every {} at {} places ({} faults) was tried, with {} model reactions; these break\n", what,
                      all.anchors(), all.faults(), sim::kReactions.size()));
    }
    context.out.write(finds_text(finds, context.program));
    return finds.empty() ? ExitCode::holds : ExitCode::does_not_hold;
  }

  static std::string properties_of(const SearchInput& input) {
    std::vector<std::string> names;
    for (const sim::Property& property : input.expectations.properties) {
      names.push_back(fmt::format("{} {}", sim::name_of(property), sim::to_text(property)));
    }
    return fmt::format("{}", fmt::join(names, " or "));
  }

  template <class Search>
  std::string json_of(const Search& search, const std::vector<JudgedFind>& finds, double seconds) const {
    wire::JsonObject object;
    object.number("cases", static_cast<std::int64_t>(search.taken()))
        .raw("over", search.is_over() ? "true" : "false")
        .raw("seconds", fmt::format("{:.3f}", seconds))
        .number("seed", static_cast<std::int64_t>(seed_))
        .raw("finds", finds_json(finds));
    return std::move(object).finish() + "\n";
  }

  // Of each signature the repro of the first folder that has it.
  ExitCode merge(Context& context) {
    // `--merge A B` is A of the option and B of the arguments.
    merge_.insert(merge_.end(), traces_.begin(), traces_.end());
    make_folders();
    std::uint64_t repros = 0;
    std::uint64_t cases = 0;
    for (const std::string& folder : merge_) {
      if (!fs::is_directory(folder)) fail("--merge: expected a folder of a campaign, found '{}'", folder);
      std::vector<fs::path> files;
      for (const auto& entry : fs::recursive_directory_iterator(folder)) files.push_back(entry.path());
      std::sort(files.begin(), files.end());
      for (const fs::path& file : files) {
        if (file.extension() == ".rbt") repros += copy_new(file, fs::path(output_) / file.filename()) ? 1 : 0;
        if (file.extension() == ".yaml") {
          const sim::Case one = sim::parse_case(file.string(), host::read_whole(file.string()));
          const std::string name = fmt::format("{:016x}.yaml", hash64(sim::to_text(one)));
          cases += copy_new(file, fs::path(output_) / "corpus" / name) ? 1 : 0;
        }
      }
    }
    context.out.write(fmt::format("{} repros and {} cases came to {}\n", repros, cases, output_));
    return ExitCode::holds;
  }

  static bool copy_new(const fs::path& from, const fs::path& to) {
    std::error_code error;
    const bool copied = fs::copy_file(from, to, fs::copy_options::skip_existing, error);
    if (error) fail("{}: cannot be copied to {}: {}", from.string(), to.string(), error.message());
    return copied;
  }

  SearchOptions options_;
  std::vector<std::string> traces_;
  std::uint64_t cases_ = 0;  // 0: the default
  std::uint64_t seed_ = 0;
  std::uint64_t jobs_ = 1;
  std::uint64_t seconds_ = 0;
  std::uint64_t exhaust_ = 0;
  std::optional<std::string> shard_;
  std::vector<std::string> only_;
  std::vector<std::string> merge_;
  bool no_swarm_ = false;
  bool no_feedback_ = false;
  bool no_mutations_ = false;
  std::string output_;
  bool json_ = false;

  std::set<sim::Signature> fails_already_;
};

}  // namespace

std::unique_ptr<Command> make_explore() { return std::make_unique<Explore>(); }

}  // namespace ringback::cli
