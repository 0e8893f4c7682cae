// SPDX-License-Identifier: MIT
// Bitcode that Halide wrote -> object file with one global symbol.
#pragma once

#include <set>
#include <string>

namespace normforge {

struct ObjectRequest {
    std::string bitcode_path;
    std::string object_path;
    std::string entry;                    ///< Halide's <name>_argv function
    std::string symbol;                   ///< what the entry is called in the object
    std::set<std::string> outputs;        ///< buffers the kernel writes
    std::set<std::string> stream_buffers; ///< those of them to write by streaming stores; empty: none
    bool rounds_to_bf16 = false;          ///< by an instruction of the processor
    bool of_rows = false;                 ///< what is loaded comes from far, see load_before_selecting()
};

struct ObjectFacts {
    int streaming_stores = 0; ///< stores marked
    size_t code_size = 0;     ///< bytes of executable sections
};

/// Throws std::runtime_error if the bitcode cannot be read or emitted, or if streaming was asked for and no store qualified.
ObjectFacts write_object(const ObjectRequest &request);

} // namespace normforge
