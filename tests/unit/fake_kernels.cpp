// SPDX-License-Identifier: MIT
// The hand-written kernels of fake_kernels.h. Inference: y = x + mean, as a check of buffers, channels and parallel_for at
// once; training: 9 into all outputs; backward: dx = dy + 1, dgamma = dbeta = 7. All record what they were given.
#include "tests/unit/fake_kernels.h"
#include "runtime/operands.h"
#include <algorithm>

namespace normforge::unit {

Seen seen[NF_ROLE_COUNT];
int fake_result = 0;
const nf_kernel_host *fake_host = nullptr;

namespace {

/// Arguments by role.
struct Arguments {
    halide_buffer_t *buffers[NF_ROLE_COUNT] = {};
    double eps = 0;
    int32_t plane = 0;
};

template <size_t kCount>
Arguments record(void **arguments, const uint8_t (&roles)[kCount]) {
    Arguments result;
    std::fill(std::begin(seen), std::end(seen), Seen{});
    for (size_t i = 0; i < kCount; ++i) {
        const uint8_t role = roles[i];
        if (role == NF_ROLE_eps) result.eps = *static_cast<double *>(arguments[i]);
        if (role == NF_ROLE_chunks) seen[role].dimensions = {{*static_cast<int32_t *>(arguments[i]), 0}};
        if (role == NF_ROLE_plane) result.plane = *static_cast<int32_t *>(arguments[i]);
        if (kind_of(static_cast<nf_role>(role)) >= RoleKind::SCALAR) continue;
        halide_buffer_t *buffer = result.buffers[role] = static_cast<halide_buffer_t *>(arguments[i]);
        for (int d = 0; d < buffer->dimensions; ++d)
            seen[role].dimensions.emplace_back(buffer->dim[d].extent, buffer->dim[d].stride);
        seen[role].bits = buffer->type.bits;
        seen[role].host = buffer->host;
        if (buffer->type.bits == 32) {
            const float *data = reinterpret_cast<const float *>(buffer->host);
            seen[role].first.assign(data, data + buffer->dim[0].extent);
        }
    }
    return result;
}

float *element(const halide_buffer_t &buffer, int i, int j, int k) {
    const int at[] = {i, j, k};
    int64_t offset = 0;
    for (int d = 0; d < std::min(buffer.dimensions, 3); ++d) offset += int64_t{at[d]} * buffer.dim[d].stride;
    return reinterpret_cast<float *>(buffer.host) + offset;
}

/// y[i, j, k] = x[i, j, k] + mean of the channel, one task per j.
struct AddMean {
    const halide_buffer_t *x, *y, *mean;
    nf_form form;
    int32_t plane;

    static int task(void *, int j, uint8_t *closure) {
        const AddMean &self = *reinterpret_cast<const AddMean *>(closure);
        const int outer = self.y->dimensions > 2 ? self.y->dim[2].extent : 1;
        for (int k = 0; k < outer; ++k)
            for (int i = 0; i < self.y->dim[0].extent; ++i)
                *element(*self.y, i, j, k) = *element(*self.x, i, j, k) + self.mean_of(i, j);
        return fake_result;
    }

