// SPDX-License-Identifier: MIT
// Fashion-MNIST as Debian's package dataset-fashion-mnist installs it: four gzip-compressed IDX files.
#ifndef EXAMPLES_FASHION_MNIST_DATASET_H
#define EXAMPLES_FASHION_MNIST_DATASET_H

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

constexpr int kImageSide = 28; // pixels
constexpr int kPixels = kImageSide * kImageSide;
constexpr int kClasses = 10;

/// A data file is missing or damaged; the text names the file, what was found and what was expected.
struct DataError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Dataset {
    int count = 0;
    std::vector<std::uint8_t> pixels; // [count][kPixels], 0 white to 255 black
    std::vector<std::uint8_t> labels; // [count], below kClasses

    /// Writes image `index` to `out` as kPixels floats of about zero mean and unit variance.
    void read_image(int index, float *out) const;
};

/// 60,000 images.
Dataset load_training_set(const std::string &directory);

/// 10,000 images.
Dataset load_test_set(const std::string &directory);

#endif
