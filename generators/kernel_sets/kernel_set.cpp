// SPDX-License-Identifier: MIT
// Reads and expands kernel sets.
#include "generators/kernel_sets/kernel_set.h"

#include "generators/tuning/autoscheduler.h"
#include "generators/tuning/parameters.h"
#include "runtime/names.h"
#include "runtime/ops.h"
#include "runtime/targets.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>

namespace normforge {

namespace {

using nlohmann::json;

/// A rule of the file and where it stands, for error texts.
class Rule {
public:
    Rule(const json &object, std::string place) : object_(object), place_(std::move(place)) {
        static const std::set<std::string> keys = {"op",    "dtype", "form",   "epilogue",
                                                   "store", "tag",   "target", "parameters"};
        if (!object.is_object()) fail("", std::string("is ") + object.type_name() + ", expected an object");
        for (const auto &[key, value] : object.items()) {
            if (keys.count(key) == 0)
                fail(key, "is no key of a rule, expected op, dtype, form, epilogue, store, tag, target or parameters");
        }
    }

    /// The enumerators listed under `key`.
    template <typename Enum>
    std::vector<Enum> list(const std::string &key) const {
        const json *words = find(key);
        std::string came = words ? "is " + words->dump() : "is missing";
        if (!words || !words->is_array() || words->empty()) fail(key, came + ", expected a list of: " + choices_of<Enum>());
        std::vector<Enum> values;
        for (const json &word : *words) {
            auto value = word.is_string() ? from_name<Enum>(word.get<std::string>()) : std::nullopt;
            if (!value) fail(key, "holds " + word.dump() + ", expected one of: " + choices_of<Enum>());
            values.push_back(*value);
        }
        return values;
    }

    /// The same for a word that the rule's ops have or not: the list, or the one value that stands for "none".
    template <typename Enum>
    std::vector<Enum> list_if(bool wanted, const std::string &key, Enum none) const {
        if (wanted) return list<Enum>(key);
        if (find(key)) fail(key, "is given, but ops of this rule have none");
        return {none};
    }

    /// The element types: all of the target's where the rule names none, else those of its own that the target has.
    std::vector<nf_dtype> dtypes(const std::optional<std::vector<nf_dtype>> &of_target) const {
        if (!of_target) return list<nf_dtype>("dtype");
        if (!find("dtype")) return *of_target;
        std::vector<nf_dtype> both;
        for (nf_dtype dtype : list<nf_dtype>("dtype")) {
            if (std::find(of_target->begin(), of_target->end(), dtype) != of_target->end()) both.push_back(dtype);
        }
        return both;
    }

    /// Whether the rule holds for a target.
    bool serves(const std::string &target) const {
        const json *targets = find("target");
        if (!targets) return true;
        if (!targets->is_array()) fail("target", "is " + targets->dump() + ", expected a list of: " + target_choices());
        for (const json &name : *targets) {
            if (!name.is_string() || !find_target(name.get<std::string>()))
                fail("target", "holds " + name.dump() + ", expected a list of: " + target_choices());
        }
        return std::find(targets->begin(), targets->end(), json(target)) != targets->end();
    }

    std::string text(const std::string &key) const {
        const json *value = find(key);
        if (!value) return "";
        if (!value->is_string()) fail(key, "is " + value->dump() + ", expected a string");
        return value->get<std::string>();
    }

    [[noreturn]] void fail(const std::string &key, const std::string &text) const {
        throw std::runtime_error(place_ + (key.empty() ? " " : ": \"" + key + "\" ") + text);
    }

private:
    const json *find(const std::string &key) const {
        auto entry = object_.find(key);
        return entry == object_.end() ? nullptr : &*entry;
    }

