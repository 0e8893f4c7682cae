// SPDX-License-Identifier: MIT
// Epochs of training, and the test after them.
#ifndef EXAMPLES_FASHION_MNIST_TRAIN_H
#define EXAMPLES_FASHION_MNIST_TRAIN_H

#include "examples/fashion_mnist/dataset.h"
#include "examples/fashion_mnist/network.h"

#include <cstdint>
#include <functional>

struct Schedule {
    int epochs;
    int batch_size;
    std::uint32_t seed; // of the order in which images come
};

/// Trains on the set; images that do not fill a last batch wait for the next epoch's order. After each epoch calls
/// report(epoch, mean loss).
void train(Network &network, const Dataset &set, const Schedule &schedule, const std::function<void(int, double)> &report);

/// Share of the set that the network classifies rightly, 0 to 1.
double test(Network &network, const Dataset &set, int batch_size);

#endif