    float mean_of(int i, int j) const {
        if (form == NF_FORM_SMALL_PLANES) return *element(*mean, i / plane, j, 0);
        return *element(*mean, form == NF_FORM_LAST ? i : j, 0, 0);
    }
};

constexpr uint8_t kInferenceRoles[] = {NF_ROLE_x,   NF_ROLE_gamma, NF_ROLE_beta,  NF_ROLE_mean, NF_ROLE_variance,
                                       NF_ROLE_eps, NF_ROLE_y,     NF_ROLE_plane, NF_ROLE_scale};

template <nf_form kForm>
int run_inference(void **arguments) {
    const Arguments a = record(arguments, kInferenceRoles);
    AddMean add{a.buffers[NF_ROLE_x], a.buffers[NF_ROLE_y], a.buffers[NF_ROLE_mean], kForm, a.plane};
    return fake_host->parallel_for(&AddMean::task, 0, add.y->dim[1].extent, reinterpret_cast<uint8_t *>(&add));
}

constexpr uint8_t kTrainRoles[] = {NF_ROLE_x,
                                   NF_ROLE_y,
                                   NF_ROLE_gamma,
                                   NF_ROLE_beta,
                                   NF_ROLE_mean,
                                   NF_ROLE_variance,
                                   NF_ROLE_invstd,
                                   NF_ROLE_running_mean,
                                   NF_ROLE_momentum,
                                   NF_ROLE_partial_0,
                                   NF_ROLE_running_variance,
                                   NF_ROLE_chunks};

/// Writes `value` to every element of a buffer.
void fill(const halide_buffer_t &buffer, float value) {
    const auto extent = [&](int d) { return d < buffer.dimensions ? buffer.dim[d].extent : 1; };
    for (int k = 0; k < extent(2); ++k)
        for (int j = 0; j < extent(1); ++j)
            for (int i = 0; i < extent(0); ++i) *element(buffer, i, j, k) = value;
}

int run_train(void **arguments) {
    const Arguments a = record(arguments, kTrainRoles);
    for (nf_role role :
         {NF_ROLE_y, NF_ROLE_mean, NF_ROLE_variance, NF_ROLE_invstd, NF_ROLE_running_mean, NF_ROLE_running_variance})
        fill(*a.buffers[role], 9);
    return fake_result;
}

constexpr uint8_t kBackwardRoles[] = {NF_ROLE_x,      NF_ROLE_dy,   NF_ROLE_dx,     NF_ROLE_gamma, NF_ROLE_mean,
                                      NF_ROLE_invstd, NF_ROLE_beta, NF_ROLE_dgamma, NF_ROLE_dbeta, NF_ROLE_slope_dz};

int run_backward(void **arguments) {
    const Arguments a = record(arguments, kBackwardRoles);
    const halide_buffer_t &dx = *a.buffers[NF_ROLE_dx], &dy = *a.buffers[NF_ROLE_dy];
    for (int k = 0; k < dx.dim[2].extent; ++k)
        for (int j = 0; j < dx.dim[1].extent; ++j)
            for (int i = 0; i < dx.dim[0].extent; ++i) *element(dx, i, j, k) = *element(dy, i, j, k) + 1;
    for (nf_role role : {NF_ROLE_dgamma, NF_ROLE_dbeta}) fill(*a.buffers[role], 7);
    return fake_result;
}

// Also the channel step, which comes before the roles: only train_last has partial results.
#define NF_ROLES(roles) kChannelStep, static_cast<uint8_t>(sizeof(roles)), (roles)
constexpr nf_kernel kKernels[] = {
    {"inference_foreign", "arm-64", "", NF_FORWARD_INFERENCE, NF_F32, NF_FORM_INNER, NF_EPILOGUE_NONE, NF_STORE_CACHED,
     NF_STATISTICS_DEFAULT, 0, NF_ROLES(kInferenceRoles), &run_inference<NF_FORM_INNER>},
    {"inference_forced_only", "x86-64", "", NF_FORWARD_INFERENCE, NF_F32, NF_FORM_INNER, NF_EPILOGUE_NONE, NF_STORE_CACHED,
     NF_STATISTICS_DEFAULT, 1, NF_ROLES(kInferenceRoles), &run_inference<NF_FORM_INNER>},
    {"inference_inner_stream", "x86-64", "unroll=2", NF_FORWARD_INFERENCE, NF_F32, NF_FORM_INNER, NF_EPILOGUE_NONE,
     NF_STORE_STREAM, NF_STATISTICS_DEFAULT, 0, NF_ROLES(kInferenceRoles), &run_inference<NF_FORM_INNER>},
    {"inference_inner", "x86-64", "unroll=4", NF_FORWARD_INFERENCE, NF_F32, NF_FORM_INNER, NF_EPILOGUE_NONE, NF_STORE_CACHED,
     NF_STATISTICS_DEFAULT, 0, NF_ROLES(kInferenceRoles), &run_inference<NF_FORM_INNER>},
    {"inference_inner_second", "x86-64", "", NF_FORWARD_INFERENCE, NF_F32, NF_FORM_INNER, NF_EPILOGUE_NONE, NF_STORE_CACHED,
     NF_STATISTICS_DEFAULT, 0, NF_ROLES(kInferenceRoles), &run_inference<NF_FORM_INNER>},
    {"inference_planes", "x86-64", "", NF_FORWARD_INFERENCE, NF_F32, NF_FORM_SMALL_PLANES, NF_EPILOGUE_NONE, NF_STORE_CACHED,
     NF_STATISTICS_DEFAULT, 0, NF_ROLES(kInferenceRoles), &run_inference<NF_FORM_SMALL_PLANES>},
    {"inference_last", "x86-64", "", NF_FORWARD_INFERENCE, NF_F32, NF_FORM_LAST, NF_EPILOGUE_NONE, NF_STORE_CACHED,
     NF_STATISTICS_DEFAULT, 0, NF_ROLES(kInferenceRoles), &run_inference<NF_FORM_LAST>},
    {"train_last", "x86-64", "", NF_FORWARD_TRAIN, NF_F32, NF_FORM_LAST, NF_EPILOGUE_RELU, NF_STORE_CACHED,
     NF_STATISTICS_DEFAULT, 0, NF_ROLES(kTrainRoles), &run_train},
    {"backward_planes", "x86-64", "", NF_BACKWARD_TRAIN, NF_F32, NF_FORM_SMALL_PLANES, NF_EPILOGUE_NONE, NF_STORE_CACHED,
     NF_STATISTICS_DEFAULT, 0, NF_ROLES(kBackwardRoles), &run_backward},
    {"frozen_planes", "x86-64", "", NF_BACKWARD_FROZEN, NF_F32, NF_FORM_SMALL_PLANES, NF_EPILOGUE_NONE, NF_STORE_CACHED,
     NF_STATISTICS_DEFAULT, 0, NF_ROLES(kBackwardRoles), &run_backward},
};
#undef NF_ROLES

} // namespace

const nf_kernel_table fake_table = {NF_KERNEL_TABLE_VERSION, sizeof(nf_kernel), "fake", kKernels,
                                    std::size(kKernels),     &fake_host};

void register_fakes() {
    REQUIRE(nf_register(&fake_table) == NF_SUCCESS);
}

} // namespace normforge::unit
