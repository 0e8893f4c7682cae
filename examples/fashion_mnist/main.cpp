// SPDX-License-Identifier: MIT
// Trains a small convolutional network on Fashion-MNIST, all batch normalisation by normforge, and tests it.
// Exit status: 0, 1 for a failure while running, 2 for wrong arguments or data files.
#include "examples/fashion_mnist/train.h"

#include <CLI/CLI.hpp>
#include <cblas.h>
#include <normforge/normforge.hpp>

#include <chrono>
#include <cstdio>
#include <exception>

namespace {

constexpr int kMaxThreads = 1024;
constexpr int kTrainingImages = 60000;

struct Options {
    std::string data = "/usr/share/datasets/fashion-mnist";
    int epochs = 3;
    int batch = 100;
    int threads = 0;
    std::uint32_t seed = 1;
    int train_limit = kTrainingImages;
};

void declare(CLI::App &app, Options &options) {
    app.add_option("--data", options.data, "directory of the four .gz files")->capture_default_str();
    app.add_option("--epochs", options.epochs, "times to go through the training images")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--batch", options.batch, "images per step")->check(CLI::Range(2, 1000))->capture_default_str();
    app.add_option("--threads", options.threads, "threads of normforge; 0: as many as CPUs")
        ->check(CLI::Range(0, kMaxThreads))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "seed of the weights and of the order of images")->capture_default_str();
    app.add_option("--train-limit", options.train_limit, "train with the first so many images only")
        ->check(CLI::Range(1, kTrainingImages))
        ->capture_default_str();
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void report_time(const Network &network, double total) {
    for (const auto &[kind, seconds] : network.seconds()) {
        std::printf("time in %s: %.1f s, %.1f %% of %.1f s\n", kind.c_str(), seconds, 100.0 * seconds / total, total);
    }
}

void run(const Options &options) {
    normforge::check(nf_set_threads(options.threads));
    // One image's matrix product is too small to share: a second thread saves a fifth of its time on an idle machine and
    // adds half to it on a busy one. So only normforge uses threads; it never changes bits, so no result depends on them.
    openblas_set_num_threads(1);

    Dataset training = load_training_set(options.data);
    const Dataset testing = load_test_set(options.data);
    training.count = options.train_limit;

    const auto start = std::chrono::steady_clock::now();
    Network network(options.batch, options.seed);
    std::printf("%d training images, batches of %d, %d threads, normforge %s\n", training.count, options.batch, nf_threads(),
                nf_version());
    train(network, training, {options.epochs, options.batch, options.seed}, [&](int epoch, double loss) {
        std::printf("epoch %d: loss %.4f, %.1f s\n", epoch, loss, seconds_since(start));
        std::fflush(stdout);
    });
    std::printf("test accuracy: %.2f %%\n", 100.0 * test(network, testing, options.batch));

    report_time(network, seconds_since(start));
    for (const std::string &variant : network.variants()) std::printf("variant: %s\n", variant.c_str());
}

} // namespace

int main(int argc, char **argv) {
    Options options;
    CLI::App app{"Trains a network on Fashion-MNIST with normforge's batch normalisation."};
    declare(app, options);
    try {
        app.parse(argc, argv);
        if (options.train_limit < options.batch) {
            throw CLI::ValidationError("--train-limit", "is below --batch: not one batch can be filled");
        }
        run(options);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const DataError &error) {
        std::fprintf(stderr, "fashion_mnist: %s\n", error.what());
        return 2;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "fashion_mnist: %s\n", error.what());
        return 1;
    }
    return 0;
}
