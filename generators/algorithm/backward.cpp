// SPDX-License-Identifier: MIT
// With dz the gradient by the pre-activation and xhat = (x - mean) * invstd (Ioffe and Szegedy 2015, section 3):
//   dbeta = sum(dz)      dgamma = sum(dz * xhat) = invstd * sum(dz * (x - mean))
//   train:  dx = gamma * invstd * (dz - dbeta / m - xhat * dgamma / m)
//              = scale * ((dz - mean_dz) - (x - mean) * slope_dz),  mean_dz = dbeta / m,  slope_dz = invstd * dgamma / m
//   frozen: dx = scale * dz
#include "generators/algorithm/backward.h"

#include "generators/algorithm/affine.h"
#include "generators/algorithm/gradient_sums.h"
#include "generators/algorithm/parameter_gradients.h"

namespace normforge {

using namespace Halide;

namespace {

/// What every element of a backward op is made of.
class Elements {
public:
    Elements(Pipeline &p, const BackwardInputs &in) : pipeline_(p), in_(in), at_(p) {}

    /// gamma * invstd, defined on first use: an op that has no use for it reads neither.
    const Func &scale(BackwardOutputs &out) {
        if (!scale_.defined()) {
            scale_ = scale_of(pipeline_, in_.gamma, in_.invstd);
            pipeline_.add_scale(scale_, pipeline_.prepared, out.scale);
        }
        return scale_;
    }

    Expr dz(BackwardOutputs &out) {
        const Activation &activation = in_.epilogue.activation;
        Expr dy = at_(in_.dy);
        if (in_.y) return activation.gradient_at_output(at_(*in_.y), dy, in_.slope);
        if (!recomputes_pre_activation(in_.epilogue)) return dy;
        return activation.gradient(pre_activation(in_, at_, in_.mean, scale(out)), dy, in_.slope);
    }

    Expr centred() { return at_(in_.x) - at_(in_.mean); }

    Expr at(const Func &per_channel) { return at_(per_channel); }
    Expr at(const Tensor &tensor) { return at_(tensor); }

    /// What is made until the next call is summed over channels, or is not.
    void sums(bool of_channels) { at_.sums(of_channels); }

private:
    Pipeline &pipeline_;
    const BackwardInputs &in_;
    AtElements at_;
    Func scale_;
};

/// The tensor that is written: `value` is rounded once, after what it is added to.
Func tensor_gradient(Pipeline &p, const BackwardInputs &in, Elements &elements, const std::string &name, const Expr &value) {
    Func gradient(name);
    gradient(p.canonical.tensor) = in.type.store(in.addend ? elements.at(*in.addend) + value : value);
    p.output = gradient;
    return gradient;
}

void reduce(Pipeline &p, const BackwardInputs &in, Elements &elements, BackwardOutputs &out) {
    Func terms("gradient_terms");
    elements.sums(true);
    Expr dz = elements.dz(out);
    terms(p.canonical.summed) = Tuple(dz, dz * elements.centred());
    elements.sums(false);
    p.reduction = gradient_sums(p.canonical, terms, in.chunks);
    p.reduced = {in.x.image(), in.dy.image()};
    out.partial = p.reduction->partial;
}

void parameter_gradients(Pipeline &p, const BackwardInputs &in, BackwardOutputs &out) {
    const Canonical &k = p.canonical;
    Tuple sums = p.reduction->channel(k.channel);
    Expr dgamma = dgamma_of(in.invstd(k.channel), sums[kSumDzX]);
    out.dgamma = parameter_gradient("dgamma", k.channel, k.type.parameter, in.add_dgamma, dgamma);
    out.dbeta = parameter_gradient("dbeta", k.channel, k.type.parameter, in.add_dbeta, sums[kSumDz]);
    p.saved.push_back(out.dgamma);
    p.saved.push_back(out.dbeta);
}

/// dx through batch statistics; per-channel values join `values`, the outputs of the loop that knows the sums.
void dx_train(Pipeline &p, const BackwardInputs &in, Elements &elements, const Expr &count, const Expr &sum_dz,
              const Expr &sum_dz_centred, std::vector<Func> &values, BackwardOutputs &out) {
    const Canonical &k = p.canonical;
    Func mean_dz("mean_dz"), slope_dz("slope_dz");
    mean_dz(k.channel) = cast(k.type.element, sum_dz / count);
    Expr invstd = cast<double>(in.invstd(k.channel));
    slope_dz(k.channel) = cast(k.type.element, invstd * invstd * sum_dz_centred / count);
    Func scale = elements.scale(out);
    p.add_element_value(mean_dz, values, out.mean_dz);
    p.add_element_value(slope_dz, values, out.slope_dz);
    Expr dz = elements.dz(out);
    Expr dx = elements.at(scale) * ((dz - elements.at(mean_dz)) - elements.centred() * elements.at(slope_dz));
    out.dx = tensor_gradient(p, in, elements, "dx", dx);
}

void dx_frozen(Pipeline &p, const BackwardInputs &in, Elements &elements, BackwardOutputs &out) {
    Func scale = elements.scale(out);
    out.dx = tensor_gradient(p, in, elements, "dx", elements.at(scale) * elements.dz(out));
}

} // namespace

void backward_train(Pipeline &p, const BackwardInputs &in, BackwardOutputs &out) {
    Elements elements(p, in);
    reduce(p, in, elements, out);
    parameter_gradients(p, in, out);
    Tuple sums = p.reduction->channel(p.canonical.channel);
    dx_train(p, in, elements, p.canonical.count, sums[kSumDz], sums[kSumDzX], p.saved, out);
}

void backward_frozen(Pipeline &p, const BackwardInputs &in, BackwardOutputs &out) {
    Elements elements(p, in);
    reduce(p, in, elements, out);
    parameter_gradients(p, in, out);
    dx_frozen(p, in, elements, out);
}

void backward_reduce(Pipeline &p, const BackwardInputs &in, BackwardOutputs &out) {
    Elements elements(p, in);
    reduce(p, in, elements, out);
    Tuple sums = p.reduction->channel(p.canonical.channel);
    out.triple = define_triple("triple", p.canonical.channel, {p.canonical.count, sums[kSumDz], sums[kSumDzX]});
    p.saved = out.triple.outputs();
}

void backward_apply(Pipeline &p, const BackwardInputs &in, const Triple &triple, BackwardOutputs &out) {
    Elements elements(p, in);
    const auto &c = p.canonical.channel;
    dx_train(p, in, elements, triple.first(c), triple.second(c), triple.third(c), p.prepared, out);
}

void backward_apply_frozen(Pipeline &p, const BackwardInputs &in, BackwardOutputs &out) {
    Elements elements(p, in);
    dx_frozen(p, in, elements, out);
}

void backward_residual(Pipeline &p, const BackwardInputs &in, BackwardOutputs &out) {
    Elements elements(p, in);
    out.dresidual = tensor_gradient(p, in, elements, "dresidual", elements.dz(out));
}

} // namespace normforge
