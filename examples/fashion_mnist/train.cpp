// SPDX-License-Identifier: MIT
#include "examples/fashion_mnist/train.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kPeakRate = 0.1; // largest learning rate, for kPeakRateBatch images per step
constexpr double kPeakRateBatch = 100.0;
constexpr double kWarmUp = 0.15; // share of all steps

/// Learning rate: a straight line up to the peak, then half a cosine down to zero. `progress` is 0 to 1.
double learning_rate(double progress, int batch_size) {
    const double peak = kPeakRate * batch_size / kPeakRateBatch;
    if (progress < kWarmUp) return peak * progress / kWarmUp;
    return peak * 0.5 * (1.0 + std::cos(kPi * (progress - kWarmUp) / (1.0 - kWarmUp)));
}

/// Fills the batch with the images order[first], order[first + 1], ...; as many as there are.
int fill(Batch &batch, const Dataset &set, const std::vector<int> &order, int first) {
    const int count = std::min(batch.images.shape().n, static_cast<int>(order.size()) - first);
    for (int n = 0; n < count; ++n) {
        const int index = order[static_cast<std::size_t>(first) + n];
        set.read_image(index, batch.images.image(n));
        batch.labels[n] = set.labels[index];
    }
    return count;
}

std::vector<int> in_order(const Dataset &set) {
    std::vector<int> order(set.count);
    std::iota(order.begin(), order.end(), 0);
    return order;
}

} // namespace

void train(Network &network, const Dataset &set, const Schedule &schedule, const std::function<void(int, double)> &report) {
    std::mt19937 random(schedule.seed);
    std::vector<int> order = in_order(set);
    Batch batch(schedule.batch_size);
    const int steps = set.count / schedule.batch_size; // per epoch
    for (int epoch = 0; epoch < schedule.epochs; ++epoch) {
        std::shuffle(order.begin(), order.end(), random);
        double loss = 0.0;
        for (int step = 0; step < steps; ++step) {
            fill(batch, set, order, step * schedule.batch_size);
            const double progress = (epoch + (step + 0.5) / steps) / schedule.epochs;
            loss += network.train(batch, static_cast<float>(learning_rate(progress, schedule.batch_size)));
        }
        report(epoch + 1, loss / steps);
    }
}

double test(Network &network, const Dataset &set, int batch_size) {
    const std::vector<int> order = in_order(set);
    Batch batch(batch_size);
    int right = 0;
    for (int first = 0; first < set.count; first += batch_size) {
        right += network.classify(batch, fill(batch, set, order, first));
    }
    return static_cast<double>(right) / set.count;
}
