// SPDX-License-Identifier: MIT
// The registry, see registry.h. Tables come from code that was compiled apart from this library, so each is checked once.
#include "runtime/registry.h"
#include "runtime/compose.h"
#include "runtime/names.h"
#include "runtime/operands.h"
#include "runtime/ops.h"
#include "runtime/targets.h"
#include "runtime/threads.h"
#include <algorithm>
#include <mutex>

namespace normforge {
namespace {

struct Registry {
    std::mutex mutex;
    std::vector<const nf_kernel_table *> tables; ///< without the built-in one
};

Registry &registry() {
    static Registry instance;
    return instance;
}

/// Whether kernels of an op may have this tensor.
bool has_tensor(nf_op op, nf_role role) {
    const Operand *const operand = operand_of(role, {op}, op);
    return operand && operand->in(op).use;
}

/// What is wrong with the fields of a kernel whose pointers are good, empty if nothing is.
std::string check_fields(const nf_kernel &kernel) {
    if (!name_of<nf_op>(kernel.op)) return "op is " + std::to_string(kernel.op);
    if (!name_of<nf_dtype>(kernel.dtype)) return "dtype is " + std::to_string(kernel.dtype);
    if (!name_of<nf_form>(kernel.form)) return "form is " + std::to_string(kernel.form);
    if (!name_of<nf_epilogue>(kernel.epilogue)) return "epilogue is " + std::to_string(kernel.epilogue);
    if (kernel.store != NF_STORE_CACHED && kernel.store != NF_STORE_STREAM)
        return "store is " + std::to_string(kernel.store);
    const auto op = static_cast<nf_op>(kernel.op);
    if (kernel.store == NF_STORE_STREAM && !has_store(op)) return "store is stream, but its op writes no tensor";
    for (const auto &[field, value] :
         {std::pair("statistics64", kernel.statistics64), std::pair("accumulate", kernel.accumulate),
          std::pair("frozen", kernel.frozen), std::pair("forced_only", kernel.forced_only)})
        if (value > 1) return std::string(field) + " is " + std::to_string(value) + ", expected 0 or 1";
    if (kernel.alignment & (kernel.alignment - 1))
        return "alignment is " + std::to_string(kernel.alignment) + ", expected 0 or a power of two";
    for (const int32_t extent : {kernel.n, kernel.c, kernel.s})
        if (extent < 0 || (extent > 0) != (kernel.n > 0))
            return "n, c and s are " + std::to_string(kernel.n) + ", " + std::to_string(kernel.c) + " and " +
                   std::to_string(kernel.s) + ", expected extents from 1, or 0 three times";
    if (kernel.n && !has_form(op)) return "n is " + std::to_string(kernel.n) + ", but no kernel of its op is for one shape";
    if (kernel.role_count < 1 || kernel.role_count > NF_ROLE_COUNT)
        return "role_count is " + std::to_string(kernel.role_count) + ", expected 1 to " + std::to_string(NF_ROLE_COUNT);
    for (int i = 0; i < kernel.role_count; ++i) {
        if (kernel.roles[i] >= NF_ROLE_COUNT)
            return "roles[" + std::to_string(i) + "] is " + std::to_string(kernel.roles[i]);
        if (std::count(kernel.roles, kernel.roles + i, kernel.roles[i]))
            return "roles[" + std::to_string(i) + "] repeats a role";
        const auto role = static_cast<nf_role>(kernel.roles[i]);
        if (kind_of(role) == RoleKind::TENSOR && !has_tensor(op, role))
            return "roles[" + std::to_string(i) + "] is a tensor that its op does not have";
        if (kind_of(role) == RoleKind::TRIPLES && has_form(op))
            return "roles[" + std::to_string(i) + "] is triples, which only merge and backward_merge take";
        const bool on_cpu = find_target(kernel.target)->device == NF_DEVICE_CPU;
        if (kind_of(role) == RoleKind::PARTIAL && kernel.form != NF_FORM_LAST && on_cpu)
            return "roles[" + std::to_string(i) + "] is a partial result, which only the last form has";
        if (kind_of(role) == RoleKind::PARTIAL && kernel.channel_step < 1)
            return "channel_step is 0, expected 1 or more, because roles[" + std::to_string(i) + "] is a partial result";
    }
    return {};
}

Status check_kernel(const nf_kernel &kernel) {
    const std::pair<const char *, bool> required[] = {
        {"name", kernel.name},   {"target", kernel.target},      {"parameters", kernel.parameters},
        {"roles", kernel.roles}, {"run", kernel.run != nullptr},
    };
    for (const auto &[field, given] : required)
        if (!given) return {NF_BAD_KERNEL_TABLE, std::string(field) + " is null"};
    if (!find_target(kernel.target))
        return {NF_UNKNOWN_TARGET, std::string("target is \"") + kernel.target + "\", choices: " + target_choices()};
    const std::string text = check_fields(kernel);
    return text.empty() ? Status() : Status(NF_BAD_KERNEL_TABLE, text);
}

/// The built-in table if there is one; its kernels get the host's functions on the first call.
const nf_kernel_table *builtin_table() {
    static const nf_kernel_table *const table = [] {
        if (!nf_builtin_table || check_table(*nf_builtin_table).failed())
            return static_cast<const nf_kernel_table *>(nullptr);
        *nf_builtin_table->host = kernel_host();
        return nf_builtin_table;
    }();
    return table;
}

} // namespace

Status check_table(const nf_kernel_table &table) {
    const auto bad = [&](const std::string &text) { return Status(NF_BAD_KERNEL_TABLE, "kernel table: " + text); };
    if (table.version != NF_KERNEL_TABLE_VERSION)
        return bad("version is " + std::to_string(table.version) + ", expected " + std::to_string(NF_KERNEL_TABLE_VERSION));
    if (table.entry_size != sizeof(nf_kernel))
        return bad("entry_size is " + std::to_string(table.entry_size) + ", expected " + std::to_string(sizeof(nf_kernel)));
    if (!table.set) return bad("set is null");
    if (!table.host) return bad("host is null");
    if (!table.kernels && table.kernel_count) return bad("kernels is null");
    for (size_t i = 0; i < table.kernel_count; ++i)
        if (const Status status = check_kernel(table.kernels[i]); status.failed())
            return {status.code, "kernel table: set \"" + std::string(table.set) + "\", kernel " + std::to_string(i) + ": " +
                                     status.text};
    return {};
}

Status register_table(const nf_kernel_table &table) {
    if (Status status = check_table(table); status.failed()) return status;
    if (&table == builtin_table()) return {};
    const std::lock_guard lock(registry().mutex);
    std::vector<const nf_kernel_table *> &tables = registry().tables;
    if (std::find(tables.begin(), tables.end(), &table) != tables.end()) return {};
    tables.push_back(&table);
    *table.host = kernel_host();
    return {};
}

std::vector<RegisteredKernel> registered_kernels() {
    std::vector<RegisteredKernel> kernels;
    const auto add = [&](const nf_kernel_table &table) {
        for (size_t i = 0; i < table.kernel_count; ++i) kernels.push_back({&table.kernels[i], &table});
    };
    {
        const std::lock_guard lock(registry().mutex);
        for (const nf_kernel_table *table : registry().tables) add(*table);
    }
    if (const nf_kernel_table *table = builtin_table()) add(*table);
    return kernels;
}

} // namespace normforge
