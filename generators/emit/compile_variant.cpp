// SPDX-License-Identifier: MIT
// From a symbol to an object file.
#include "generators/emit/compile_variant.h"

#include "generators/algorithm/element_type.h"
#include "generators/algorithm/form.h"
#include "generators/algorithm/reduction_tree.h"
#include "generators/emit/object_file.h"
#include "generators/schedule/halide_target.h"
#include "generators/schedule/schedule.h"
#include "generators/schedule/shared_base.h"
#include "generators/tuning/autoscheduler.h"
#include "generators/tuning/steps.h"
#include "runtime/names.h"
#include "runtime/ops.h"
#include "runtime/partition.h"
#include "runtime/text.h"

#include <Halide.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <dlfcn.h>
#include <map>
#include <stdexcept>
#include <unistd.h>

namespace normforge {

static_assert(kSmallPlane == NF_SMALL_PLANE && kMaxGroup == NF_MAX_GROUP && kMaxRunBytes == NF_MAX_RUN_BYTES);
static_assert(kTileRows == NF_TILE_ROWS);
static_assert(kLanes == kSumLanes);

namespace {

struct RemoveOnExit {
    std::string path;
    ~RemoveOnExit() { std::remove(path.c_str()); }
};

/// What the runtime will choose for a shape, which autoschedulers are told.
void add_expectations(const VariantName &name, const Extents &shape, int threads,
                      std::map<std::string, std::string> &values) {
    const StoredAndComputed bytes = {static_cast<size_t>(stored_bytes(name)), static_cast<size_t>(arithmetic_bytes(name))};
    if (name.form == NF_FORM_SMALL_PLANES)
        values["expected_group"] = std::to_string(choose_group(name.op, shape.c, shape.s, bytes, threads));
    if (name.form == NF_FORM_LAST) values["expected_chunks"] = std::to_string(chunks_of(shape.n));
}

/// Loads an autoscheduler from beside libHalide, where dlopen() does not look.
void load_plugin(const std::string &name) {
    std::array<char, PATH_MAX> folder{};
    void *halide = dlopen("libHalide.so", RTLD_LAZY | RTLD_NOLOAD);
    if (!halide || dlinfo(halide, RTLD_DI_ORIGIN, folder.data()) != 0)
        throw std::runtime_error(std::string("libHalide.so is not found: ") + dlerror());
    const std::string path = std::string(folder.data()) + "/lib" + name + ".so";
    if (access(path.c_str(), R_OK) != 0) throw std::runtime_error(path + ": no such autoscheduler");
    Halide::load_plugin(path);
}

/// The generator and its parameters.
std::unique_ptr<Halide::Internal::AbstractGenerator> make_generator(const VariantName &name, const Halide::Target &target,
                                                                    const ScheduleParameters &parameters) {
    const std::optional<Autoscheduler> autoscheduler = autoscheduler_of(name);
    std::string generator = name_of(name.op);
    if (reduces(name.op) && (target.has_gpu_feature() ? !takes_whole_channels(name) : name.form == NF_FORM_LAST))
        generator += "_last";
    auto word = [](bool value) { return value ? "true" : "false"; };
    std::map<std::string, std::string> values = {{"dtype", name_of(name.dtype)},
                                                 {"stats64", word(has_statistics_f64(name))},
                                                 {"schedule", is_portable(name) ? "portable" : "native"}};
    if (has_form(name.op)) {
        values["form"] = name_of(name.form);
        values["epilogue"] = name_of(name.epilogue);
        values["aligned"] = word(is_aligned(name));
        values["stream"] = word(name.store == NF_STORE_STREAM);
        if (const auto shape = specialised_for(name)) {
            const int64_t extents[] = {shape->n, shape->c, shape->s};
            values["shape"] = times_text(extents, 3);
            if (autoscheduler) add_expectations(name, *shape, autoscheduler->threads, values);
        }
    }
    if (is_accumulating(name)) values["accumulate"] = word(true);
    if (is_frozen(name)) values["frozen"] = word(true);
    values["parameters"] = to_string(parameters);
    Halide::AutoschedulerParams chosen;
    if (autoscheduler) {
        load_plugin(autoscheduler->plugin);
        chosen = {autoscheduler->name, autoscheduler->parameters()};
    }
    auto made = Halide::Internal::GeneratorRegistry::create(generator, Halide::GeneratorContext(target, chosen));
    for (const auto &[key, value] : values) made->set_generatorparam_value(key, value);
    return made;
}

/// Refuses shapes that no problem of the form has, and those whose runs streaming stores cannot fill.
void check_shape(const VariantName &name) {
    const auto shape = specialised_for(name);
    if (!shape) return;
    const auto refuse = [&](const std::string &what) { throw std::invalid_argument("tag \"" + name.tag + "\" " + what); };
    if (name.form == NF_FORM_LAST && shape->s != 1) refuse("has an s, but the last form has rows alone, expected s1");
    if (name.form == NF_FORM_SMALL_PLANES && shape->s > NF_SMALL_PLANE)
        refuse("has planes above " + std::to_string(NF_SMALL_PLANE) +
               " elements, which the small_planes form does not take");
    const int64_t run = name.form == NF_FORM_LAST ? shape->c : shape->s;
    if (name.form != NF_FORM_SMALL_PLANES && name.store == NF_STORE_STREAM &&
        run * element_types().at(name_of(name.dtype)).stored.bytes() % kLineBytes != 0)
        refuse("has runs of " + std::to_string(run) + " elements, but streaming stores need whole cache lines");
}

/// Role of an argument: Halide appends $1 to names used twice, and names the values of a Tuple partial.0, partial.1.
std::string role(std::string name) {
    size_t value = name.find('.');
    std::string suffix = value == std::string::npos ? "" : "_" + name.substr(value + 1);
    return name.substr(0, name.find_first_of("$.")) + suffix;
}

} // namespace

CompiledVariant compile_variant(const VariantRequest &request, const std::string &object_path) {
    VariantName name = parse_symbol(request.symbol);
    const CompileTarget &compile_for = compile_target(name.target);
    Halide::Target target = halide_target(compile_for);
    ScheduleParameters parameters = resolve(parse_parameters(request.parameters), compile_for.facts, arithmetic_bytes(name));
    const bool native = has_native_schedule(name);
    check_shape(name);
    const bool on_gpu = compile_for.facts.gpu != Gpu::None;
    if (on_gpu && !request.parameters.empty())
        throw std::invalid_argument("parameters are \"" + request.parameters + "\", but the schedule of " + name.target +
                                    " has none");

    // The module's name lands in the object: it is the symbol, never a path.
    std::string function = request.symbol;
    Halide::Module module = make_generator(name, target, parameters)->build_module(function);
    CompiledVariant compiled = {
        request.symbol, native && !on_gpu ? to_string(parameters) : "", request.origin, {}, 1, 0, 0, 0};
    ObjectRequest object = {object_path + ".bc", object_path, function + "_argv", request.symbol, {}, {}, false, false};
    object.rounds_to_bf16 = compile_for.base && rounds_to_bf16(name);
    object.of_rows = has_form(name.op) && name.form == NF_FORM_LAST;
    for (const Halide::Internal::LoweredFunc &lowered : module.functions()) {
        if (lowered.name != function) continue;
        for (const Halide::Internal::LoweredArgument &argument : lowered.args) {
            std::string word = role(argument.name);
            compiled.arguments.push_back(word);
            if (argument.is_output()) object.outputs.insert(argument.name);
            bool tensor_output = word == "y" || word == "dx" || word == "dresidual";
            if (tensor_output && name.store == NF_STORE_STREAM) object.stream_buffers.insert(argument.name);
        }
    }
    compiled.shared_bytes = most_shared_bytes(module);
    if (reduces(name.op) && name.form == NF_FORM_LAST && native) {
        compiled.channel_step = !on_gpu ? parameters.vector * parameters.channel_vectors
                                        : gpu_channel_step(is_aligned(name) ? gpu_vector(stored_bytes(name)) : 1);
    }

    RemoveOnExit bitcode{object.bitcode_path};
    module.compile({{Halide::OutputFileType::bitcode, object.bitcode_path}});
    ObjectFacts facts = write_object(object);
    compiled.streaming_stores = facts.streaming_stores;
    compiled.code_size = facts.code_size;
    return compiled;
}

} // namespace normforge
