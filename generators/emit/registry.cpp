// SPDX-License-Identifier: MIT
// Writes the registry, see include/normforge/kernel_table.h for what it fills in.
#include "generators/emit/registry.h"

#include "generators/tuning/targets.h"
#include "runtime/names.h"
#include "runtime/ops.h"

#include <fmt/format.h>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace normforge {

namespace {

constexpr const char *kSource = R"(/* Made by `normforge gen`: the registry of the kernel set "{set}". */
#include <normforge/kernel_table.h>

{declarations}
{allocator}{roles}
static const nf_kernel kernels[] = {{
{entries}}};

/* Set by nf_register(); kernels call the function below under the name that Halide gave it. */
static const nf_kernel_host *host;

__attribute__((visibility("hidden"))) int halide_do_par_for(void *user_context, int (*task)(void *, int, uint8_t *), int min,
                                                            int count, uint8_t *closure) {{
    (void)user_context;
    return host->parallel_for(task, min, count, closure);
}}

{gpu}__attribute__((visibility("default"))) const nf_kernel_table nf_kernels_{set} = {{
    NF_KERNEL_TABLE_VERSION, sizeof(nf_kernel), "{set}", kernels, sizeof kernels / sizeof kernels[0], &host}};
)";

/// What kernels of a GPU's API call: host->load_code() and launch() do the work. Buffers are in the GPU's memory already.
constexpr const char *kGpu = R"(struct halide_device_interface_t;

__attribute__((visibility("hidden"))) int halide_{api}_initialize_kernels(void *user_context, void **state, const char *code,
                                                                          int size) {{
    (void)user_context;
    (void)state;
    return host->load_code(code, (size_t)size);
}}

__attribute__((visibility("hidden"))) void halide_{api}_finalize_kernels(void *user_context, void *state) {{
    (void)user_context;
    (void)state;
}}

__attribute__((visibility("hidden"))) int halide_{api}_run(void *user_context, void *state, const char *entry, int blocks_x,
                                                           int blocks_y, int blocks_z, int threads_x, int threads_y,
                                                           int threads_z, int shared_bytes, size_t sizes[],
                                                           void *arguments[], int8_t is_buffer[]) {{
    const int grid[] = {{blocks_x, blocks_y, blocks_z, threads_x, threads_y, threads_z}};
    (void)user_context;
    (void)state;
    return host->launch(entry, grid, shared_bytes, sizes, arguments, is_buffer);
}}

__attribute__((visibility("hidden"))) const struct halide_device_interface_t *halide_{api}_device_interface(void) {{
    return NULL;
}}

)";

constexpr const char *kGpuCopies = R"(__attribute__((visibility("hidden"))) int halide_copy_to_device(
    void *user_context, void *buffer, const struct halide_device_interface_t *interface) {
    (void)user_context;
    (void)buffer;
    (void)interface;
    return 0;
}

)";

/// What kernels that Halide's autoschedulers scheduled may call besides: ours keep everything on the stack.
constexpr const char *kAllocator = R"(#include <stdlib.h>

extern void *aligned_alloc(size_t alignment, size_t bytes); /* C11; this file is C99 */
enum { ALIGNMENT = 128 };                                   /* of the widest vector */

