// SPDX-License-Identifier: MIT
// Reads problem strings, see problem.h: one function per field, each of which knows the column it reads. For tools and
// tests; the library itself only writes them (problem_text.cpp).
#include "runtime/problem.h"
#include "runtime/named_layouts.h"
#include "runtime/names.h"
#include "runtime/text.h"
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace normforge {
namespace {

// Words of the grammar that this version does not compile kernels for.
const std::vector<std::string_view> kLaterOps = {"stats", "merge", "apply", "backward_reduce", "backward_apply"};
const std::vector<std::string_view> kLaterEpilogues = {"add", "add_relu"};
const std::vector<std::string_view> kLaterKeys = {"grad", "inplace", "slope", "param", "var", "k"};

/// A piece of the problem string and where it stands.
struct Field {
    std::string_view text;
    size_t column; ///< of its first character, from 1
};

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Problem parse() {
        nf_description_init(&problem_.description, parse_op());
        description().x.dtype = parse_word<nf_dtype>("data type", {});
        const Field layout = next("a layout");
        parse_layout(layout);
        parse_shape(layout);
        if (!at_end() && peek().text.find('=') == std::string_view::npos)
            description().epilogue = parse_word<nf_epilogue>("epilogue", kLaterEpilogues);
        while (!at_end()) parse_key();
        if (layout.text == kAnyLayout && !has_seen("axis")) fail(layout, "layout any needs the channel axis: axis=K");
        return problem_;
    }

private:
    nf_description &description() { return problem_.description; }

    [[noreturn]] void fail(const Field &field, const std::string &message) const {
        throw ProblemError("problem \"" + std::string(text_) + "\", column " + std::to_string(field.column) + ": " + message,
                           field.column);
    }

    bool at_end() const { return at_ > text_.size(); }

    Field peek() const { return {text_.substr(at_, text_.find(':', at_) - at_), at_ + 1}; }

    Field next(const char *expected) {
        if (at_end()) fail({"", text_.size() + 1}, std::string("the string ends, expected ") + expected);
        const Field field = peek();
        at_ += field.text.size() + 1;
        return field;
    }

    void refuse_later(const Field &word, const char *what, const std::vector<std::string_view> &later,
                      const std::string &supported) const {
        if (std::find(std::begin(later), std::end(later), word.text) != std::end(later))
            fail(word,
                 std::string(what) + " \"" + std::string(word.text) + "\" is not supported yet; supported: " + supported);
    }

    template <class Enum>
    Enum parse_word(const char *what, const std::vector<std::string_view> &later) {
        const Field word = next(what);
        if (const auto known = from_name<Enum>(word.text)) return *known;
        refuse_later(word, what, later, choices_of<Enum>());
        fail(word,
             std::string("unknown ") + what + " \"" + std::string(word.text) + "\", expected one of: " + choices_of<Enum>());
    }

    nf_op parse_op() { return parse_word<nf_op>("op", kLaterOps); }

    void parse_layout(const Field &layout) {
        problem_.layout = layout.text;
        if (layout.text == kAnyLayout) return;
        std::string choices;
        for (const NamedLayout &named : kLayouts) {
            if (layout.text == named.name) {
                description().axis = named.axis;
                named_rank_ = named.rank;
                return;
            }
            choices += std::string(named.name) + ", ";
        }
        fail(layout,
             "unknown layout \"" + std::string(layout.text) + "\", expected one of: " + choices + std::string(kAnyLayout));
    }

    void parse_shape(const Field &layout) {
        const Field shape = next("a shape such as 32x64x56x56");
        nf_layout &x = description().x;
        x.rank = parse_list(shape, 0, "extent", x.extents);
        if (named_rank_ && x.rank != named_rank_)
            fail(shape, "shape \"" + std::string(shape.text) + "\" has " + std::to_string(x.rank) + " extents, layout " +
                            std::string(layout.text) + " has " + std::to_string(named_rank_));
    }

    /// "AxBxC" into values, each at least `least`; returns how many.
    int parse_list(const Field &list, int64_t least, const char *what, int64_t (&values)[NF_MAX_RANK]) const {
        int count = 0;
        for (size_t at = 0; at <= list.text.size();) {
            const Field item{list.text.substr(at, list.text.find('x', at) - at), list.column + at};
            if (count == NF_MAX_RANK) fail(item, "more than " + std::to_string(NF_MAX_RANK) + " axes");
            values[count++] = parse_integer(item, least, INT64_MAX, what);
            at += item.text.size() + 1;
        }
        return count;
    }

    int64_t parse_integer(const Field &field, int64_t least, int64_t most, const char *what) const {
        int64_t value = 0;
        const char *begin = field.text.data(), *end = begin + field.text.size();
        const auto [stop, error] = std::from_chars(begin, end, value);
        if (error != std::errc() || stop != end || value < least || value > most)
            fail(field, std::string(what) + " \"" + std::string(field.text) + "\", expected a whole number from " +
                            std::to_string(least) + " to " + std::to_string(most));
        return value;
    }

    struct Key {
        std::string_view name;
        void (Parser::*parse)(const Field &value);
    };
    static const std::array<Key, 5> kKeys;

    void parse_key() {
        const Field field = next("key=value");
        const size_t equals = field.text.find('=');
        const Field name{field.text.substr(0, equals), field.column};
        std::string choices;
        for (const Key &key : kKeys) choices += (choices.empty() ? "" : ", ") + std::string(key.name);
        refuse_later(name, "key", kLaterKeys, choices);
        for (const Key &key : kKeys) {
            if (name.text != key.name) continue;
            if (equals == std::string_view::npos) fail(name, "key " + std::string(key.name) + " needs a value");
            if (has_seen(key.name)) fail(name, "key " + std::string(key.name) + " is given twice");
            seen_.push_back(key.name);
            (this->*key.parse)({field.text.substr(equals + 1), field.column + equals + 1});
            return;
        }
        fail(name, "unknown key \"" + std::string(name.text) + "\", expected one of: " + choices);
    }

    bool has_seen(std::string_view key) const { return std::find(seen_.begin(), seen_.end(), key) != seen_.end(); }

    void parse_axis(const Field &value) {
        if (named_rank_) fail(value, "layout " + problem_.layout + " already says which axis holds the channels");
        const int rank = description().x.rank;
        description().axis = static_cast<int32_t>(parse_integer(value, -rank, rank - 1, "axis"));
    }

    void parse_stats(const Field &value) {
        if (value.text != name_of(NF_STATISTICS_F64))
            fail(value, "stats is \"" + std::string(value.text) + "\", expected f64");
        description().statistics = NF_STATISTICS_F64;
    }

    void parse_eps(const Field &value) {
        const char *begin = value.text.data(), *end = begin + value.text.size();
        const auto [stop, error] = std::from_chars(begin, end, description().eps);
        if (error != std::errc() || stop != end || !(description().eps >= 0) || std::isinf(description().eps))
            fail(value, "eps \"" + std::string(value.text) + "\", expected a finite number that is not negative");
    }

    void parse_offset(const Field &value) { problem_.offset_bytes = parse_integer(value, 0, INT64_MAX, "offset"); }

    void parse_strides(const Field &value) {
        nf_description &d = description();
        const int count = parse_list(value, 1, "stride", d.x.strides);
        if (count != d.x.rank) fail(value, std::to_string(count) + " strides for " + std::to_string(d.x.rank) + " axes");
        if (d.op == NF_FORWARD_TRAIN || d.op == NF_FORWARD_INFERENCE)
            d.y = d.x;
        else
            d.dy = d.dx = d.x;
    }

    std::string_view text_;
    size_t at_ = 0; ///< where the next field begins; past the end after the last
    int named_rank_ = 0;
    std::vector<std::string_view> seen_;
    Problem problem_{};
};

const std::array<Parser::Key, 5> Parser::kKeys = {{
    {"axis", &Parser::parse_axis},
    {"eps", &Parser::parse_eps},
    {"offset", &Parser::parse_offset},
    {"stats", &Parser::parse_stats},
    {"strides", &Parser::parse_strides},
}};

} // namespace

Problem parse_problem(std::string_view text) {
    return Parser(text).parse();
}

} // namespace normforge
