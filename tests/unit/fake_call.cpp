// SPDX-License-Identifier: MIT
// The arithmetic of the fakes: the formulas of normforge.h with simple loops in double, see fake_call.h.
#include "tests/unit/fake_call.h"
#include "runtime/ops.h"
#include "tests/unit/fake_arguments.h"
#include <cmath>

namespace normforge::unit {
namespace {

double activation(nf_epilogue epilogue, double z, double slope) {
    switch (activation_of(epilogue)) {
    case NF_EPILOGUE_RELU: return z > 0 ? z : 0;
    case NF_EPILOGUE_LEAKY_RELU: return z > 0 ? z : slope * z;
    case NF_EPILOGUE_SILU: return z / (1 + std::exp(-z));
    default: return z;
    }
}

/// At z, or where the sign says it, at y.
double derivative(nf_epilogue epilogue, double z, double slope) {
    const double sigmoid = 1 / (1 + std::exp(-z));
    switch (activation_of(epilogue)) {
    case NF_EPILOGUE_RELU: return z > 0;
    case NF_EPILOGUE_LEAKY_RELU: return z > 0 ? 1 : slope;
    case NF_EPILOGUE_SILU: return sigmoid * (1 + z * (1 - sigmoid));
    default: return 1;
    }
}

double invstd_of(double variance, double eps) {
    return variance + eps == 0 ? 0 : 1 / std::sqrt(variance + eps);
}

/// invstd of the statistics that the kernel is given.
double given_invstd(const FakeArguments &call, int c) {
    if (!call.has(NF_ROLE_deviation)) return call.value(NF_ROLE_invstd, c);
    const double deviation = call.value(NF_ROLE_deviation, c);
    return call.integer(NF_ROLE_inverted) ? deviation : invstd_of(deviation, call.number(NF_ROLE_eps));
}

/// Kernels that are given a deviation leave invstd in scratch.
void leave_invstd(const FakeArguments &call) {
    if (!call.has(NF_ROLE_deviation) || !call.has(NF_ROLE_invstd)) return;
    for (int c = 0; c < call.channels(); ++c) call.set_value(NF_ROLE_invstd, c, given_invstd(call, c));
}

double slope_of(const FakeArguments &call) {
    return call.has(NF_ROLE_slope) ? call.number(NF_ROLE_slope) : 0;
}

double pre_activation(const FakeArguments &call, const Place &p, double invstd) {
    const double scale = call.value(NF_ROLE_gamma, p.channel) * invstd;
    const double residual = call.has(NF_ROLE_residual) ? call.tensor(NF_ROLE_residual, p) : 0;
    return (call.tensor(NF_ROLE_x, p) - call.value(NF_ROLE_mean, p.channel)) * scale + call.value(NF_ROLE_beta, p.channel) +
           residual;
}

double dz_of(const FakeArguments &call, const Place &p) {
    const double dy = call.tensor(NF_ROLE_dy, p);
    if (activation_of(call.epilogue()) == NF_EPILOGUE_NONE) return dy;
    const double at =
        call.has(NF_ROLE_y) ? call.tensor(NF_ROLE_y, p) : pre_activation(call, p, given_invstd(call, p.channel));
    return dy * derivative(call.epilogue(), at, slope_of(call));
}

struct Triple {
    double first = 0, second = 0, third = 0;
};
using Triples = std::vector<Triple>;

Triples stats(const FakeArguments &call) {
    Triples t(static_cast<size_t>(call.channels()));
    const auto of = [&](const Place &p) -> Triple & { return t[static_cast<size_t>(p.channel)]; };
    call.visit_all([&](const Place &p) { of(p).first += 1, of(p).second += call.tensor(NF_ROLE_x, p); });
    for (Triple &triple : t) triple.second /= triple.first;
    call.visit_all([&](const Place &p) { of(p).third += std::pow(call.tensor(NF_ROLE_x, p) - of(p).second, 2); });
    return t;
}

Triples backward_sums(const FakeArguments &call) {
    Triples t(static_cast<size_t>(call.channels()));
    call.visit_all([&](const Place &p) {
        Triple &triple = t[static_cast<size_t>(p.channel)];
        const double dz = dz_of(call, p);
        triple.first += 1;
        triple.second += dz;
        triple.third += dz * (call.tensor(NF_ROLE_x, p) - call.value(NF_ROLE_mean, p.channel));
    });
    return t;
}

Triples merge(const FakeArguments &call, bool statistics) {
    Triples merged(static_cast<size_t>(call.channels()));
    for (int part = 0; part < call.extent(NF_ROLE_triples, 2); ++part)
        for (int c = 0; c < call.channels(); ++c) {
            const Triple b{call.triple(part, 0, c), call.triple(part, 1, c), call.triple(part, 2, c)};
            Triple &a = merged[static_cast<size_t>(c)];
            const double count = a.first + b.first, difference = b.second - a.second;
            if (statistics && count > 0) {
                a.third += b.third + difference * difference * a.first * b.first / count;
                a.second += difference * b.first / count;
            } else if (!statistics) {
                a.second += b.second;
                a.third += b.third;
            }
            a.first = count;
        }
    return merged;
}

void write_triples(const FakeArguments &call, const Triples &t, nf_role first) {
    for (int c = 0; c < call.channels(); ++c) {
        const Triple &triple = t[static_cast<size_t>(c)];
        call.set_value(first, c, triple.first);
        call.set_value(static_cast<nf_role>(first + 1), c, triple.second);
        call.set_value(static_cast<nf_role>(first + 2), c, triple.third);
    }
}

void write_statistics(const FakeArguments &call, const Triples &t) {
    const double momentum = call.number(NF_ROLE_momentum);
    const auto average = [&](nf_role role, int c, double batch) {
        call.set_value(role, c, momentum * call.value(role, c) + (1 - momentum) * batch);
    };
    for (int c = 0; c < call.channels(); ++c) {
        const Triple &triple = t[static_cast<size_t>(c)];
        const double variance = triple.third / triple.first;
        const bool unbiased = call.integer(NF_ROLE_unbiased) && triple.first > 1;
        call.set_value(NF_ROLE_mean, c, triple.second);
        call.set_value(NF_ROLE_variance, c, variance);
        call.set_value(NF_ROLE_invstd, c, invstd_of(variance, call.number(NF_ROLE_eps)));
        average(NF_ROLE_running_mean, c, triple.second);
        average(NF_ROLE_running_variance, c, unbiased ? triple.third / (triple.first - 1) : variance);
    }
}

void write_parameter_gradients(const FakeArguments &call, const Triples &t) {
    for (int c = 0; c < call.channels(); ++c) {
        const Triple &triple = t[static_cast<size_t>(c)];
        const double invstd = given_invstd(call, c);
        const double dgamma = call.integer(NF_ROLE_add_dgamma) ? call.value(NF_ROLE_dgamma, c) : 0;
        const double dbeta = call.integer(NF_ROLE_add_dbeta) ? call.value(NF_ROLE_dbeta, c) : 0;
        call.set_value(NF_ROLE_dgamma, c, dgamma + triple.third * invstd);
        call.set_value(NF_ROLE_dbeta, c, dbeta + triple.second);
    }
}

/// Writes output(place) to a tensor, in tasks on the host's threads.
int write_tensor(const FakeArguments &call, nf_role output, const std::function<double(const Place &)> &value) {
    struct Closure {
        const FakeArguments &call;
        nf_role output;
        const std::function<double(const Place &)> &value;
    } closure{call, output, value};
    const auto task = [](void *, int j, uint8_t *bytes) {
        const Closure &self = *reinterpret_cast<const Closure *>(bytes);
        self.call.visit(j, [&](const Place &p) {
            const double before = self.call.accumulates() ? self.call.tensor(NF_ROLE_addend, p) : 0;
            self.call.set_tensor(self.output, p, before + self.value(p));
        });
        return fake_result;
    };
    return fake_host->parallel_for(task, 0, call.extent(NF_ROLE_x, 1), reinterpret_cast<uint8_t *>(&closure));
}

int write_y(const FakeArguments &call) {
    return write_tensor(call, NF_ROLE_y, [&](const Place &p) {
        return activation(call.epilogue(), pre_activation(call, p, given_invstd(call, p.channel)), slope_of(call));
    });
}

/// dx from sums over all elements of a channel; constant statistics have none.
int write_dx(const FakeArguments &call, const Triples &sums, bool frozen) {
    return write_tensor(call, NF_ROLE_dx, [&](const Place &p) {
        const double invstd = given_invstd(call, p.channel), scale = call.value(NF_ROLE_gamma, p.channel) * invstd;
        const double dz = dz_of(call, p);
        if (frozen) return scale * dz;
        const Triple &t = sums[static_cast<size_t>(p.channel)];
        const double centred = call.tensor(NF_ROLE_x, p) - call.value(NF_ROLE_mean, p.channel);
        return scale * (dz - t.second / t.first - centred * invstd * invstd * t.third / t.first);
    });
}

Triples given_triples(const FakeArguments &call) {
    Triples t;
    for (int c = 0; c < call.channels(); ++c)
        t.push_back({call.value(NF_ROLE_triple_0, c), call.value(NF_ROLE_triple_1, c), call.value(NF_ROLE_triple_2, c)});
    return t;
}

/// Backward's dx and sums in one go. dy is read as a whole first, because dx may be dy.
int whole_backward(const FakeArguments &call) {
    const Triples sums = backward_sums(call);
    write_parameter_gradients(call, sums);
    return write_dx(call, sums, call.op() == NF_BACKWARD_FROZEN);
}

} // namespace

int run_fake(const nf_kernel &kernel, void **arguments) {
    const FakeArguments call(kernel, arguments);
    call.record();
    call.spoil_scratch();
    leave_invstd(call);
    switch (call.op()) {
    case NF_FORWARD_TRAIN: write_statistics(call, stats(call)); return write_y(call);
    case NF_FORWARD_INFERENCE: return write_y(call);
    case NF_BACKWARD_TRAIN:
    case NF_BACKWARD_FROZEN: return whole_backward(call);
    case NF_STATS: write_triples(call, stats(call), NF_ROLE_triple_0); return fake_result;
    case NF_BACKWARD_REDUCE: write_triples(call, backward_sums(call), NF_ROLE_triple_0); return fake_result;
    case NF_MERGE:
        write_statistics(call, merge(call, true));
        write_triples(call, merge(call, true), NF_ROLE_merged_0);
        return fake_result;
    case NF_BACKWARD_MERGE:
        write_parameter_gradients(call, merge(call, false));
        write_triples(call, merge(call, false), NF_ROLE_merged_0);
        return fake_result;
    case NF_BACKWARD_APPLY: return write_dx(call, call.frozen() ? Triples() : given_triples(call), call.frozen());
    case NF_BACKWARD_RESIDUAL: return write_tensor(call, NF_ROLE_dresidual, [&](const Place &p) { return dz_of(call, p); });
    default: return -1;
    }
}

} // namespace normforge::unit
