// SPDX-License-Identifier: MIT
// Reading and writing where a measurement comes from.
#include "generators/tuning/provenance.h"

namespace normforge {

std::string versions_text(const Provenance &from) {
    return "normforge " + from.normforge + ", Halide " + from.halide + ", LLVM " + from.llvm;
}

std::vector<std::string> with_provenance(std::vector<std::string> others) {
    for (const NamedValues &fields : {device_fields({}), version_fields({})})
        for (const auto &[key, value] : fields) others.push_back(key);
    return others;
}

Provenance read_provenance(const JsonFields &fields) {
    return {fields.nonempty("device"), fields.whole("threads"), fields.nonempty("normforge"), fields.nonempty("halide"),
            fields.nonempty("llvm")};
}

NamedValues device_fields(const Provenance &from) {
    return {{"device", from.device}, {"threads", from.threads}};
}

NamedValues version_fields(const Provenance &from) {
    return {{"normforge", from.normforge}, {"halide", from.halide}, {"llvm", from.llvm}};
}

} // namespace normforge
