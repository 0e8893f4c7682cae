// SPDX-License-Identifier: MIT
// Reading and writing kernel symbols: a cursor that takes the longest known word at each place of the grammar.
#include "runtime/symbol.h"
#include "runtime/names.h"
#include "runtime/ops.h"
#include "runtime/targets.h"
#include "runtime/text.h"
#include <algorithm>
#include <stdexcept>
#include <vector>

namespace normforge {
namespace {

constexpr std::string_view kPrefix = "nf_";
constexpr std::string_view kPlanes = "planes";

std::string symbol_spelling(std::string_view target) {
    std::string text(target);
    std::replace(text.begin(), text.end(), '-', '_');
    return text;
}

bool begins_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

class Cursor {
public:
    explicit Cursor(std::string_view symbol) : symbol_(symbol) {}

    [[noreturn]] void fail(const std::string &expected) const {
        throw std::invalid_argument("symbol \"" + std::string(symbol_) + "\", column " + std::to_string(at_ + 1) +
                                    ": got \"" + std::string(rest()) + "\", expected " + expected);
    }

    std::string_view rest() const { return symbol_.substr(at_); }

    /// True if the rest is `word`, or `word` and more after a '_'.
    bool at_word(std::string_view word) const {
        return begins_with(rest(), word) && (rest().size() == word.size() || rest()[word.size()] == '_');
    }

    /// Passes `word` and the '_' after it.
    void pass(std::string_view word) { at_ = std::min(at_ + word.size() + 1, symbol_.size()); }

    /// The longest of an enumeration's names that stands here.
    template <class Enum>
    Enum take(const char *what) {
        std::string_view best;
        Enum found{};
        for (const Enum value : values_of<Enum>()) {
            const std::string_view name = name_of(value);
            if (at_word(name) && name.size() > best.size()) {
                best = name;
                found = value;
            }
        }
        if (best.empty()) fail(std::string(what) + ", one of: " + choices_of<Enum>());
        pass(best);
        return found;
    }

    std::string take_target() {
        const Target *best = nullptr;
        for (const Target &target : kTargets)
            if (at_word(symbol_spelling(target.name)) &&
                (!best || std::string_view(target.name).size() > std::string_view(best->name).size()))
                best = &target;
        if (!best) fail("a target with '-' written '_', one of: " + target_choices());
        pass(best->name);
        return best->name;
    }

private:
    std::string_view symbol_;
    size_t at_ = kPrefix.size();
};

bool is_tag(std::string_view tag) {
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return std::all_of(tag.begin(), tag.end(), allowed) && tag.front() != '_' && tag.back() != '_' &&
           tag.find("__") == std::string_view::npos; // C++ reserves names with two underscores
}

/// The number of a tag word such as "n32"; nothing for a word of another kind.
std::optional<std::string_view> extent_digits(std::string_view word, char letter) {
    const bool digits = word.size() > 1 && word.find_first_not_of("0123456789", 1) == std::string_view::npos;
    return digits && word.front() == letter ? std::optional(word.substr(1)) : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view tag) {
    std::vector<std::string_view> words;
    for (size_t at = 0; at <= tag.size();) {
        const size_t end = std::min(tag.find('_', at), tag.size());
        words.push_back(tag.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

} // namespace

bool has_tag(const VariantName &variant, std::string_view word) {
    return ("_" + variant.tag + "_").find("_" + std::string(word) + "_") != std::string::npos;
}

std::string shape_tag(const Extents &shape) {
    return "n" + std::to_string(shape.n) + "_c" + std::to_string(shape.c) + "_s" + std::to_string(shape.s);
}

std::optional<Extents> specialised_for(const VariantName &variant) {
    const auto fail = [&](const std::string &what) { throw std::invalid_argument("tag \"" + variant.tag + "\" " + what); };
    Extents shape{};
    int found = 0;
    for (const std::string_view word : words_of(variant.tag))
        for (const auto &[letter, extent] : {std::pair('n', &shape.n), std::pair('c', &shape.c), std::pair('s', &shape.s)}) {
            const auto digits = extent_digits(word, letter);
            if (!digits) continue;
            if (*extent) fail("has two words for " + std::string(1, letter) + ", expected one");
            if (digits->front() == '0' || !read_number(*digits, *extent) || *extent > INT32_MAX)
                fail("holds " + std::string(word) + ", expected an extent from 1 to " + std::to_string(INT32_MAX));
            ++found;
        }
    if (found == 0) return std::nullopt;
    if (found != 3) fail("has only part of a shape, expected all of n<digits>, c<digits> and s<digits>, or none");
    if (!has_form(variant.op))
        fail(std::string("has a shape, but no kernel of ") + name_of(variant.op) + " is for one shape");
    return shape;
}

VariantName parse_symbol(std::string_view symbol) {
    if (!begins_with(symbol, kPrefix))
        throw std::invalid_argument("symbol \"" + std::string(symbol) + "\", column 1: expected it to begin with \"nf_\"");
    Cursor cursor(symbol);
    VariantName variant{};
    variant.op = cursor.take<nf_op>("an op");
    variant.dtype = cursor.take<nf_dtype>("a data type");
    if (has_form(variant.op)) {
        const bool last = cursor.at_word("last");
        if (!last && !cursor.at_word("inner")) cursor.fail("a layout, one of: inner, last");
        cursor.pass(last ? "last" : "inner");
        variant.form = last ? NF_FORM_LAST : NF_FORM_INNER;
    }
    if (has_epilogue(variant.op)) variant.epilogue = cursor.take<nf_epilogue>("an epilogue");
    variant.store = NF_STORE_CACHED;
    if (has_store(variant.op)) {
        if (cursor.at_word("auto")) cursor.fail("a store policy, one of: cached, stream");
        variant.store = cursor.take<nf_store>("a store policy");
    }
    variant.target = cursor.take_target();
    variant.tag = cursor.rest();
    if (symbol.back() == '_' || (!variant.tag.empty() && !is_tag(variant.tag)))
        cursor.fail("a tag of lower case letters, digits and single '_'");
    if (has_form(variant.op) && variant.form == NF_FORM_INNER && begins_with(variant.tag, kPlanes))
        variant.form = NF_FORM_SMALL_PLANES;
    specialised_for(variant); // for what it throws
    return variant;
}

std::string format_symbol(const VariantName &variant) {
    std::string tag = variant.tag;
    if (variant.form == NF_FORM_SMALL_PLANES && !begins_with(tag, kPlanes))
        tag = std::string(kPlanes) + (tag.empty() ? "" : "_") + tag;
    std::vector<std::string> words = {name_of(variant.op), name_of(variant.dtype)};
    if (has_form(variant.op)) words.emplace_back(variant.form == NF_FORM_LAST ? "last" : "inner");
    if (has_epilogue(variant.op)) words.emplace_back(name_of(variant.epilogue));
    if (has_store(variant.op)) words.emplace_back(name_of(variant.store));
    words.push_back(symbol_spelling(variant.target));
    if (!tag.empty()) words.push_back(tag);
    std::string symbol(kPrefix);
    for (const std::string &word : words) symbol += word + "_";
    symbol.pop_back();

    const VariantName back = parse_symbol(symbol); // e.g. target x86-64 with tag avx2 reads back as target x86-64-avx2
    if (back.target != variant.target || back.tag != tag || back.form != variant.form)
        throw std::invalid_argument("tag \"" + tag + "\" cannot follow target \"" + variant.target + "\" in a symbol: \"" +
                                    symbol + "\" reads as target \"" + back.target + "\" with tag \"" + back.tag + "\"");
    return symbol;
}

} // namespace normforge
