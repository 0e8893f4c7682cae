// SPDX-License-Identifier: MIT
// The CPUs this process may use: affinity and cgroup quota.
#pragma once

#include <string>
#include <vector>

namespace normforge {

/// Numbers of the CPUs that the calling thread's affinity allows, ascending; where that cannot be read, those online,
/// counted from 0. At least one.
std::vector<int> affinity_cpus();

/// Whole CPUs that the cgroup quota (v1 or v2) leaves this process, rounded up; 0 without a quota.
/// `root` is put before /proc and /sys, "" for the machine itself.
int cgroup_cpus(const std::string &root);

/// CPUs allowed by affinity and cgroup quota, at least 1. Asked anew at each call.
int allowed_cpus() noexcept;

} // namespace normforge
