// SPDX-License-Identifier: MIT
// Writes what build systems read, see package.h.
#include "generators/emit/package.h"

#include <fmt/format.h>

namespace normforge {

namespace {

constexpr const char *kCMakePackage = R"(# Made by `normforge gen`: the kernel set "{set}".
include(CMakeFindDependencyMacro)
find_dependency(normforge)
get_filename_component(nf_kernels_prefix ${{CMAKE_CURRENT_LIST_DIR}}/../../.. ABSOLUTE)
foreach(nf_kernels_kind IN ITEMS STATIC SHARED)
  set(nf_kernels_target normforge::kernels_{set})
  set(nf_kernels_file ${{nf_kernels_prefix}}/lib/lib{set}.a)
  if(nf_kernels_kind STREQUAL SHARED)
    set(nf_kernels_target normforge::kernels_{set}_shared)
    set(nf_kernels_file ${{nf_kernels_prefix}}/lib/lib{set}.so)
  endif()
  if(NOT TARGET ${{nf_kernels_target}})
    add_library(${{nf_kernels_target}} ${{nf_kernels_kind}} IMPORTED)
    set_target_properties(${{nf_kernels_target}} PROPERTIES
      IMPORTED_LOCATION ${{nf_kernels_file}}
      INTERFACE_INCLUDE_DIRECTORIES ${{nf_kernels_prefix}}/include)
  endif()
endforeach()
)";

constexpr const char *kPkgConfigModule = R"(# Made by `normforge gen`.
prefix=${{pcfiledir}}/../..
libdir=${{prefix}}/lib
includedir=${{prefix}}/include

Name: normforge-kernels-{set}
Description: Kernel set "{set}" of normforge for {targets}
Version: 1
Requires: normforge
Libs: -L${{libdir}} -l{set}
Cflags: -I${{includedir}}
)";

} // namespace

std::string cmake_package(const std::string &set) {
    return fmt::format(kCMakePackage, fmt::arg("set", set));
}

std::string pkg_config_module(const std::string &set, const std::string &targets) {
    return fmt::format(kPkgConfigModule, fmt::arg("set", set), fmt::arg("targets", targets));
}

} // namespace normforge
