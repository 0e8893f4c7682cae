// SPDX-License-Identifier: MIT
// One call of the library and everything that is checked around it, see runner.h.
#include "tests/support/runner.h"

#include "runtime/symbol.h"
#include "tests/support/operands.h"
#include "tests/support/variants.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <memory>

namespace normforge::testing {

namespace {

void require(nf_status status, const char *call) {
    if (status != NF_SUCCESS) throw RunFailure(std::string(call) + ": " + nf_status_string(status) + ": " + nf_last_error());
}

struct DestroyPlan {
    void operator()(nf_plan *plan) const { nf_plan_destroy(plan); }
};
using Plan = std::unique_ptr<nf_plan, DestroyPlan>;

/// One operand in guarded memory.
struct Operand {
    const OperandRow *row;
    nf_dtype type;
    CanonicalTensor layout;
    GuardedBuffer memory;
    bool written; ///< the library may write its elements
    std::vector<std::byte> before = {};

    size_t element_bytes() const { return static_cast<size_t>(precision_of(type).bytes); }

    std::byte *data() const { return memory.data() + static_cast<size_t>(layout.origin()) * element_bytes(); }

    template <typename Body>
    void for_each(Body body) const {
        const auto bytes = static_cast<int64_t>(element_bytes());
        size_t dense = 0;
        for (int64_t n = 0; n < layout.shape.n; ++n) {
            for (int64_t c = 0; c < layout.shape.c; ++c) {
                for (int64_t s = 0; s < layout.shape.s; ++s)
                    body(data() + (n * layout.stride_n + c * layout.stride_c + s * layout.stride_s) * bytes, dense++);
            }
        }
    }

    void put(const Values &values) {
        for_each([&](std::byte *element, size_t i) { store(type, element, values[i]); });
    }

    Values get() const {
        Values values(static_cast<size_t>(layout.shape.count()));
        for_each([&](const std::byte *element, size_t i) { values[i] = load(type, element); });
        return values;
    }

    void remember() { before.assign(memory.data(), memory.data() + memory.size()); }

    /// Whether everything the library must not write is as before.
    bool untouched() const {
        if (!memory.surroundings_intact()) return false;
        std::vector<std::byte> after(memory.data(), memory.data() + memory.size());
        if (written) {
            for_each([&](const std::byte *element, size_t) {
                const auto at = element - memory.data();
                std::memcpy(after.data() + at, before.data() + at, element_bytes());
            });
        }
        return after == before;
    }
};

/// All operands of a call. A deque: operands are not movable once referred to.
class Operands {
public:
    Operands(const Problem &problem, const Inputs &in, const RunOptions &options)
        : problem_(problem), d_(problem.description), in_(in), options_(options) {
        require(nf_tensors_init(&call), "nf_tensors_init");
        for (const OperandRow &row : kOperands) add(row);
        call.batches_averaged = in.batches_averaged;
        for (Operand &operand : all_) operand.remember();
    }

    nf_tensors call{};

    void check_and_read(Results &results) const {
        for (const Operand &operand : all_) {
            if (!operand.untouched())
                throw RunFailure(std::string("memory of or around ") + operand.row->name + " was changed");
        }
        for (const auto &[row, memory] : outputs_) {
            const Values values = memory->get();
            const auto outputs = outputs_of(*row);
            const auto part = static_cast<std::ptrdiff_t>(values.size()) / outputs;
            for (int i = 0; i < outputs; ++i)
                results.values[static_cast<int>(row->output) + i].assign(values.begin() + i * part,
                                                                         values.begin() + (i + 1) * part);
        }
    }

    /// Whether the tensor that the plan writes last begins at a multiple of 64 bytes.
    bool output_aligned() const {
        const OperandRow *written = written_tensor(d_);
        for (const auto &[row, memory] : outputs_)
            if (row == written) return reinterpret_cast<uintptr_t>(memory->data()) % 64 == 0;
        return false;
    }

private:
    CanonicalTensor layout_of(const OperandRow &row) const {
        if (row.kind == OperandKind::tensor) return canonicalise(d_.x, d_.*row.layout, d_.axis);
        int64_t length = in_.shape.c;
        if (row.kind == OperandKind::triple) length *= 3;
        if (const Values *values = given(row)) length = static_cast<int64_t>(values->size());
        return {{1, length, 1}, length, 1, 1};
    }

    /// The values that an operand has before the call, null if it only is written.
    const Values *given(const OperandRow &row) const {
        const Access access = access_of(row, d_);
        return access == Access::read || access == Access::update ? &(in_.*row.values) : nullptr;
    }

    void add(const OperandRow &row) {
        const Access access = access_of(row, d_);
        const Values *values = given(row);
        const bool left_out = std::count(options_.absent.begin(), options_.absent.end(), row.name) > 0;
        const bool empty_array = values && values->empty() && row.kind != OperandKind::tensor && in_.shape.c > 0;
        if (access == Access::none || left_out || empty_array) return;
        Operand &memory =
            problem_.in_place && row.in_place_of && access == Access::write ? shared_with(row.in_place_of) : new_memory(row);
        if (values) memory.put(*values);
        if (access == Access::write || access == Access::update) {
            memory.written = true;
            outputs_.push_back({&row, &memory});
        }
        row.set(call, memory.data(), memory.layout.shape.count());
    }

