// SPDX-License-Identifier: MIT
// LLVM's own back end, set up as Halide sets up its own: CPU and features come from the attributes Halide gave each
// function.
#include "generators/emit/object_file.h"

#include "generators/emit/bf16_rounding.h"
#include "generators/emit/memory_accesses.h"

#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IRReader/IRReader.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Target/TargetOptions.h>
#include <llvm/Transforms/IPO/GlobalDCE.h>

#include <stdexcept>

namespace normforge {

using namespace llvm;

namespace {

/// Leaves one global definition, the entry under its new name; Halide's helpers (..._par_for_...) become internal.
void keep_entry(Module &module, const std::string &entry, const std::string &symbol) {
    Function *function = module.getFunction(entry);
    if (!function) throw std::runtime_error("no function " + entry + " in the module Halide wrote");
    for (GlobalValue &value : module.global_values()) {
        if (!value.isDeclaration() && &value != function) value.setLinkage(GlobalValue::InternalLinkage);
    }
    if (Function *taken = module.getFunction(symbol)) taken->setName(symbol + "_body");
    function->setName(symbol);
}

/// Halide sets this flag when instructions carry their own fast-math flags, as in strict kernels: then the back end must not
/// fuse multiplications and additions on its own.
bool per_instruction_fast_math(const Module &module) {
    const auto *flag = mdconst::extract_or_null<ConstantInt>(module.getModuleFlag("halide_per_instruction_fast_math_flags"));
    return flag && !flag->isZero();
}

std::unique_ptr<TargetMachine> target_machine(const Module &module) {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmPrinters();
    std::string error;
    const Target *target = TargetRegistry::lookupTarget(module.getTargetTriple(), error);
    if (!target) throw std::runtime_error(error);
    bool strict = per_instruction_fast_math(module);
    TargetOptions options;
    options.AllowFPOpFusion = strict ? FPOpFusion::Strict : FPOpFusion::Fast;
    options.UnsafeFPMath = options.NoInfsFPMath = options.NoNaNsFPMath = options.NoSignedZerosFPMath = !strict;
    return std::unique_ptr<TargetMachine>(target->createTargetMachine(module.getTargetTriple(), "", "", options, Reloc::PIC_,
                                                                      {}, CodeGenOptLevel::Aggressive));
}

/// Halide converts f16 in NEON registers only where the target has arithmetic on f16, which needs ARMv8.2; but the kernels
/// compute in f32, and converting is part of ARMv8.0.
void convert_halves_without_their_arithmetic(Module &module) {
    constexpr StringRef kFeatures = "target-features", kArithmetic = "+fullfp16";
    for (Function &function : module) {
        std::string features = function.getFnAttribute(kFeatures).getValueAsString().str();
        const size_t at = features.find(kArithmetic);
        if (at == std::string::npos) continue;
        function.addFnAttr(kFeatures, features.replace(at, kArithmetic.size(), "+neon"));
    }
}

void remove_unused(Module &module) {
    ModuleAnalysisManager analyses;
    PassBuilder().registerModuleAnalyses(analyses);
    GlobalDCEPass().run(module, analyses);
}

size_t executable_bytes(const std::string &path) {
    auto file = object::ObjectFile::createObjectFile(path);
    if (!file) throw std::runtime_error(path + ": " + toString(file.takeError()));
    size_t bytes = 0;
    for (const object::SectionRef &section : file->getBinary()->sections()) {
        if (section.isText()) bytes += section.getSize();
    }
    return bytes;
}

} // namespace

ObjectFacts write_object(const ObjectRequest &request) {
    LLVMContext context;
    SMDiagnostic diagnostic;
    std::unique_ptr<Module> module = parseIRFile(request.bitcode_path, diagnostic, context);
    if (!module) throw std::runtime_error(request.bitcode_path + ": " + diagnostic.getMessage().str());

    ObjectFacts facts;
    std::unique_ptr<TargetMachine> machine = target_machine(*module);
    module->setDataLayout(machine->createDataLayout());
    keep_entry(*module, request.entry, request.symbol);
    remove_unused(*module);
    convert_halves_without_their_arithmetic(*module);
    assume_element_alignment(*module, request.outputs);
    prefetch_into_all_caches(*module);
    compare_halves_as_floats(*module);
    if (request.rounds_to_bf16) round_bf16_in_hardware(*module);
    take_upper_halves(*module);
    load_before_selecting(*module, request.of_rows);
    if (!request.stream_buffers.empty()) {
        facts.streaming_stores = mark_streaming_stores(*module, request.stream_buffers);
        if (facts.streaming_stores == 0) throw std::runtime_error(request.symbol + ": no store qualified for streaming");
    }

    std::error_code error;
    {
        raw_fd_ostream out(request.object_path, error);
        legacy::PassManager passes;
        if (error) throw std::runtime_error(request.object_path + ": " + error.message());
        if (machine->addPassesToEmitFile(passes, out, nullptr, CodeGenFileType::ObjectFile)) {
            throw std::runtime_error("LLVM cannot emit objects for " + module->getTargetTriple());
        }
        passes.run(*module);
    }
    facts.code_size = executable_bytes(request.object_path);
    return facts;
}

} // namespace normforge
