// SPDX-License-Identifier: MIT
// `normforge info`: the machine, the kernel sets, the variants and their hot loops, and what a plan for a problem would do.
#include "generators/tuning/space.h"
#include "runtime/registry.h"
#include "runtime/targets.h"
#include "tools/normforge/asm/kernel_image.h"
#include "tools/normforge/asm/listing.h"
#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/kernel_library.h"
#include "tools/normforge/common/machine.h"
#include "tools/normforge/common/near_matches.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/table.h"
#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/verbs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <normforge/normforge.hpp>

namespace normforge {

namespace {

struct InfoOptions {
    KernelOptions kernels;
    bool variants = false;
    JsonOption json;
    std::string variant;
    std::string assembly;
    std::string problem;
};

std::vector<nf_variant> all_variants() {
    std::vector<nf_variant> variants;
    for (size_t i = 0; i < nf_variant_count(); i++) variants.push_back(variant_at(i));
    return variants;
}

std::runtime_error unknown_variant(const std::string &name, const std::vector<std::string> &names) {
    return std::runtime_error(fmt::format("no registered variant is called '{}'; near it: {}\n"
                                          "`normforge info --variants` lists them all",
                                          name, fmt::join(near_matches(name, names), ", ")));
}

std::string usable_text(const nf_variant &variant) {
    return variant.usable ? "yes" : fmt::format("no: this CPU cannot run {}", variant.target);
}

nlohmann::json to_json(const nf_variant &variant) {
    return {{"name", variant.name},     {"set", variant.set},
            {"target", variant.target}, {"parameters", variant.parameters},
            {"origin", variant.origin}, {"usable", variant.usable != 0}};
}

/// What was asked for, for people and for programs.
struct Answer {
    std::string text;
    nlohmann::json json;
};

Answer about_machine(const std::vector<KernelLibrary> &libraries, bool for_programs) {
    const Machine machine = this_machine();
    nlohmann::json document = {{"version", nf_version()}, {"machine", to_json(machine)}, {"threads", nf_threads()}};
    if (for_programs) document["parameter_space"] = space_signature(); // takes 250 ms
    std::string text =
        fmt::format("normforge {}\n{}threads:   {}\ntargets:  ", nf_version(), describe(machine), nf_threads());
    for (const auto &target : kTargets) {
        document["targets"][target.name] = target_usable(target);
        if (target_usable(target)) text += fmt::format(" {}", target.name);
    }
    text += "\n";
    for (const auto &library : libraries) {
        document["kernel_sets"].push_back(
            {{"set", library.set}, {"path", library.path}, {"variants", library.kernel_count}});
        text += fmt::format("kernels:   {}, {} variants, from {}\n", library.set, library.kernel_count, library.path);
    }
    return {text, document};
}

Answer about_variants() {
    nlohmann::json list = nlohmann::json::array();
    Table table({"variant", "set", "target", "usable", "origin", "parameters"}, 6);
    for (const auto &variant : all_variants()) {
        list.push_back(to_json(variant));
        table.add({variant.name, variant.set, variant.target, usable_text(variant), variant.origin, variant.parameters});
    }
    return {table.text(), list};
}

Answer about_variant(const std::string &name) {
    std::vector<std::string> names;
    for (const auto &variant : all_variants()) {
        names.emplace_back(variant.name);
        if (name != variant.name) continue;
        return {fmt::format("name:       {}\nset:        {}\ntarget:     {}\nusable:     {}\nparameters: {}\n"
                            "origin:     {}\n",
                            variant.name, variant.set, variant.target, usable_text(variant), variant.parameters,
                            variant.origin),
                to_json(variant)};
    }
    throw unknown_variant(name, names);
}

/// Libraries are read, not loaded: this machine need not be able to run them.
Answer about_assembly(const std::vector<std::string> &libraries, const std::string &name) {
    std::vector<std::string> names;
    for (const std::string &library : libraries) {
        const assembly::KernelImage image(library);
        const nf_kernel *kernel = image.find(name);
        const nf_kernel_table &table = image.table();
        for (size_t i = 0; i < table.kernel_count; i++) names.emplace_back(table.kernels[i].name);
        if (!kernel) continue;
        const assembly::CodeFile file(library);
        const auto loops = assembly::tensor_loops(assembly::trace(file, name), *kernel);
        return {loops.empty() ? fmt::format("{} touches no tensor\n", name) : assembly::listing(loops),
                {{"variant", name}, {"library", library}, {"loops", assembly::to_json(loops)}}};
    }
    throw unknown_variant(name, names);
}

Answer about_plan(const std::string &text) {
    const Problem problem = parse_problem_argument(text);
    nf_plan *created = nullptr;
    if (nf_plan_create(&problem.description, &created) != NF_SUCCESS) {
        throw std::runtime_error(fmt::format("{}: {}", text, nf_last_error()));
    }
    const std::unique_ptr<nf_plan, decltype(&nf_plan_destroy)> plan(created, nf_plan_destroy);
    const std::string description = nf_plan_describe(plan.get());
    return {description + (!description.empty() && description.back() == '\n' ? "" : "\n"),
            {{"problem", to_string(problem)},
             {"variant", nf_plan_variant(plan.get())},
             {"workspace_bytes", nf_plan_workspace_size(plan.get())},
             {"description", description}}};
}

Answer answer(const InfoOptions &options) {
    if (!options.assembly.empty()) return about_assembly(options.kernels.files(), options.assembly);
    const auto libraries = options.kernels.load();
    if (options.variants) return about_variants();
    if (!options.variant.empty()) return about_variant(options.variant);
    if (!options.problem.empty()) return about_plan(options.problem);
    return about_machine(libraries, !options.json.file().empty());
}

void run_info(const InfoOptions &options) {
    const Answer found = answer(options);
    options.json.write(found.json);
    if (options.json.wants_text()) write_standard_output(found.text);
}

} // namespace

void add_info(CLI::App &app) {
    auto options = std::make_shared<InfoOptions>();
    CLI::App *verb = app.add_subcommand("info", "Show the machine, the kernels, or what a plan does");
    options->kernels.add_to(*verb);
    auto *what = verb->add_option_group("what", "One of these, else the machine");
    what->add_flag("--variants", options->variants, "List every registered variant, preferred first");
    what->add_option("--variant", options->variant, "Show one variant")->type_name("NAME")->check(kNotEmpty);
    what->add_option("--asm", options->assembly, "Show the hot loops of one variant, and what they read and write")
        ->type_name("NAME")
        ->check(kNotEmpty);
    what->add_option("--problem", options->problem, "Show which variant serves a problem, and why")
        ->type_name("PROBLEM")
        ->check(kNotEmpty);
    what->require_option(0, 1);
    options->json.add_to(*verb, "Write the same");
    verb->footer("Examples:\n"
                 "  normforge info --problem forward_train:f32:nchw:32x64x112x112:relu\n"
                 "  normforge info --asm nf_forward_train_f32_inner_relu_stream_x86_64_avx2");
    verb->callback([options] { run_info(*options); });
}

} // namespace normforge
