// SPDX-License-Identifier: MIT
// Reads problem strings, see problem.h: one function per field, each of which knows the column it reads. For tools and
// tests; the library itself only writes them (problem_text.cpp).
#include "runtime/problem.h"
#include "runtime/named_layouts.h"
#include "runtime/names.h"
#include "runtime/problem_keys.h"
#include "runtime/text.h"
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace normforge {
namespace {

/// A piece of the problem string and where it stands.
struct Field {
    std::string_view text;
    size_t column; ///< of its first character, from 1
};

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Problem parse() {
        nf_description_init(&problem_.description, parse_word<nf_op>("op"));
        description().x.dtype = parse_word<nf_dtype>("data type");
        const Field layout = next("a layout");
        parse_layout(layout);
        parse_shape(layout);
        if (!at_end() && !is_key(peek().text)) parse_epilogue();
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

    template <class Enum>
    Enum parse_word(const char *what) {
        const Field word = next(what);
        if (const auto known = from_name<Enum>(word.text)) return *known;
        fail(word,
             std::string("unknown ") + what + " \"" + std::string(word.text) + "\", expected one of: " + choices_of<Enum>());
    }

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

    void parse_epilogue() {
        const Field epilogue = peek();
        description().epilogue = parse_word<nf_epilogue>("epilogue");
        if (description().epilogue != NF_EPILOGUE_NONE && !has_epilogue(description().op))
            fail(epilogue, std::string(name_of(description().op)) + " has no epilogue");
    }

    struct Key {
        std::string_view name;
        bool has_value;
        bool (*useful)(const nf_description &); ///< whether the op and epilogue have a use for it
        void (Parser::*parse)(const Field &value);
    };
    static const std::array<Key, 12> kKeys;

    static const Key *find_key(std::string_view name) {
        const auto key = std::find_if(kKeys.begin(), kKeys.end(), [&](const Key &k) { return k.name == name; });
        return key == kKeys.end() ? nullptr : &*key;
    }

    static bool is_key(std::string_view field) { return field.find('=') != std::string_view::npos || find_key(field); }

    void parse_key() {
        const Field field = next("key=value");
        const size_t equals = field.text.find('=');
        const Field name{field.text.substr(0, equals), field.column};
        const Key *key = find_key(name.text);
        if (!key) {
            std::string choices;
            for (const Key &known : kKeys) choices += (choices.empty() ? "" : ", ") + std::string(known.name);
            fail(name, "unknown key \"" + std::string(name.text) + "\", expected one of: " + choices);
        }
        const std::string text = "key " + std::string(name.text);
        if (key->has_value != (equals != std::string_view::npos))
            fail(name, text + (key->has_value ? " needs a value" : " has no value"));
        if (has_seen(key->name)) fail(name, text + " is given twice");
        if (!key->useful(description()))
            fail(name, text + " is of no use to " + name_of(description().op) + " with epilogue " +
                           name_of(description().epilogue));
        seen_.push_back(key->name);
        (this->*key->parse)(key->has_value ? Field{field.text.substr(equals + 1), field.column + equals + 1} : name);
    }

    bool has_seen(std::string_view key) const { return std::find(seen_.begin(), seen_.end(), key) != seen_.end(); }

    void parse_axis(const Field &value) {
        if (named_rank_) fail(value, "layout " + problem_.layout + " already says which axis holds the channels");
        const int rank = description().x.rank;
        description().axis = static_cast<int32_t>(parse_integer(value, -rank, rank - 1, "axis"));
    }

    double parse_number(const Field &value, const char *what) const {
        double number = 0;
        const char *begin = value.text.data(), *end = begin + value.text.size();
        const auto [stop, error] = std::from_chars(begin, end, number);
        if (error != std::errc() || stop != end || !(number >= 0) || std::isinf(number))
            fail(value,
                 std::string(what) + " \"" + std::string(value.text) + "\", expected a finite number that is not negative");
        return number;
    }

    void parse_device(const Field &value) {
        const auto device = from_name<nf_device>(value.text);
        if (!device)
            fail(value, "device is \"" + std::string(value.text) + "\", expected one of: " + choices_of<nf_device>());
        description().device = *device;
    }

    void parse_eps(const Field &value) { description().eps = parse_number(value, "eps"); }

    void parse_slope(const Field &value) { description().slope = parse_number(value, "slope"); }

    void parse_gradients(const Field &value) {
        nf_description &d = description();
        nf_gradient *const requests[] = {&d.dx_gradient, &d.dgamma_gradient, &d.dbeta_gradient, &d.dresidual_gradient};
        const size_t most = adds_residual(d.epilogue) ? 4 : 3;
        if (value.text.size() < 3 || value.text.size() > most)
            fail(value, "grad is \"" + std::string(value.text) + "\", expected a letter each for dx, dgamma and dbeta" +
                            (most == 4 ? ", and for dresidual if it is not w" : ""));
        for (size_t i = 0; i < value.text.size(); ++i) {
            const Field letter{value.text.substr(i, 1), value.column + i};
            const size_t request = kGradientLetters.find(letter.text);
            if (request == std::string_view::npos)
                fail(letter, "grad letter \"" + std::string(letter.text) + "\", expected w (write), a (add) or n (null)");
            *requests[i] = static_cast<nf_gradient>(request);
        }
    }

    void parse_inplace(const Field &) { problem_.in_place = true; }

    void parse_offset(const Field &value) { problem_.offset_bytes = parse_integer(value, 0, INT64_MAX, "offset"); }

    void parse_parts(const Field &value) {
        description().parts = static_cast<int32_t>(parse_integer(value, 1, INT32_MAX, "k"));
    }

    nf_channel_type parse_channel_type(const Field &value, const char *what) const {
        const auto type = from_name<nf_channel_type>(value.text);
        if (!type || *type == NF_CHANNEL_DEFAULT)
            fail(value,
                 std::string(what) + " is \"" + std::string(value.text) + "\", expected one of: " + choices_of<nf_dtype>());
        return *type;
    }

    void parse_param(const Field &value) { description().parameters = parse_channel_type(value, "param"); }

    void parse_stats(const Field &value) { description().statistics = parse_channel_type(value, "stats"); }

    void parse_strides(const Field &value) {
        nf_description &d = description();
        const int count = parse_list(value, -INT64_MAX, "stride", d.x.strides);
        if (count != d.x.rank) fail(value, std::to_string(count) + " strides for " + std::to_string(d.x.rank) + " axes");
        if (std::find(d.x.strides, d.x.strides + count, 0) != d.x.strides + count)
            fail(value, "a stride of 0, expected others");
        d.y = d.residual = d.dy = d.dx = d.dresidual = d.x;
    }

    void parse_variance(const Field &value) {
        if (value.text != name_of(NF_VARIANCE_UNBIASED))
            fail(value, "var is \"" + std::string(value.text) + "\", expected unbiased");
        description().running_variance = NF_VARIANCE_UNBIASED;
    }

    std::string_view text_;
    size_t at_ = 0; ///< where the next field begins; past the end after the last
    int named_rank_ = 0;
    std::vector<std::string_view> seen_;
    Problem problem_{};
};

// In alphabetical order, as problem_text.cpp writes them.
const std::array<Parser::Key, 12> Parser::kKeys = {{
    {"axis", true, takes_any_key, &Parser::parse_axis},
    {"device", true, takes_any_key, &Parser::parse_device},
    {"eps", true, takes_any_key, &Parser::parse_eps},
    {"grad", true, takes_gradients, &Parser::parse_gradients},
    {"inplace", false, takes_inplace, &Parser::parse_inplace},
    {"k", true, takes_parts, &Parser::parse_parts},
    {"offset", true, takes_any_key, &Parser::parse_offset},
    {"param", true, takes_any_key, &Parser::parse_param},
    {"slope", true, takes_slope, &Parser::parse_slope},
    {"stats", true, takes_any_key, &Parser::parse_stats},
    {"strides", true, takes_strides, &Parser::parse_strides},
    {"var", true, takes_running_variance, &Parser::parse_variance},
}};

} // namespace

Problem parse_problem(std::string_view text) {
    return Parser(text).parse();
}

} // namespace normforge
