// SPDX-License-Identifier: MIT
// The f32 expressions whose bits are part of the semantics, see reference.h. Compiled with -ffp-contract=off: a fused
// multiply-add would round once where the kernels round twice.
#include "tests/reference/reference.h"

namespace normforge::reference {

float strict_invstd(float variance, double eps) {
    return static_cast<float>(inverse_deviation(variance, eps));
}

float strict_scale(float gamma, float invstd) {
    return gamma * invstd;
}

float strict_pre_activation(float x, float mean, float scale, float beta) {
    const float centred = x - mean;
    const float scaled = centred * scale;
    return scaled + beta;
}

uint8_t strict_mask(Epilogue epilogue, float pre_activation) {
    return epilogue == Epilogue::none || !(pre_activation <= 0);
}

} // namespace normforge::reference
