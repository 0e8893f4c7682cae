// SPDX-License-Identifier: MIT
// The table of the fakes of fake_kernels.h: which there are and what arguments they take.
#include "tests/unit/fake_kernels.h"
#include "runtime/names.h"
#include "runtime/ops.h"
#include "tests/unit/fake_call.h"
#include <algorithm>
#include <array>
#include <deque>
#include <utility>

namespace normforge::unit {

Seen seen[NF_ROLE_COUNT];
std::vector<std::string> fake_runs;
int fake_result = 0;
const nf_kernel_host *fake_host = nullptr;

namespace {

struct Fake {
    nf_kernel kernel{};
    std::string name;
    std::vector<uint8_t> roles;
};

std::deque<Fake> &fakes() {
    static std::deque<Fake> all;
    return all;
}

constexpr size_t kMostFakes = 1024;

template <size_t index>
int run(void **arguments) {
    return run_fake(fakes()[index].kernel, arguments);
}

template <size_t... indices>
constexpr std::array<int (*)(void **), sizeof...(indices)> runners(std::index_sequence<indices...>) {
    return {&run<indices>...};
}

constexpr auto kRunners = runners(std::make_index_sequence<kMostFakes>());

/// The arguments of generated kernels, in about their order.
std::vector<uint8_t> roles_of(const nf_kernel &k) {
    const auto op = static_cast<nf_op>(k.op);
    const auto epilogue = static_cast<nf_epilogue>(k.epilogue);
    const bool backward = !writes_y(op) && op != NF_STATS, last = k.form == NF_FORM_LAST;
    const bool identity = activation_of(epilogue) == NF_EPILOGUE_NONE;
    const bool recomputes = !identity && !(adds_residual(epilogue) && derivative_from_output(epilogue));
    if (op == NF_MERGE)
        return {NF_ROLE_triples,  NF_ROLE_eps,     NF_ROLE_momentum,     NF_ROLE_unbiased,         NF_ROLE_mean,
                NF_ROLE_variance, NF_ROLE_invstd,  NF_ROLE_running_mean, NF_ROLE_running_variance, NF_ROLE_merged_0,
                NF_ROLE_merged_1, NF_ROLE_merged_2};
    if (op == NF_BACKWARD_MERGE)
        return {NF_ROLE_triples,    NF_ROLE_deviation, NF_ROLE_eps,     NF_ROLE_inverted,
                NF_ROLE_add_dgamma, NF_ROLE_add_dbeta, NF_ROLE_dgamma,  NF_ROLE_dbeta,
                NF_ROLE_merged_0,   NF_ROLE_merged_1,  NF_ROLE_merged_2};
    std::vector<uint8_t> roles = {NF_ROLE_x};
    const auto add = [&](bool wanted, std::initializer_list<uint8_t> some) {
        if (wanted) roles.insert(roles.end(), some);
    };
    add(backward, {NF_ROLE_dy});
    add(adds_residual(epilogue) && (!backward || recomputes), {NF_ROLE_residual});
    add(backward && adds_residual(epilogue) && derivative_from_output(epilogue), {NF_ROLE_y});
    const bool scales = op != NF_STATS && op != NF_BACKWARD_REDUCE && op != NF_BACKWARD_RESIDUAL;
    const bool z = !backward ? op != NF_STATS : recomputes;
    add(scales || z, {NF_ROLE_gamma});
    add(z, {NF_ROLE_beta});
    const bool centres = op == NF_BACKWARD_TRAIN || op == NF_BACKWARD_FROZEN || op == NF_BACKWARD_REDUCE ||
                         (op == NF_BACKWARD_APPLY && !k.frozen);
    const bool given = op == NF_FORWARD_INFERENCE || op == NF_BACKWARD_FROZEN || op == NF_BACKWARD_APPLY ||
                       ((op == NF_BACKWARD_REDUCE || op == NF_BACKWARD_RESIDUAL) && recomputes);
    add(op == NF_FORWARD_INFERENCE || centres || (backward && recomputes), {NF_ROLE_mean});
    add(given, {NF_ROLE_deviation, NF_ROLE_eps, NF_ROLE_inverted, NF_ROLE_invstd});
    add(op == NF_BACKWARD_TRAIN, {NF_ROLE_invstd});
    add(op == NF_FORWARD_TRAIN, {NF_ROLE_eps, NF_ROLE_momentum, NF_ROLE_unbiased, NF_ROLE_mean, NF_ROLE_variance,
                                 NF_ROLE_invstd, NF_ROLE_running_mean, NF_ROLE_running_variance});
    add(k.form == NF_FORM_SMALL_PLANES, {NF_ROLE_plane});
    add(activation_of(epilogue) == NF_EPILOGUE_LEAKY_RELU, {NF_ROLE_slope});
    add(op == NF_BACKWARD_TRAIN || op == NF_BACKWARD_FROZEN,
        {NF_ROLE_add_dgamma, NF_ROLE_add_dbeta, NF_ROLE_dgamma, NF_ROLE_dbeta});
    add(op == NF_STATS || op == NF_BACKWARD_REDUCE || (op == NF_BACKWARD_APPLY && !k.frozen),
        {NF_ROLE_triple_0, NF_ROLE_triple_1, NF_ROLE_triple_2});
    add(last && reduces(op), {NF_ROLE_chunks, NF_ROLE_partial_0, NF_ROLE_partial_1});
    add(last && scales, {NF_ROLE_scale});
    add(last && (op == NF_BACKWARD_TRAIN || (op == NF_BACKWARD_APPLY && !k.frozen)), {NF_ROLE_mean_dz, NF_ROLE_slope_dz});
    add(k.accumulate, {NF_ROLE_addend});
    add(has_store(op), {static_cast<uint8_t>(op == NF_BACKWARD_RESIDUAL ? NF_ROLE_dresidual
                                             : backward                 ? NF_ROLE_dx
                                                                        : NF_ROLE_y)});
    return roles;
}

void add_fake(nf_kernel kernel, const std::string &tag = "") {
    const auto op = static_cast<nf_op>(kernel.op);
    Fake fake;
    fake.name = std::string(name_of(op)) + "_" + name_of<nf_dtype>(kernel.dtype);
    if (has_form(op)) fake.name += std::string("_") + name_of<nf_form>(kernel.form);
    if (has_epilogue(op)) fake.name += std::string("_") + name_of<nf_epilogue>(kernel.epilogue);
    for (const auto &[set, word] : {std::pair(kernel.store == NF_STORE_STREAM, "stream"),
                                    std::pair(kernel.frozen != 0, "frozen"), std::pair(kernel.accumulate != 0, "accumulate"),
                                    std::pair(kernel.statistics64 != 0, "stats64"), std::pair(!tag.empty(), tag.c_str())})
        if (set) fake.name += std::string("_") + word;
    if (!kernel.target) kernel.target = own_target.c_str();
    if (!kernel.parameters) kernel.parameters = "";
    kernel.channel_step = kChannelStep;
    kernel.run = kRunners.at(fakes().size());
    fake.roles = roles_of(kernel);
    fake.kernel = kernel;
    fakes().push_back(std::move(fake));
}

std::vector<nf_epilogue> epilogues_of(nf_op op, nf_dtype dtype, bool statistics64) {
    std::vector<nf_epilogue> all = {NF_EPILOGUE_NONE, NF_EPILOGUE_ADD_RELU};
    if (dtype == NF_F32 && !statistics64)
        all = {NF_EPILOGUE_NONE, NF_EPILOGUE_RELU,     NF_EPILOGUE_LEAKY_RELU,     NF_EPILOGUE_SILU,
               NF_EPILOGUE_ADD,  NF_EPILOGUE_ADD_RELU, NF_EPILOGUE_ADD_LEAKY_RELU, NF_EPILOGUE_ADD_SILU};
    const auto useless = [&](nf_epilogue epilogue) {
        return kernel_epilogue(op, epilogue) != epilogue || (op == NF_BACKWARD_RESIDUAL && !adds_residual(epilogue));
    };
    all.erase(std::remove_if(all.begin(), all.end(), useless), all.end());
    return all;
}

void add_op(nf_op op, nf_dtype dtype, bool statistics64) {
    nf_kernel kernel{};
    kernel.op = static_cast<uint8_t>(op);
    kernel.dtype = static_cast<uint8_t>(dtype);
    kernel.store = NF_STORE_CACHED;
    kernel.statistics64 = statistics64;
    const bool adds = op == NF_BACKWARD_APPLY || op == NF_BACKWARD_RESIDUAL;
    for (uint8_t form = NF_FORM_INNER; form <= (has_form(op) ? NF_FORM_LAST : NF_FORM_INNER); ++form)
        for (const nf_epilogue epilogue : epilogues_of(op, dtype, statistics64))
            for (uint8_t accumulate = 0; accumulate <= (adds ? 1 : 0); ++accumulate)
                for (uint8_t frozen = 0; frozen <= (op == NF_BACKWARD_APPLY ? 1 : 0); ++frozen) {
                    kernel.form = form;
                    kernel.epilogue = static_cast<uint8_t>(epilogue);
                    kernel.accumulate = accumulate;
                    kernel.frozen = frozen;
                    add_fake(kernel);
                }
}

/// Variants of forward_inference_f32_inner_none, for tests of dispatch.
void add_specials(bool before) {
    nf_kernel kernel{};
    kernel.op = NF_FORWARD_INFERENCE;
    kernel.store = NF_STORE_CACHED;
    if (!before) return add_fake(kernel, "second");
    kernel.target = foreign_target.c_str();
    add_fake(kernel, "foreign");
    kernel.target = nullptr;
    kernel.forced_only = 1;
    add_fake(kernel, "forced_only");
    kernel.forced_only = 0;
    kernel.store = NF_STORE_STREAM;
    kernel.parameters = "unroll=2";
    add_fake(kernel);
}

/// Kernels for one shape each, of forward_inference and stats.
void add_specialised() {
    nf_kernel kernel{};
    kernel.op = NF_FORWARD_INFERENCE;
    kernel.parameters = "unroll=8";
    kernel.origin = "tuned";
    const auto add = [&](nf_form form, nf_store store, int32_t n, int32_t c, int32_t s) {
        kernel.form = static_cast<uint8_t>(form);
        kernel.store = static_cast<uint8_t>(store);
        kernel.n = n;
        kernel.c = c;
        kernel.s = s;
        add_fake(kernel, "n" + std::to_string(n) + "_c" + std::to_string(c) + "_s" + std::to_string(s));
    };
    add(NF_FORM_INNER, NF_STORE_STREAM, 2, 4, 1600);    // by its size it would be cached
    add(NF_FORM_INNER, NF_STORE_CACHED, 64, 64, 14400); // by its size it would stream
    add(NF_FORM_SMALL_PLANES, NF_STORE_CACHED, 5, 32, 64);
    add(NF_FORM_LAST, NF_STORE_CACHED, 3200, 16, 1);
    kernel.op = NF_STATS;
    add(NF_FORM_INNER, NF_STORE_CACHED, 2, 4, 1600);
}

void add_all() {
    add_specialised();
    add_specials(true);
    for (const nf_dtype dtype : values_of<nf_dtype>())
        for (const bool statistics64 : {false, true})
            for (const nf_op op : values_of<nf_op>())
                if (op != NF_APPLY && !(dtype == NF_F64 && statistics64)) add_op(op, dtype, statistics64);
    add_specials(false);
}

} // namespace

const nf_kernel_table &fake_table() {
    static const std::vector<nf_kernel> kernels = [] {
        add_all();
        std::vector<nf_kernel> all;
        for (Fake &fake : fakes()) { // in a deque: texts and roles stay where they are
            fake.kernel.name = fake.name.c_str();
            fake.kernel.roles = fake.roles.data();
            fake.kernel.role_count = static_cast<uint8_t>(fake.roles.size());
            all.push_back(fake.kernel);
        }
        return all;
    }();
    static const nf_kernel_table table = {NF_KERNEL_TABLE_VERSION, sizeof(nf_kernel), "fake",
                                          kernels.data(),          kernels.size(),    &fake_host};
    return table;
}

void register_fakes() {
    REQUIRE(nf_register(&fake_table()) == NF_SUCCESS);
}

} // namespace normforge::unit
