// SPDX-License-Identifier: MIT
// The grammar of kernel symbols, which are also the names of variants:
//   nf_<op>_<dtype>_<layout>_<epilogue>_<store>_<target>[_<tag>] nf_forward_train_f32_inner_relu_cached_x86_64_avx2_planes
// layout is `inner` or `last`; the small_planes form is layout `inner` with a tag that begins with `planes`.
// `-` in a target is written `_`, and the longest target name is matched. An op without a layout, epilogue or store (ops.h)
// leaves that word out: nf_stats_f32_inner_x86_64, nf_merge_f64_x86_64.
#pragma once

#include <normforge/kernel_table.h>
#include <string>
#include <string_view>

namespace normforge {

struct VariantName {
    nf_op op;
    nf_dtype dtype;
    nf_form form;         ///< NF_FORM_INNER for an op without layout
    nf_epilogue epilogue; ///< NF_EPILOGUE_NONE for an op without one
    nf_store store;       ///< NF_STORE_CACHED or NF_STORE_STREAM; NF_STORE_CACHED for an op without one
    std::string target;   ///< a name of the target table, with `-`
    std::string tag;      ///< lower case letters, digits and single `_`; may be empty
};

/// Whether a tag has this word between its `_`.
bool has_tag(const VariantName &variant, std::string_view word);

/// Takes a symbol apart. Throws std::invalid_argument, which names the column (from 1), what came and what was expected.
VariantName parse_symbol(std::string_view symbol);

/// The inverse. A small_planes variant whose tag does not begin with `planes` gets that word before its tag.
/// Throws std::invalid_argument if the result would not be read back as the same variant.
std::string format_symbol(const VariantName &variant);

} // namespace normforge
