// SPDX-License-Identifier: MIT
// The signature is made from the spaces themselves, so that nobody has to remember to change it.
#include "generators/tuning/space.h"

#include "generators/tuning/fingerprint.h"
#include "runtime/names.h"
#include "runtime/ops.h"

#include <sstream>

namespace normforge {

namespace {

/// What every kind of kernel may be tuned to, as text. Other epilogues and tags change no space.
std::string all_spaces() {
    std::ostringstream text;
    for (const Parameter &parameter : parameter_space()) {
        text << parameter.name << ' ' << parameter.minimum << ' ' << parameter.maximum << ' ' << parameter.power_of_two
             << '\n';
    }
    for (const CompileTarget &target : compile_targets()) {
        if (target.base) continue;                   // has the spaces of its base
        if (target.facts.gpu != Gpu::None) continue; // has no parameters
        for (nf_op op : values_of<nf_op>())
            for (nf_form form : values_of<nf_form>())
                for (nf_dtype dtype : values_of<nf_dtype>())
                    for (nf_epilogue epilogue : {NF_EPILOGUE_NONE, NF_EPILOGUE_ADD})
                        for (const char *tag : {"", "stats64"}) {
                            const VariantName kernel = {op, dtype, form, epilogue, NF_STORE_CACHED, target.name, tag};
                            const Space space(kernel, has_store(op), NF_STORE_CACHED);
                            text << target.name << ' ' << name_of(op) << ' ' << name_of(form) << ' ' << name_of(dtype) << ' '
                                 << name_of(epilogue) << ' ' << tag << '\n';
                            for (const Point &point : space.points()) text << space.configuration(point) << '\n';
                        }
    }
    return text.str();
}

} // namespace

std::string space_signature() {
    static const std::string signature = fingerprint(all_spaces()); // 250 ms
    return signature;
}

} // namespace normforge