    Operand &new_memory(const OperandRow &row) {
        const nf_dtype type = type_of(row, d_);
        const auto bytes = static_cast<int64_t>(precision_of(type).bytes);
        const CanonicalTensor layout = layout_of(row);
        const auto offset = (problem_.offset_bytes + bytes - 1) / bytes * bytes;
        all_.push_back(
            {&row, type, layout,
             GuardedBuffer(static_cast<size_t>(layout.span() * bytes), options_.edge, static_cast<size_t>(offset)), false});
        return all_.back();
    }

    Operand &shared_with(const char *name) {
        return *std::find_if(all_.begin(), all_.end(), [&](const Operand &o) { return o.row == &operand(name); });
    }

    const Problem &problem_;
    const nf_description &d_;
    const Inputs &in_;
    const RunOptions &options_;
    std::deque<Operand> all_;
    std::vector<std::pair<const OperandRow *, Operand *>> outputs_;
};

/// A plan may have several steps: the forced variant serves one of them. If that is the last one, it must have run, but for
/// a stream variant whose output is not aligned to a cache line: it hands over to a cached one of the same step.
void check_variant(const std::string &forced, const Problem &problem, const std::string &plan, const std::string &ran,
                   bool aligned) {
    const std::vector<Step> steps = steps_of(problem);
    if (forced.empty() || forced == ran || steps.empty()) return;
    const VariantName wanted = parse_symbol(forced), got = parse_symbol(ran);
    const bool last = serves(wanted, steps.back(), problem);
    const bool handed_over =
        wanted.store == NF_STORE_STREAM && !aligned && got.store == NF_STORE_CACHED && serves(got, steps.back(), problem);
    if (last ? !handed_over : plan.find(forced) == std::string::npos)
        throw RunFailure("forced " + forced + " but " + ran + " ran");
}

void check_all_written(const Results &results) {
    for (int i = 0; i < kOutputCount; ++i) {
        const auto &values = results.values[i];
        const auto hole = std::find_if(values.begin(), values.end(), GuardedBuffer::is_poison);
        if (hole != values.end()) {
            throw RunFailure(std::string(name_of(static_cast<Output>(i))) + "[" + std::to_string(hole - values.begin()) +
                             "] was not written");
        }
    }
}

/// With an empty batch saved statistics stay what they were.
void check_untouched_by_empty(const Results &results) {
    for (const Output output : {Output::mean, Output::variance, Output::invstd}) {
        const auto &values = results[output];
        if (!std::all_of(values.begin(), values.end(), GuardedBuffer::is_poison))
            throw RunFailure(std::string("saved ") + name_of(output) + " was written, though the batch is empty");
    }
}

uint64_t bits_of(double value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

} // namespace

Values Results::triple(Output count) const {
    Values all;
    for (int i = 0; i < 3; ++i) {
        const Values &part = values[static_cast<int>(count) + i];
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

Results run(const Problem &problem, const Inputs &in, const RunOptions &options) {
    nf_description description = problem.description;
    description.threads = options.threads;
    description.variant = options.variant.empty() ? nullptr : options.variant.c_str();
    nf_plan *created = nullptr;
    require(nf_plan_create(&description, &created), "nf_plan_create");
    const Plan plan(created);

    Operands operands(problem, in, options);
    // A workspace begins at a multiple of 64 bytes; its size is rounded up so that it can end at the page as well.
    nf_tensors &call = operands.call;
    call.workspace_size =
        (nf_plan_workspace_size(plan.get()) + NF_WORKSPACE_ALIGNMENT - 1) / NF_WORKSPACE_ALIGNMENT * NF_WORKSPACE_ALIGNMENT;
    const GuardedBuffer workspace(call.workspace_size, options.edge);
    call.workspace = workspace.data();

    require(nf_plan_execute(plan.get(), &call), "nf_plan_execute");
    Results results;
    operands.check_and_read(results);
    if (!workspace.surroundings_intact()) throw RunFailure("memory around the workspace was changed");
    if (is_empty(problem)) {
        check_untouched_by_empty(results);
        return results;
    }
    results.variant = nf_last_variant();
    check_variant(options.variant, problem, nf_plan_describe(plan.get()), results.variant, operands.output_aligned());
    check_all_written(results);
    return results;
}

std::string first_difference(const Results &a, const Results &b) {
    for (int i = 0; i < kOutputCount; ++i) {
        const auto &left = a.values[i], &right = b.values[i];
        const auto same = [](double l, double r) { return bits_of(l) == bits_of(r) || (std::isnan(l) && std::isnan(r)); };
        const auto [at, other] = std::mismatch(left.begin(), left.end(), right.begin(), right.end(), same);
        if (at == left.end() && other == right.end()) continue;
        const std::string where =
            std::string(name_of(static_cast<Output>(i))) + "[" + std::to_string(at - left.begin()) + "]";
        if (at == left.end() || other == right.end()) return where + " exists in one result only";
        char text[128];
        std::snprintf(text, sizeof text, ": %a in %s, %a in ", *at, "one", *other);
        return where + text + "the other";
    }
    return {};
}

} // namespace normforge::testing