__attribute__((visibility("hidden"))) void *halide_malloc(void *user_context, size_t bytes) {
    (void)user_context;
    return aligned_alloc(ALIGNMENT, (bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

__attribute__((visibility("hidden"))) void halide_free(void *user_context, void *memory) {
    (void)user_context;
    free(memory);
}

)";

constexpr const char *kHeader =
    R"(/* Made by `normforge gen`: kernel set "{set}". Call nf_register(&nf_kernels_{set}) once, before making plans. */
#ifndef NF_KERNELS_{set}_H
#define NF_KERNELS_{set}_H

#include <normforge/normforge.h>

#ifdef __cplusplus
extern "C" {{
#endif

extern const nf_kernel_table nf_kernels_{set};

#ifdef __cplusplus
}}
#endif

#endif
)";

/// A text as C source.
std::string c_string(const std::string &text) {
    std::string literal = "\"";
    for (const char c : text) {
        const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?'; // "??=" would be a trigraph
        literal += plain ? std::string(1, c) : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
    return literal + "\"";
}

/// Bytes that a GPU's kernel takes at once.
int alignment_of(const VariantName &name) {
    return is_aligned(name) ? kGpuVectorBytes : 0;
}

} // namespace

std::string registry_source(const std::string &set, const std::vector<CompiledVariant> &variants) {
    std::string declarations, allocator, roles, entries;
    auto declaration = std::back_inserter(declarations), entry = std::back_inserter(entries);
    std::set<std::string> apis;
    std::map<std::vector<std::string>, std::string> arrays; // kernels of one op and form share an array of roles
    for (const CompiledVariant &variant : variants) {
        VariantName name = parse_symbol(variant.symbol);
        if (is_autoscheduled(name)) allocator = kAllocator;
        if (const Gpu gpu = compile_target(name.target).facts.gpu; gpu != Gpu::None)
            apis.insert(gpu == Gpu::Cuda ? "cuda" : "opencl");
        auto [array, is_new] = arrays.try_emplace(variant.arguments, fmt::format("roles_{}", arrays.size()));
        if (is_new) {
            fmt::format_to(std::back_inserter(roles), "static const uint8_t {}[] = {{", array->second);
            for (const std::string &role : variant.arguments)
                fmt::format_to(std::back_inserter(roles), "NF_ROLE_{}, ", role);
            roles += "};\n";
        }
        fmt::format_to(declaration, "int {}(void **arguments);\n", variant.symbol);
        const Extents shape = specialised_for(name).value_or(Extents{});
        fmt::format_to(
            entry,
            "    {{\"{}\", \"{}\", \"{}\", {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}},\n",
            variant.symbol, name.target, variant.parameters, variant.origin == "default" ? "NULL" : c_string(variant.origin),
            shape.n, shape.c, shape.s, static_cast<int>(name.op), static_cast<int>(name.dtype), static_cast<int>(name.form),
            static_cast<int>(name.epilogue), static_cast<int>(name.store), has_statistics_f64(name) ? 1 : 0,
            is_accumulating(name) ? 1 : 0, is_frozen(name) ? 1 : 0, has_native_schedule(name) ? 0 : 1, variant.channel_step,
            alignment_of(name), variant.arguments.size(), array->second, variant.symbol);
    }
    std::string gpu;
    for (const std::string &api : apis) gpu += fmt::format(kGpu, fmt::arg("api", api));
    if (!apis.empty()) gpu += kGpuCopies;
    return fmt::format(kSource, fmt::arg("gpu", gpu), fmt::arg("set", set), fmt::arg("declarations", declarations),
                       fmt::arg("allocator", allocator), fmt::arg("roles", roles), fmt::arg("entries", entries));
}

std::string registry_header(const std::string &set) {
    return fmt::format(kHeader, fmt::arg("set", set));
}

std::string manifest(const std::string &set, const std::vector<CompiledVariant> &variants) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const CompiledVariant &variant : variants) {
        VariantName name = parse_symbol(variant.symbol);
        nlohmann::ordered_json entry = {{"name", variant.symbol}, {"op", name_of(name.op)}, {"dtype", name_of(name.dtype)}};
        if (has_form(name.op)) {
            entry["layout"] = name.form == NF_FORM_LAST ? "last" : "inner";
            entry["form"] = name_of(name.form);
        }
        if (has_epilogue(name.op)) entry["epilogue"] = name_of(name.epilogue);
        if (has_store(name.op)) entry["store"] = name_of(name.store);
        entry["target"] = name.target;
        entry["statistics"] = has_statistics_f64(name) ? "f64" : "default";
        entry["tag"] = name.tag;
        if (const auto shape = specialised_for(name)) entry["shape"] = {{"n", shape->n}, {"c", shape->c}, {"s", shape->s}};
        entry["parameters"] = variant.parameters;
        entry["origin"] = variant.origin;
        entry["streaming_stores"] = variant.streaming_stores;
        entry["code_size"] = variant.code_size;
        if (compile_target(name.target).facts.gpu != Gpu::None) entry["shared_bytes"] = variant.shared_bytes;
        list.push_back(entry);
    }
    return nlohmann::ordered_json{{"set", set}, {"kernels", list}}.dump(2) + "\n";
}

} // namespace normforge
