// SPDX-License-Identifier: MIT
// Numbers of the library's element types, held as double: every type's values fit one.
#pragma once

#include <normforge/normforge.h>
#include <vector>

namespace normforge::testing {

/// Values of any element type.
using Values = std::vector<double>;

/// Binary digits of a type, and the exponents e of its smallest and largest normal numbers, 2^e <= |v| < 2^(e + 1).
struct Precision {
    int digits, lowest, highest, bytes;
};
Precision precision_of(nf_dtype dtype);

/// The nearest number of the type, ties to even; infinity where that is too large, NaN for NaN.
double round_to(nf_dtype dtype, double value);

/// Reads and writes one element in memory. A value that is written must be one of the type. All bits 1, the pattern of
/// untouched memory, is read as that pattern in double.
double load(nf_dtype dtype, const void *element);
void store(nf_dtype dtype, void *element, double value);

/// Types of what belongs to a problem.
nf_dtype parameter_type(const nf_description &description);
nf_dtype statistic_type(const nf_description &description);
/// In which elements are computed.
nf_dtype arithmetic_type(const nf_description &description);

} // namespace normforge::testing
