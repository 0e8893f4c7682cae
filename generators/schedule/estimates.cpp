// SPDX-License-Identifier: MIT
// Extents of each form, from 0.
#include "generators/schedule/estimates.h"

namespace normforge {

Halide::Region expected_region(Form form, const FixedShape &shape, int group, bool tensor) {
    const int groups = shape.c / group;
    switch (form) {
    case Form::Inner:
        if (tensor) return {{0, shape.s}, {0, shape.c}, {0, shape.n}};
        return {{0, shape.c}};
    case Form::SmallPlanes:
        if (tensor) return {{0, group * shape.s}, {0, groups}, {0, shape.n}};
        return {{0, group}, {0, groups}};
    case Form::Last:
        if (tensor) return {{0, shape.c}, {0, shape.n}};
        return {{0, shape.c}};
    }
    return {};
}

} // namespace normforge
