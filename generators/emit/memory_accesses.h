// SPDX-License-Identifier: MIT
// LLVM pass: marks the vector stores to given buffers as non-temporal. Halide 19 has no directive for it (22 will have
// stream_stores()). Halide gives every access a TBAA node named after its buffer, optionally followed by ".widthN.baseM".
#pragma once

#include <llvm/IR/Module.h>

#include <set>
#include <string>

namespace normforge {

/// Marks stores of whole vectors whose proven alignment is at least their size; others would become sprays of narrow stores.
/// On x86 ends every function that holds one with an sfence, because streaming stores are weakly ordered. Returns the number
/// of stores marked.
int mark_streaming_stores(llvm::Module &module, const std::set<std::string> &buffers);

} // namespace normforge
