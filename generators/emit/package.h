// SPDX-License-Identifier: MIT
// The files by which builds find a kernel set: CMake's find_package(normforge_kernels_<set>) and pkg-config's
// normforge-kernels-<set>. Both ask for normforge itself, and may be moved with the directory they are in.
#pragma once

#include <string>

namespace normforge {

/// lib/cmake/normforge_kernels_<set>/normforge_kernels_<set>Config.cmake: the targets normforge::kernels_<set> (static) and
/// normforge::kernels_<set>_shared.
std::string cmake_package(const std::string &set);

/// lib/pkgconfig/normforge-kernels-<set>.pc
std::string pkg_config_module(const std::string &set, const std::string &targets);

} // namespace normforge
