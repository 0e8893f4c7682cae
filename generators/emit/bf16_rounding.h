// SPDX-License-Identifier: MIT
// Rounding to bf16 by the instruction that some processors have for it.
#pragma once

#include <llvm/IR/Module.h>

namespace normforge {

/// Whole registers of bf16 are rounded by vcvtne2ps2bf16 (AVX512_BF16), one instruction in place of ten. It takes subnormal
/// numbers for zeros: where one of 32 is subnormal, they are rounded as before, so that bits are the same on all targets.
void round_bf16_in_hardware(llvm::Module &module);

} // namespace normforge