    const json &object_;
    std::string place_;
};

json read_json(const std::string &path) {
    try {
        std::ifstream file(path);
        if (!file) throw std::ios_base::failure("no such file");
        return json::parse(file);
    } catch (const std::ios_base::failure &) {
        throw std::runtime_error("kernel set " + path + ": cannot be read");
    } catch (const json::parse_error &error) {
        throw std::runtime_error("kernel set " + path + ": not JSON, " + error.what());
    }
}

std::string set_name(const json &document, const std::string &path) {
    auto refuse = [&](const std::string &text) { throw std::runtime_error("kernel set " + path + ": " + text); };
    if (!document.is_object()) refuse(std::string("is ") + document.type_name() + ", expected an object");
    for (const auto &[key, value] : document.items()) {
        if (key != "name" && key != "dtype" && key != "kernels")
            refuse("\"" + key + "\" is no key, expected name, dtype or kernels");
    }
    const json name = document.value("name", json());
    std::string word = name.is_string() ? name.get<std::string>() : "";
    if (!is_set_name(word)) refuse("\"name\" is " + name.dump() + ", expected a C identifier");
    return word;
}

/// The element types that the set says a target gets, none if it leaves that to the rules.
std::optional<std::vector<nf_dtype>> dtypes_of(const json &document, const std::string &target, const std::string &path) {
    auto by_target = document.find("dtype");
    if (by_target == document.end()) return std::nullopt;
    const json nothing = json::object();
    const Rule types(nothing, "kernel set " + path);
    if (!by_target->is_object()) types.fail("dtype", "is " + by_target->dump() + ", expected an object of target: list");
    auto list = by_target->find(target);
    if (list == by_target->end()) list = by_target->find(family_of(target));
    if (list == by_target->end()) types.fail("dtype", "says nothing of target " + target);
    const json types_of_target = {{"dtype", *list}};
    return Rule(types_of_target, "kernel set " + path + ": \"dtype\" of " + target).list<nf_dtype>("dtype");
}

/// All variants of a rule for one of the targets.
void expand(const Rule &rule, const std::string &target, const std::vector<std::string> &targets,
            const std::optional<std::vector<nf_dtype>> &dtypes, std::vector<VariantRequest> &variants) {
    std::string tag = rule.text("tag"), parameters = rule.text("parameters");
    const bool serves_itself = rule.serves(target);
    if (!serves_itself && !rule.serves(family_of(target))) return;
    for (nf_op op : rule.list<nf_op>("op"))
        for (nf_dtype dtype : rule.dtypes(dtypes))
            for (nf_form form : rule.list_if(has_form(op), "form", NF_FORM_INNER))
                for (nf_epilogue epilogue : rule.list_if(has_epilogue(op), "epilogue", NF_EPILOGUE_NONE))
                    for (nf_store store : rule.list_if(has_store(op), "store", NF_STORE_CACHED)) {
                        VariantName name = {op, dtype, form, epilogue, store, target, tag};
                        const auto named_after = kernel_target(target, targets, serves_itself && rounds_to_bf16(name));
                        if (!named_after) continue;
                        name.target = *named_after;
                        resolve(parse_parameters(parameters), compile_target(target).facts, arithmetic_bytes(name));
                        autoscheduler_of(name); // throws for a tag that it cannot be
                        variants.push_back({format_symbol(name), parameters, parameters.empty() ? "default" : "kernel set"});
                    }
    if (!has_native_schedule({{}, {}, {}, {}, {}, target, tag}) && !parameters.empty())
        rule.fail("parameters", "must be empty: the portable schedule and Halide's autoschedulers take none");
}

} // namespace

std::optional<std::string> kernel_target(const std::string &target, const std::vector<std::string> &targets,
                                         bool of_its_own) {
    const std::string family = family_of(target);
    if (of_its_own || family == target) return target;
    if (std::find(targets.begin(), targets.end(), family) != targets.end()) return std::nullopt;
    return family;
}

bool is_set_name(const std::string &word) {
    return !word.empty() && std::isdigit(static_cast<unsigned char>(word[0])) == 0 &&
           std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

KernelSet read_kernel_set(const std::string &path, const std::vector<std::string> &targets) {
    json document = read_json(path);
    KernelSet set = {set_name(document, path), {}};
    const json rules = document.value("kernels", json());
    if (!rules.is_array() || rules.empty())
        throw std::runtime_error("kernel set " + path + ": \"kernels\" must be a list of rules");

    std::set<std::string> symbols;
    for (const std::string &target : targets) {
        const auto dtypes = dtypes_of(document, target, path);
        for (size_t i = 0; i < rules.size(); i++) {
            Rule rule(rules[i], "kernel set " + path + ": rule " + std::to_string(i + 1));
            size_t first = set.variants.size();
            try {
                expand(rule, target, targets, dtypes, set.variants);
            } catch (const std::invalid_argument &error) {
                rule.fail("", std::string("cannot be compiled: ") + error.what());
            }
            for (size_t k = first; k < set.variants.size(); k++) {
                if (!symbols.insert(set.variants[k].symbol).second) rule.fail("", "repeats " + set.variants[k].symbol);
            }
        }
    }
    return set;
}

} // namespace normforge
