// SPDX-License-Identifier: MIT
// The grammar of kernel symbols, which are also the names of variants:
//   nf_<op>_<dtype>_<layout>_<epilogue>_<store>_<target>[_<tag>] nf_forward_train_f32_inner_relu_cached_x86_64_avx2_planes
// layout is `inner` or `last`; the small_planes form is layout `inner` with a tag that begins with `planes`.
// A variant specialised for one shape has the canonical extents in its tag, after `planes` if that is there:
//   nf_forward_train_f32_inner_none_stream_x86_64_avx512_n32_c64_s3136
// `-` in a target is written `_`, and the longest target name is matched. An op without a layout, epilogue or store (ops.h)
// leaves that word out: nf_stats_f32_inner_x86_64, nf_merge_f64_x86_64.
#pragma once

#include <normforge/kernel_table.h>
#include <optional>
#include <string>
#include <string_view>

namespace normforge {

/// The canonical extents of a shape: at least 1, at most INT32_MAX.
struct Extents {
    int64_t n, c, s;
};

inline bool operator==(const Extents &a, const Extents &b) {
    return a.n == b.n && a.c == b.c && a.s == b.s;
}

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

/// The words of a tag that say for which shape a variant is specialised: "n32_c64_s3136".
std::string shape_tag(const Extents &shape);

/// The shape that a variant is specialised for, if it is. Throws std::invalid_argument, which names the tag, if some but
/// not all of the three words are there, if one is there twice or is no extent, or if the op has no form.
std::optional<Extents> specialised_for(const VariantName &variant);

/// Takes a symbol apart. Throws std::invalid_argument, which names the column (from 1), what came and what was expected.
VariantName parse_symbol(std::string_view symbol);

/// The inverse. A small_planes variant whose tag does not begin with `planes` gets that word before its tag.
/// Throws std::invalid_argument if the result would not be read back as the same variant.
std::string format_symbol(const VariantName &variant);

} // namespace normforge
