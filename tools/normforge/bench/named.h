// SPDX-License-Identifier: MIT
// What competitors have in common, on the CPU and on GPUs: a name for tables, and that there is one of each.
#pragma once

#include <string>
#include <utility>

namespace normforge::bench {

class Named {
public:
    explicit Named(std::string name) : name_(std::move(name)) {}
    virtual ~Named() = default;
    Named(const Named &) = delete;
    Named &operator=(const Named &) = delete;

    const std::string &name() const { return name_; }

private:
    std::string name_;
};

} // namespace normforge::bench
