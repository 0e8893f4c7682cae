// SPDX-License-Identifier: MIT
// Where this program was installed: files that belong to it are found from there.
#pragma once

#include <filesystem>

namespace normforge {

/// The folder above bin/.
inline std::filesystem::path program_folder() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

} // namespace normforge
