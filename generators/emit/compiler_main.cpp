// SPDX-License-Identifier: MIT
// normforge-compiler: compiles one variant. `normforge gen` runs one such process per kernel.
#include "generators/emit/compile_variant.h"

#include <CLI/CLI.hpp>
#include <Halide.h>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

namespace {

/// Ends the process with Halide's own text: its exceptions end it anyway, without one.
class EndWithText : public Halide::CompileTimeErrorReporter {
public:
    EndWithText() { Halide::set_custom_compile_time_error_reporter(this); }
    void warning(const char *text) override { std::cerr << text; }
    void error(const char *text) override {
        std::cerr << text << std::flush;
        std::_Exit(1);
    }
};

} // namespace

int main(int argc, char **argv) {
    CLI::App app("Compiles one kernel of normforge to an object file and prints its facts as JSON.");
    normforge::VariantRequest request;
    std::string object;
    app.add_option("--symbol", request.symbol, "variant to compile, by its symbol")->required();
    app.add_option("--object", object, "object file to write")->required();
    app.add_option("--parameters", request.parameters, "schedule parameters, \"name=value ...\"");
    CLI11_PARSE(app, argc, argv);
    EndWithText halide_errors;
    try {
        normforge::CompiledVariant compiled = normforge::compile_variant(request, object);
        std::cout << nlohmann::json{{"symbol", compiled.symbol},
                                    {"parameters", compiled.parameters},
                                    {"arguments", compiled.arguments},
                                    {"channel_step", compiled.channel_step},
                                    {"streaming_stores", compiled.streaming_stores},
                                    {"code_size", compiled.code_size},
                                    {"shared_bytes", compiled.shared_bytes}}
                  << '\n';
        return 0;
    } catch (const std::exception &error) {
        std::cerr << request.symbol << ": " << error.what() << '\n';
        std::remove(object.c_str());
        return 1;
    }
}
