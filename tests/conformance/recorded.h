// SPDX-License-Identifier: MIT
// What other implementations computed, as data/*.json hold it (README.md describes the fields): the first step of the
// conformance test. Numbers are doubles here, whatever their type was: every f16, bf16, f32 and f64 fits.
#pragma once

#include "tests/reference/reference.h"
#include <cstdint>
#include <map>
#include <normforge/normforge.h>
#include <string>
#include <vector>

namespace normforge::conformance {

/// Arrays by name: x, dy, gamma, ..., y, mean, running_mean, ...; tensors in the logical order of the axes.
using Arrays = std::map<std::string, std::vector<double>>;

struct Case {
    std::string implementation; ///< name of the file
    std::string name;
    std::string dtype, parameter_dtype; ///< f32, f64, bf16, f16
    std::vector<int64_t> extents;
    int axis;
    bool stored_statistics; ///< else the batch's
    bool relu;
    bool affine;      ///< else neither gamma nor beta
    bool fixed_gamma; ///< MXNet's fix_gamma: computes with 1, writes it into gamma, and says that dgamma is 0
    bool channels_last;
    bool unbiased; ///< what the running variance is made of
    double eps, momentum;
    int updates;                                  ///< how often the running statistics were updated
    std::string continues;                        ///< the case whose running statistics this one begins with, else ""
    std::map<std::string, std::string> gradients; ///< request (write, add, null) of dx, dgamma, dbeta; empty: no backward
    std::map<std::string, int> parameters;        ///< flags and whole numbers that the implementation was called with
    Arrays inputs, outputs;

    reference::Shape shape() const;  ///< (n, c, s)
    nf_dtype type() const;           ///< of dtype
    nf_dtype parameter_type() const; ///< of parameter_dtype: in which the implementation keeps parameters and statistics
};

struct Recording {
    std::string implementation, provenance;
    std::vector<Case> cases;
};

/// The environment variable that names a directory of recordings to read instead of data/, see compare_installed.py.
inline constexpr const char *kDirectoryVariable = "NORMFORGE_CONFORMANCE_DATA";

/// All files, in alphabetical order. Throws if one is damaged: a missing field, an array of another length.
std::vector<Recording> read_recordings();

} // namespace normforge::conformance
