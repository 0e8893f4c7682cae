// SPDX-License-Identifier: MIT
// First-order propagation of roundings through the formulas, see bounds.h and README.md.
#include "tests/conformance/bounds.h"

#include "tests/conformance/run_case.h"
#include "tests/support/measure.h"
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace normforge::conformance {

using reference::Channels;

namespace {

/// Ours, from docs/numerics.md; an ulp is at most 2u.
constexpr double kOurMean = 8;      ///< times u times the largest |x|
constexpr double kOurVariance = 8;  ///< times u times the variance
constexpr double kOurAffine = 10;   ///< times u times S of y
constexpr double kOurSum = 12;      ///< times u times the sum of the terms' magnitudes
constexpr double kOurGradient = 14; ///< times u times S of dx

/// Theirs: roundings of the elementwise steps, the largest count of the formulas in README.md.
constexpr double kTheirVariance = 6;
constexpr double kTheirInvstd = 6;
constexpr double kTheirAffine = 6;
constexpr double kTheirTerm = 4;
constexpr double kTheirGradient = 10;
constexpr double kAdded = 4;   ///< both, of a gradient that is added to
constexpr double kRunning = 8; ///< both; 1 - momentum in f32 is 4u off for momentum = 0.9

/// One channel: the exact values, and how far the two implementations may be apart.
struct Channel {
    double mean, variance, invstd;
    double mean_apart, variance_apart, invstd_apart; ///< the last is relative
    double reach;                                    ///< what mean was made of: the largest |x|, or itself if it is stored
    double gamma, beta;
    double sum = 0, sum_magnitude = 0;         ///< of dz
    double product = 0, product_magnitude = 0; ///< of dz * xhat
    double product_scale = 0;                  ///< of |dz| * invstd * (|x| + reach)
};

/// The operands of a case as the formulas see them, (n, c, s).
class Propagation {
public:
    Propagation(const Case &recorded, const Arrays &old, const Bounds *before)
        : recorded_(recorded),
          old_(old),
          before_(before),
          shape_(recorded.shape()),
          m_(static_cast<double>(shape_.per_channel())),
          depth_(roundings_of_sum(recorded)),
          u_(testing::rounding(arithmetic(recorded))),
          stored_(recorded.type() == arithmetic(recorded) ? 0 : 2 * testing::rounding(recorded.type())),
          parameter_(recorded.parameter_type() == arithmetic(recorded) ? 0 : testing::rounding(recorded.parameter_type())) {
        for (int64_t c = 0; c < shape_.c; ++c) channels_.push_back(channel(c));
        for (const Channel &channel : channels_) {
            statistics(channel);
            bound("gamma_after", 0, 0);
        }
        if (old_.count("running_mean") > 0) running();
        for_each([this](int64_t i, Channel &channel) { forward(i, channel); });
        if (recorded_.gradients.empty()) return;
        for_each([this](int64_t i, Channel &channel) { add_to_sums(i, channel); });
        for (int64_t c = 0; c < shape_.c; ++c) sums(c);
        for_each([this](int64_t i, Channel &channel) { backward(i, channel); });
    }

    Bounds bounds;

private:
    template <typename Body>
    void for_each(Body body) {
        for (int64_t i = 0; i < shape_.count(); ++i) body(i, channels_[i / shape_.s % shape_.c]);
    }

    static nf_dtype arithmetic(const Case &recorded) { return recorded.type() == NF_F64 ? NF_F64 : NF_F32; }

    double input(const char *name, int64_t i, double absent = 0) const {
        const auto found = recorded_.inputs.find(name);
        return found == recorded_.inputs.end() ? absent : found->second[i];
    }

    void bound(const char *output, double allowed, double scale) {
        bounds[output].allowed.push_back(allowed);
        bounds[output].scale.push_back(scale);
    }

    /// A tensor that both sides round to the type of the data.
    void tensor_bound(const char *output, double apart, double scale) {
        bound(output, apart + (stored_ > 0 ? stored_ * scale + testing::ulp(recorded_.type(), 0) : 0), scale);
    }

    /// What was there before, if the gradient is added to it: a rounding of each side, and of what each adds.
    double old_gradient(const char *name, int64_t i) const {
        return requested(recorded_, name) == NF_GRADIENT_ADD ? std::abs(input(name, i)) : 0;
    }

    Channel channel(int64_t c) {
        Channel result{};
        result.gamma = recorded_.affine && !recorded_.fixed_gamma ? input("gamma", c, 1) : 1;
        result.beta = recorded_.affine ? input("beta", c) : 0;
        double magnitude = 0;
        const auto for_each_x = [&](auto body) {
            for (int64_t n = 0; n < shape_.n; ++n) {
                for (int64_t s = 0; s < shape_.s; ++s) body(input("x", (n * shape_.c + c) * shape_.s + s));
            }
        };
        for_each_x([&](double x) {
            result.mean += x / m_;
            magnitude += std::abs(x) / m_;
            result.reach = std::max(result.reach, std::abs(x));
        });
        if (recorded_.stored_statistics) {
            result.mean = old_.at("running_mean")[c];
            result.reach = std::abs(result.mean);
            result.variance = old_.at("running_variance")[c];
        } else {
            for_each_x([&](double x) { result.variance += (x - result.mean) * (x - result.mean) / m_; });
            result.mean_apart = u_ * ((depth_ + 2) * magnitude + kOurMean * result.reach);
            result.variance_apart = u_ * (depth_ + kTheirVariance + kOurVariance) * (result.variance + recorded_.eps) +
                                    result.mean_apart * result.mean_apart;
        }
        if (!recorded_.stored_statistics) result.mean_apart += parameter_ * std::abs(result.mean);
        result.invstd = static_cast<double>(reference::inverse_deviation(result.variance, recorded_.eps));
        result.invstd_apart = result.variance_apart * result.invstd * result.invstd / 2 + kTheirInvstd * u_ + parameter_;
        return result;
    }

    void statistics(const Channel &channel) {
        bound("mean", channel.mean_apart, channel.reach);
        bound("variance", channel.variance_apart, channel.variance + recorded_.eps);
        bound("invstd", channel.invstd_apart * channel.invstd, channel.invstd);
    }

    /// Those that are not updated must stay what they are.
    void running() {
        const bool updated = recorded_.updates > 0;
        const double momentum = std::pow(recorded_.momentum, recorded_.updates), rest = 1 - momentum;
        for (int64_t c = 0; c < shape_.c; ++c) {
            const auto add = [&](const char *name, double reach, double apart) {
                const double scale = momentum * std::abs(old_.at(name)[c]) + rest * reach;
                const double inherited = before_ != nullptr ? momentum * before_->at(name).allowed[c] : 0;
                bound(name, updated ? inherited + rest * apart + kRunning * (u_ + parameter_) * scale : 0, scale);
            };
            add("running_mean", channels_[c].reach, channels_[c].mean_apart);
            add("running_variance", channels_[c].variance, channels_[c].variance_apart);
        }
    }

    static double xhat(double x, const Channel &channel) { return (x - channel.mean) * channel.invstd; }

    /// What |xhat| would be if nothing cancelled in x - mean.
    static double uncancelled(double x, const Channel &channel) { return channel.invstd * (std::abs(x) + channel.reach); }

    void forward(int64_t i, const Channel &channel) {
        const double x = input("x", i), z = xhat(x, channel) * channel.gamma + channel.beta;
        const double scale = std::abs(channel.gamma) * uncancelled(x, channel) + std::abs(channel.beta);
        const double apart = std::abs(channel.gamma * xhat(x, channel)) * channel.invstd_apart +
                             std::abs(channel.gamma) * channel.invstd * channel.mean_apart +
                             (kTheirAffine + kOurAffine) * u_ * scale;
        tensor_bound("y", apart, scale);
        if (recorded_.relu && std::abs(z) <= apart)
            throw std::runtime_error("x[" + std::to_string(i) + "]: pre-activation " + std::to_string(z) +
                                     " is within its bound of 0, relu's mask may differ; record other data");
    }

    double dz(int64_t i, const Channel &channel) const {
        const double z = xhat(input("x", i), channel) * channel.gamma + channel.beta;
        return recorded_.relu && z <= 0 ? 0 : input("dy", i);
    }

    void add_to_sums(int64_t i, Channel &channel) const {
        const double gradient = dz(i, channel), term = gradient * xhat(input("x", i), channel);
        channel.sum += gradient;
        channel.sum_magnitude += std::abs(gradient);
        channel.product += term;
        channel.product_magnitude += std::abs(term);
        channel.product_scale += std::abs(gradient) * uncancelled(input("x", i), channel);
    }

    double sum_apart(const Channel &channel) const { return (depth_ + 2 + kOurSum) * u_ * channel.sum_magnitude; }

    /// A mean that is off shifts every xhat alike, an invstd that is off scales all of them.
    double product_apart(const Channel &channel) const {
        return (depth_ + kTheirTerm + kOurSum) * u_ * channel.product_magnitude +
               channel.invstd * channel.mean_apart * std::abs(channel.sum) +
               channel.invstd_apart * std::abs(channel.product);
    }

    void sums(int64_t c) {
        const Channel &channel = channels_[c];
        const auto add = [&](const char *name, double apart, double scale) {
            const double old = old_gradient(name, c);
            const double added = old > 0 ? kAdded * u_ * (old + scale) : 0;
            bound(name, apart + added + parameter_ * scale, scale + old);
        };
        add("dbeta", sum_apart(channel), channel.sum_magnitude);
        if (recorded_.fixed_gamma)
            bound("dgamma", 0, 0);
        else
            add("dgamma", product_apart(channel), channel.product_scale);
    }

    void backward(int64_t i, const Channel &channel) {
        const double factor = std::abs(channel.gamma) * channel.invstd;
        const double normalised = std::abs(xhat(input("x", i), channel));
        double parts = std::abs(dz(i, channel)), apart = 0, scale = parts;
        if (!recorded_.stored_statistics) {
            parts += (std::abs(channel.sum) + normalised * std::abs(channel.product)) / m_;
            scale += (channel.sum_magnitude + normalised * channel.product_scale +
                      uncancelled(input("x", i), channel) * std::abs(channel.product)) /
                     m_;
            const double normalised_apart = channel.invstd * channel.mean_apart + normalised * channel.invstd_apart;
            apart = (sum_apart(channel) + normalised * product_apart(channel) +
                     2 * normalised_apart * std::abs(channel.product)) / // 2: MXNet v1 also sums x - mean, which is 0
                    m_;
        }
        apart += parts * (channel.invstd_apart + (kTheirGradient + kOurGradient) * u_);
        const double old = old_gradient("dx", i), added = old > 0 ? kAdded * u_ * (old + factor * scale) : 0;
        tensor_bound("dx", factor * apart + added, factor * scale + old);
    }

    const Case &recorded_;
    const Arrays &old_;
    const Bounds *before_;
    const reference::Shape shape_;
    const double m_, depth_;
    const double u_;         ///< of the arithmetic
    const double stored_;    ///< both sides' rounding of a tensor to a type that is narrower, else 0
    const double parameter_; ///< theirs of values per channel, where they keep these in a narrower type, else 0
    std::vector<Channel> channels_;
};

} // namespace

double roundings_of_sum(const Case &recorded) {
    const reference::Shape shape = recorded.shape();
    if (recorded.implementation == "mxnet_v1") return static_cast<double>(shape.n + shape.s);
    if (recorded.implementation == "pytorch" && !recorded.channels_last && recorded.dtype == "f32") return 1;
    return static_cast<double>(shape.per_channel());
}

Bounds bounds_of(const Case &recorded, const Arrays &old, const Bounds *before) {
    return Propagation(recorded, old, before).bounds;
}

} // namespace normforge::conformance
