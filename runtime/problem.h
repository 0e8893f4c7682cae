// SPDX-License-Identifier: MIT
// The problem string: one grammar for tests, bench, verify, tuner and logs.
//   <op>:<dtype>:<layout>:<shape>[:<epilogue>][:key=value...]
//   forward_train:f32:nchw:32x64x112x112:relu     backward_train:f32:any:4x3x5:none:axis=-1:strides=15x5x1
//   merge:f32:nc:32x64:k=3:var=unbiased           backward_frozen:bf16:nhwc:8x7x7x64:add_relu:grad=wna:inplace
// layout: nc ncw nwc nchw nhwc ncdhw ndhwc, or `any` with axis=K. The shape lists extents in the layout's own order.
// Keys; one that the op or epilogue has no use for is an error, but axis, eps, offset, param and stats may always stand:
//   axis=K                the channel axis, of layout any
//   eps=NUMBER            added to the variance
//   grad=LETTERS          n(ull), w(rite) or a(dd) for dx, dgamma and dbeta and, with a residual, a fourth for dresidual
//   inplace               y is x, or dx is dy
//   k=COUNT               triples that merge and backward_merge are given
//   offset=BYTES          deliberate misalignment of every operand
//   param=, stats=TYPE    f32, f64, f16 or bf16: element type of the parameters, of the statistics
//   slope=NUMBER          of leaky_relu
//   strides=AxB...        of every tensor; may be negative
//   var=unbiased          which variance the running variance averages
#pragma once

#include <cstdint>
#include <normforge/normforge.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace normforge {

/// What a problem string says: the library's description and what only a harness can arrange.
struct Problem {
    nf_description description; ///< variant and store are not part of the string
    int64_t offset_bytes = 0;   ///< key `offset`: deliberate misalignment of every operand, in bytes past a page boundary,
                                ///< rounded up to whole elements of the operand
    bool in_place = false;      ///< key `inplace`: y is x, or dx is dy
    std::string layout;         ///< as written, e.g. "nchw"
};

/// The text is not a problem; column counts from 1.
class ProblemError : public std::runtime_error {
public:
    ProblemError(const std::string &message, size_t at) : std::runtime_error(message), column(at) {}
    size_t column;
};

/// Parses a problem string. Throws ProblemError, which names the column, what came and what was expected.
Problem parse_problem(std::string_view text);

/// The inverse of parse_problem: the canonical spelling, keys in alphabetical order, defaults left out.
std::string to_string(const Problem &problem);

/// The problem that a description is, not in place; its layout is `any` with `axis` unless a named one has the same axis.
Problem to_problem(const nf_description &description);

/// The problem string of that.
std::string to_string(const nf_description &description);

/// The largest COUNT of a shape file.
inline constexpr int64_t kMostCounted = 1'000'000'000;

/// A problem of a shape file, whose lines are `PROBLEM [*COUNT] [# text]`. Braces in PROBLEM hold alternatives, as in a
/// shell:
/// `{forward_train,backward_train}:f32:nchw:{32,1}x64x56x56{,:relu}` is eight problems, in that order, COUNT times each.
struct ShapeLine {
    Problem problem;
    int count = 1; ///< how often the model runs it
    std::string comment;
    int line = 0; ///< line number in the file, from 1; alternatives share it
};

/// Reads a shape file: all problems in order. Throws std::runtime_error with file, line and column.
std::vector<ShapeLine> read_shape_file(const std::string &path);

/// The same from a text that is no file; errors name it `name`.
std::vector<ShapeLine> parse_shapes(std::string_view text, const std::string &name);

} // namespace normforge
