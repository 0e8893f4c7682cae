// SPDX-License-Identifier: MIT
// The one place where exceptions end.
#include "tools/normforge/common/command_line.h"

#include <cstdio>
#include <fmt/format.h>

namespace normforge {

int run_command_line(CLI::App &app, int argc, char **argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) { // also how CLI11 reports --help and --version, with status 0
        return app.exit(error) == 0 ? kExitOk : kExitBadInput;
    } catch (const CheckFailed &error) {
        fmt::print(stderr, "{}: {}\n", app.get_name(), error.what());
        return kExitCheckFailed;
    } catch (const std::exception &error) {
        fmt::print(stderr, "{}: {}\n", app.get_name(), error.what());
        return kExitBadInput;
    }
    return kExitOk;
}

} // namespace normforge
