// SPDX-License-Identifier: MIT
// normforge-trial, running for one problem: checks and times one candidate after the other.
#pragma once

#include "generators/emit/child_process.h"
#include "generators/emit/temporary_file.h"
#include "tools/normforge/tune/rounds.h"
#include "tools/trial/protocol.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace normforge {

class TrialProcess {
public:
    /// Starts it in a process group of its own, out of reach of the terminal's Ctrl-C, and waits until the problem is
    /// prepared. Throws std::runtime_error with how it ended and its error text if it ends instead, Interrupted after
    /// Ctrl-C, OutOfTime if it is not prepared by then.
    TrialProcess(const std::vector<std::string> &command, Deadline end);
    TrialProcess(const TrialProcess &) = delete;
    TrialProcess &operator=(const TrialProcess &) = delete;

    /// Throws as the constructor does, but for OutOfTime: the request has a limit of its own.
    TrialAnswer ask(const TrialRequest &request);

private:
    using File = std::unique_ptr<FILE, int (*)(FILE *)>;
    TrialAnswer answer(Deadline end);

    std::string name_;
    TemporaryFile errors_;
    File requests_, answers_;
    std::optional<ChildProcess> process_; ///< ended with the candidate's process, before what it writes to is closed
};

} // namespace normforge
