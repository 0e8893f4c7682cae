// SPDX-License-Identifier: MIT
// Strategies that learn nothing: all candidates in an order that is fixed beforehand.
#include "tools/normforge/tune/search/strategy.h"
#include "tools/normforge/tune/search/untried.h"

#include <numeric>
#include <random>

namespace normforge {

namespace {

class InOrder : public Strategy {
public:
    InOrder(const Space &space, std::vector<size_t> order) : space_(space), untried_(space), order_(std::move(order)) {}

    std::optional<Point> next() override {
        while (at_ < order_.size() && !untried_.contains(order_[at_])) at_++;
        if (at_ == order_.size()) return std::nullopt;
        untried_.take(order_[at_]);
        return space_.points()[order_[at_]];
    }

    void tell(const Observation &observation) override { untried_.take(untried_.index_of(observation.point)); }

private:
    const Space &space_;
    Untried untried_;
    std::vector<size_t> order_;
    size_t at_ = 0;
};

std::vector<size_t> ascending(const Space &space) {
    std::vector<size_t> order(space.size());
    std::iota(order.begin(), order.end(), size_t{0});
    return order;
}

} // namespace

std::unique_ptr<Strategy> make_exhaustive(const Space &space) {
    return std::make_unique<InOrder>(space, ascending(space));
}

std::unique_ptr<Strategy> make_random(const Space &space, uint64_t seed) {
    std::vector<size_t> order = ascending(space);
    std::mt19937_64 random(seed);
    // Not std::shuffle, whose order differs between standard libraries. The remainder's bias is below 1e-16.
    for (size_t i = order.size(); i > 1; i--) std::swap(order[i - 1], order[random() % i]);
    return std::make_unique<InOrder>(space, order);
}

} // namespace normforge
