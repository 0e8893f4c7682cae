// SPDX-License-Identifier: MIT
// Puts the competitors of one problem together, makes sure that they agree, and times them.
#include "tools/normforge/bench/run_case.h"

#include "runtime/names.h"
#include "runtime/ops.h"
#include "tools/normforge/bench/agreement.h"

#include <fmt/format.h>
#include <stdexcept>

namespace normforge::bench {

namespace {

using Competitors = std::vector<std::unique_ptr<Competitor>>;

void append(std::string &note, const std::string &text) {
    note += (note.empty() ? "" : "; ") + text;
}

/// All competitors of one number of threads.
class Field {
public:
    Field(const Problem &problem, const Operands &operands, int threads, const std::vector<Peer> &peers)
        : operands_(operands),
          threads_(threads),
          ours_(make_ours(problem, operands, threads)),
          // The variant that ran, not the one planned: the stores follow the alignment of the output.
          floor_(make_floor(problem, operands, ours_->implementation(), threads)) {
        add_peers(problem, peers);
        if (floor_) touch(*floor_, operands.slots());
        for (auto *list : {&peers_, &information_}) {
            for (const auto &one : *list) touch(*one, operands.slots());
        }
    }

    /// Times of all.
    void run(bool cold, const Rounds &rounds, Case &result) const {
        const auto baseline = make_baseline(operands_, threads_, cold || !operands_.fits_cache());
        std::vector<Competitor *> order = {ours_.get(), baseline.get()};
        if (floor_) order.push_back(floor_.get());
        order.push_back(ours_.get());
        for (const auto *list : {&peers_, &information_}) {
            for (const auto &one : *list) order.push_back(one.get());
        }
        touch(*baseline, 1);
        auto series = measure(order, cold ? operands_.slots() : 1, rounds);

        auto next = series.begin();
        result.ours = std::move(*next++);
        result.baseline = std::move(*next++);
        if (floor_) result.floor = std::move(*next++);
        result.ours_again = std::move(*next++);
        result.note = note_;
        for (size_t i = 0; i < peers_.size(); i++) add_if_measured(std::move(*next++), result.peers, result.note);
        for (size_t i = 0; i < information_.size(); i++)
            add_if_measured(std::move(*next++), result.information, result.note);
        for (const Series *one : {&result.ours, &result.ours_again, &result.baseline}) require_measured(*one);
        if (result.has_floor()) require_measured(result.floor);
    }

private:
    void add_peers(const Problem &problem, const std::vector<Peer> &peers) {
        const nf_epilogue activation = activation_of(problem.description.epilogue);
        std::unique_ptr<Agreement> agreement;
        for (const auto &peer : peers) {
            std::string why_not;
            if (peer.only_relu && activation > NF_EPILOGUE_RELU) {
                append(note_, fmt::format("{} is measured without activation or with relu only", peer.name));
                continue;
            }
            auto made = peer.make(problem, operands_, threads_, why_not);
            if (!made) {
                append(note_, why_not);
                continue;
            }
            if (!agreement) agreement = std::make_unique<Agreement>(*ours_, problem, operands_);
            if (const int64_t count = agreement->require(*made); count > 0)
                append(note_, fmt::format("{} gradients of {} at ReLU's edge differ", count, peer.name));
            peers_.push_back(std::move(made));
            auto native = peer.make_native ? peer.make_native(problem, operands_, threads_) : nullptr;
            if (native) information_.push_back(std::move(native));
        }
    }

    static void add_if_measured(Series series, std::vector<Series> &list, std::string &note) {
        if (series.milliseconds.empty()) {
            append(note, fmt::format("{}: every timed call took page faults", series.name));
        } else {
            list.push_back(std::move(series));
        }
    }

    static void require_measured(const Series &series) {
        if (series.milliseconds.empty())
            throw std::runtime_error(fmt::format("no timed call of {} without page faults; nothing counts", series.name));
    }

    const Operands &operands_;
    int threads_;
    std::unique_ptr<Competitor> ours_, floor_;
    Competitors peers_, information_;
    std::string note_;
};

} // namespace

void run_cases(const Problem &problem, const CaseOptions &options, const std::function<void(const Case &)> &report) {
    const Operands operands(problem, options.cache_bytes, options.cold);
    Case result;
    result.problem = to_string(problem);
    result.op = name_of(problem.description.op);
    result.dtype = name_of(problem.description.x.dtype);
    result.layout = problem.layout;
    result.epilogue = name_of(problem.description.epilogue);
    result.traffic_bytes = operands.geometry().traffic_bytes;
    for (const int threads : options.threads) {
        const Field field(problem, operands, threads, options.peers);
        for (const bool cold : {true, false}) {
            if (!(cold ? options.cold : options.warm)) continue;
            Case one = result;
            one.threads = threads;
            one.cold = cold;
            one.slots = cold ? operands.slots() : 1;
            one.exceeds_cache = cold && operands.exceeds_cache();
            field.run(cold, options.rounds, one);
            report(one);
        }
    }
}

} // namespace normforge::bench
