// SPDX-License-Identifier: MIT
// Reads IDX files: a big-endian header (magic number, extents), then one byte per element. The header is compared with what
// Fashion-MNIST must say before anything is allocated, the content with the header, and zlib checks the checksum.
#include "examples/fashion_mnist/dataset.h"

#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace {

constexpr std::uint32_t kImageMagic = 0x803; // unsigned bytes, three extents
constexpr std::uint32_t kLabelMagic = 0x801; // unsigned bytes, one extent

// Of all training pixels, as a share of 255.
constexpr float kPixelMean = 0.2860F;
constexpr float kPixelDeviation = 0.3530F;

struct CloseGzip {
    void operator()(gzFile_s *file) const { gzclose(file); }
};

class IdxFile {
public:
    explicit IdxFile(std::string path) : path_(std::move(path)) {
        errno = 0;
        file_.reset(gzopen(path_.c_str(), "rb"));
        if (!file_) fail(std::string("cannot be opened (") + std::strerror(errno) + ")", "a gzip-compressed IDX file");
    }

    [[noreturn]] void fail(const std::string &found, const std::string &expected) const {
        throw DataError(path_ + ": " + found + "; expected " + expected);
    }

    void expect_number(const char *what, std::uint32_t expected) {
        std::array<std::uint8_t, 4> bytes{};
        read(bytes.data(), bytes.size(), std::string("the header field '") + what + "'");
        const std::uint32_t found = std::uint32_t{bytes[0]} << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
        if (found != expected) fail(std::string(what) + " is " + std::to_string(found), std::to_string(expected));
    }

    std::vector<std::uint8_t> read_rest(std::size_t size) {
        std::vector<std::uint8_t> bytes(size);
        read(bytes.data(), size, std::to_string(size) + " bytes after the header");
        // Reading past the end also makes zlib compare the checksum.
        std::uint8_t extra = 0;
        if (read_some(&extra, 1) != 0) fail("has bytes after its last element", std::to_string(size) + " after the header");
        return bytes;
    }

private:
    void read(std::uint8_t *to, std::size_t size, const std::string &expected) {
        const std::size_t got = read_some(to, size);
        if (got != size) fail("ends after " + std::to_string(got) + " of " + std::to_string(size) + " bytes", expected);
    }

    std::size_t read_some(std::uint8_t *to, std::size_t size) {
        const int got = gzread(file_.get(), to, static_cast<unsigned>(size));
        int status = Z_OK;
        std::string text = gzerror(file_.get(), &status); // zlib begins it with the path
        if (text.rfind(path_ + ": ", 0) == 0) text.erase(0, path_.size() + 2);
        if (status == Z_BUF_ERROR) fail("the gzip stream is cut off", "a complete gzip stream");
        if (got < 0) fail("cannot be read (zlib: " + text + ")", "a valid gzip stream");
        return static_cast<std::size_t>(got);
    }

    std::string path_;
    std::unique_ptr<gzFile_s, CloseGzip> file_;
};

Dataset load(const std::string &prefix, int count) {
    Dataset set;
    set.count = count;

    IdxFile images(prefix + "-images-idx3-ubyte.gz");
    images.expect_number("magic number", kImageMagic);
    images.expect_number("number of images", static_cast<std::uint32_t>(count));
    images.expect_number("rows per image", kImageSide);
    images.expect_number("columns per image", kImageSide);
    set.pixels = images.read_rest(static_cast<std::size_t>(count) * kPixels);

    IdxFile labels(prefix + "-labels-idx1-ubyte.gz");
    labels.expect_number("magic number", kLabelMagic);
    labels.expect_number("number of labels", static_cast<std::uint32_t>(count));
    set.labels = labels.read_rest(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < set.labels.size(); ++i) {
        if (set.labels[i] < kClasses) continue;
        labels.fail("label " + std::to_string(i) + " is " + std::to_string(set.labels[i]),
                    "0 to " + std::to_string(kClasses - 1));
    }
    return set;
}

} // namespace

void Dataset::read_image(int index, float *out) const {
    const std::uint8_t *image = &pixels[static_cast<std::size_t>(index) * kPixels];
    for (int i = 0; i < kPixels; ++i) {
        out[i] = (static_cast<float>(image[i]) / 255.0F - kPixelMean) / kPixelDeviation;
    }
}

Dataset load_training_set(const std::string &directory) {
    return load(directory + "/train", 60000);
}

Dataset load_test_set(const std::string &directory) {
    return load(directory + "/t10k", 10000);
}
