// SPDX-License-Identifier: MIT
// Sums of addresses.
#include "tools/normforge/asm/value.h"

#include <algorithm>
#include <map>

namespace normforge::assembly {

namespace {

// Registers wrap around.
int64_t sum_of(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

int64_t product_of(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

} // namespace

Value Value::constant(int64_t value) {
    Value result;
    result.offset_ = value;
    return result;
}

Value Value::address(Region region, int64_t offset) {
    Value result;
    result.terms_ = {{region, 1}};
    if (region.kind != Region::Kind::Data) result.offset_ = offset; // else a walk over a tensor would never come to an end
    return result;
}

Value Value::operator+(const Value &other) const {
    Value sum;
    if (other.terms_.empty()) {
        sum.terms_ = terms_;
    } else {
        std::map<Region, int64_t> factors(terms_.begin(), terms_.end());
        for (const auto &[region, factor] : other.terms_) factors[region] = sum_of(factors[region], factor);
        for (const auto &term : factors)
            if (term.second != 0) sum.terms_.emplace_back(term);
    }
    if (offset_ && other.offset_) sum.offset_ = sum_of(*offset_, *other.offset_);
    return sum;
}

Value Value::operator*(int64_t factor) const {
    Value product;
    if (factor == 0) return constant(0);
    product.terms_ = terms_;
    for (auto &term : product.terms_) term.second = product_of(term.second, factor);
    if (offset_) product.offset_ = product_of(*offset_, factor);
    return product;
}

Value Value::join(const Value &other) const {
    if (*this == other) return *this;
    Value joined;
    if (terms_ == other.terms_) joined.terms_ = terms_;
    return joined;
}

Value Value::aligned(int64_t mask) const {
    Value result = *this;
    if (offset_) result.offset_ = *offset_ & mask;
    return result;
}

Region Value::region() const {
    return terms_.size() == 1 && terms_[0].second == 1 ? terms_[0].first : Region{};
}

} // namespace normforge::assembly
