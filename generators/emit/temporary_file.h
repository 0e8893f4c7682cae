// SPDX-License-Identifier: MIT
// A file without a name, for what another process writes: no pipe can fill up or break. Gone when closed.
#pragma once

#include "generators/emit/system_failure.h"
#include "runtime/text.h"

#include <cstdio>
#include <memory>
#include <string>

namespace normforge {

class TemporaryFile {
public:
    /// Throws std::system_error if none can be made.
    TemporaryFile() : file_(std::tmpfile(), &std::fclose) {
        if (!file_) throw system_failure("temporary file");
    }

    FILE *get() const { return file_.get(); }
    int descriptor() const { return fileno(file_.get()); }

    /// All that was written to it, by whomever.
    std::string text() const {
        std::rewind(file_.get());
        return read_text(file_.get()).value_or("");
    }

private:
    std::unique_ptr<FILE, int (*)(FILE *)> file_;
};

} // namespace normforge
