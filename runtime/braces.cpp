// SPDX-License-Identifier: MIT
// Recursive descent: a sequence of characters and braces, each brace a list of sequences.
#include "runtime/braces.h"
#include "runtime/problem.h"

namespace normforge {
namespace {

class Expander {
public:
    Expander(std::string_view text, size_t most) : text_(text), most_(most) {}

    std::vector<Expansion> all() {
        std::vector<Expansion> whole = sequence(0);
        if (at_ < text_.size()) throw ProblemError("got \"}\" without a \"{\" before it", at_ + 1);
        for (auto &one : whole) one.columns.push_back(text_.size() + 1);
        return whole;
    }

private:
    /// Up to the end of the text, or of the alternative when inside braces.
    std::vector<Expansion> sequence(int depth) {
        std::vector<Expansion> prefixes(1);
        for (; at_ < text_.size() && text_[at_] != '}' && !(depth > 0 && text_[at_] == ','); at_++) {
            if (text_[at_] == '{') {
                prefixes = product(prefixes, alternatives(depth + 1));
                continue;
            }
            for (auto &prefix : prefixes) {
                prefix.text += text_[at_];
                prefix.columns.push_back(at_ + 1);
            }
        }
        return prefixes;
    }

    /// From "{" to its "}", where it stops.
    std::vector<Expansion> alternatives(int depth) {
        const size_t open = at_;
        std::vector<Expansion> list;
        do {
            at_++;
            for (auto &one : sequence(depth)) list.push_back(std::move(one));
        } while (at_ < text_.size() && text_[at_] == ',');
        if (at_ == text_.size()) throw ProblemError("got \"{\" without a \"}\" after it", open + 1);
        require_few(list.size());
        return list;
    }

    std::vector<Expansion> product(const std::vector<Expansion> &heads, const std::vector<Expansion> &tails) const {
        require_few(heads.size() * tails.size());
        std::vector<Expansion> pairs;
        for (const auto &head : heads) {
            for (const auto &tail : tails) {
                pairs.push_back(head);
                pairs.back().text += tail.text;
                pairs.back().columns.insert(pairs.back().columns.end(), tail.columns.begin(), tail.columns.end());
            }
        }
        return pairs;
    }

    void require_few(size_t count) const {
        if (count > most_) throw ProblemError("braces stand for more than " + std::to_string(most_) + " problems", at_ + 1);
    }

    std::string_view text_;
    size_t most_;
    size_t at_ = 0;
};

} // namespace

std::vector<Expansion> expand_braces(std::string_view text, size_t most) {
    return Expander(text, most).all();
}

} // namespace normforge
