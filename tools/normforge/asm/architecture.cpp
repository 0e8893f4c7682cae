// SPDX-License-Identifier: MIT
// The architectures that are understood.
#include "tools/normforge/asm/architecture.h"

namespace normforge::assembly {

const Architecture *find_architecture(uint16_t machine) {
    for (const Architecture *known : {&kX86, &kArm})
        if (known->machine == machine) return known;
    return nullptr;
}

} // namespace normforge::assembly
