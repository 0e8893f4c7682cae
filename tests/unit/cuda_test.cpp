// SPDX-License-Identifier: MIT
// What plans for CUDA refuse, and that the next valid call works and the caller's contexts are as they were. The driver is
// fake_driver.cpp; the kernels only ask it to load and launch something.
#include "tests/unit/fake_driver.h"
#include "tests/unit/run.h"
#include <algorithm>

using namespace normforge;
using namespace normforge::unit;

namespace {

int own_context, other_context; // their addresses are what counts

namespace fake_cuda {

const nf_kernel_host *host;

int run(void **) {
    constexpr char kCode[] = "no PTX: the driver does not look";
    const int grid[] = {1, 1, 1, 32, 1, 1};
    const size_t sizes[] = {0};
    void *arguments[] = {nullptr};
    const int8_t is_buffer[] = {0};
    static const std::string code = kCode; // one address for all kernels
    const int failed = host->load_code(code.c_str(), sizeof kCode);
    return failed ? failed : host->launch("entry", grid, 0, sizes, arguments, is_buffer);
}

constexpr uint8_t kRoles[] = {NF_ROLE_x, NF_ROLE_gamma, NF_ROLE_y};

nf_kernel kernel(const char *name, nf_op op, nf_dtype dtype) {
    nf_kernel made{};
    made.name = name;
    made.target = "cuda-80";
    made.parameters = "";
    made.op = static_cast<uint8_t>(op);
    made.dtype = static_cast<uint8_t>(dtype);
    made.form = NF_FORM_INNER;
    made.store = NF_STORE_CACHED;
    made.role_count = std::size(kRoles);
    made.roles = kRoles;
    made.run = &run;
    return made;
}

const nf_kernel kKernels[] = {kernel("inference", NF_FORWARD_INFERENCE, NF_F32),
                              kernel("inference64", NF_FORWARD_INFERENCE, NF_F64),
                              kernel("train", NF_FORWARD_TRAIN, NF_F32)};
const nf_kernel_table kTable = {
    NF_KERNEL_TABLE_VERSION, sizeof(nf_kernel), "fake_cuda", kKernels, std::size(kKernels), &host};

} // namespace fake_cuda

/// The driver with one good device and two contexts, of which one is current, and nothing loaded into either.
FakeDriver &fresh_driver() {
    static unsigned long long contexts = 0;
    static FakeDriver &driver = load_fake_driver(NF_FAKE_DRIVER);
    REQUIRE(nf_register(&fake_cuda::kTable) == NF_SUCCESS);
    driver = {};
    driver.initialisations = driver.devices = 1; // by this process, whoever asked for it
    driver.contexts = {{&own_context, ++contexts}, {&other_context, ++contexts}};
    driver.current = {&own_context};
    return driver;
}

nf_description inference(void *context = nullptr) {
    nf_description d = parse_problem("forward_inference:f32:nchw:2x3x20x20:device=cuda").description;
    d.context = context;
    return d;
}

/// A plan whose operands and workspace are what the driver calls device memory of the context.
struct CudaRun : Run {
    explicit CudaRun(FakeDriver &driver, const nf_description &d = inference()) : Run(d), driver_(driver) {
        for (const Operand &operand : kOperands)
            driver.pointers[operand.pointer(memory.tensors)] = {FakeMemory::device, &own_context};
        driver.pointers[memory.tensors.workspace] = {FakeMemory::device, &own_context};
    }

    /// A valid call.
    void require_works() {
        const std::vector<void *> current = driver_.current;
        const int launches = driver_.launches;
        INFO(nf_last_error());
        REQUIRE(execute() == NF_SUCCESS);
        CHECK(driver_.launches == launches + 1);
        CHECK(driver_.pushes == driver_.pops);
        CHECK(driver_.current == current);
    }

    void require_refused(nf_status status, const std::string &text) {
        const int launches = driver_.launches;
        CHECK(execute() == status);
        CHECK(nf_last_error() == text);
        CHECK(driver_.launches == launches);
        CHECK(driver_.pushes == driver_.pops);
    }

private:
    FakeDriver &driver_;
};

const void *pointer_of(const std::string &name, const nf_tensors &tensors) {
    for (const Operand &operand : kOperands)
        if (operand.name == name) return operand.pointer(tensors);
    return tensors.workspace;
}

void require_no_plan(const nf_description &d, nf_status status, const std::string &text) {
    nf_plan *plan = nullptr;
    CHECK(nf_plan_create(&d, &plan) == status);
    CHECK(plan == nullptr);
    CHECK(nf_last_error() == text);
}

} // namespace

TEST_CASE("memory that CUDA's kernels cannot use is refused by its name") {
    FakeDriver &driver = fresh_driver();
    CudaRun run(driver);
    run.require_works();
    const std::string name = GENERATE("x", "y", "gamma", "running_mean", "workspace");
    const void *const pointer = pointer_of(name, run.memory.tensors);
    FakePointer &known = driver.pointers.at(pointer);
    SECTION("host memory that CUDA has allocated") {
        known.type = FakeMemory::host;
        run.require_refused(NF_WRONG_MEMORY, name + " is host memory, expected device memory");
    }
    SECTION("of another context") {
        known.owner = &other_context;
        run.require_refused(NF_WRONG_MEMORY, name + " is memory of another CUDA context, expected that of the plan");
    }
    SECTION("freed, or the program's own") {
        driver.pointers.erase(pointer);
        run.require_refused(NF_WRONG_MEMORY, name + " is memory that CUDA does not know, expected device memory");
    }
    driver.pointers[pointer] = {FakeMemory::device, &own_context};
    run.require_works();
}

TEST_CASE("managed memory, and that of no context, serve CUDA") {
    FakeDriver &driver = fresh_driver();
    CudaRun run(driver);
    driver.pointers[run.memory.tensors.x] =
        GENERATE(FakePointer{FakeMemory::host, &own_context, true}, FakePointer{FakeMemory::device, &other_context, true},
                 FakePointer{FakeMemory::device, nullptr, false});
    run.require_works();
}

TEST_CASE("device memory is refused by plans for the CPU, managed memory is not") {
    FakeDriver &driver = fresh_driver();
    register_fakes();
    Run run("forward_inference:f32:nchw:2x3x20x20");
    const std::string name = GENERATE("x", "y", "beta");
    const void *const pointer = pointer_of(name, run.memory.tensors);
    driver.pointers[pointer] = {FakeMemory::device, &own_context};
    CHECK(run.execute() == NF_WRONG_MEMORY);
    CHECK(nf_last_error() == name + " is device memory, expected host memory: the plan is for the CPU");
    CHECK(fake_runs.empty());
    driver.pointers[pointer].managed = true;
    CHECK(run.execute() == NF_SUCCESS);
    driver.pointers[pointer] = {FakeMemory::host, &own_context};
    CHECK(run.execute() == NF_SUCCESS);
    CHECK(driver.pushes == 0);
}

TEST_CASE("without a context there is no plan") {
    FakeDriver &driver = fresh_driver();
    driver.current.clear();
    require_no_plan(inference(), NF_INVALID_ARGUMENT,
                    "context is null and no CUDA context is current, expected one of them");
    CHECK(driver.pushes == 0);
    CudaRun(driver, inference(&own_context)).require_works(); // made current for the call
}

TEST_CASE("a context that is not alive is refused") {
    const std::string text =
        "context: CUDA: cuCtxPushCurrent returned CUDA_ERROR_INVALID_CONTEXT, expected a CUDA context that is alive";
    FakeDriver &driver = fresh_driver();
    int dead = 0;
    require_no_plan(inference(&dead), NF_INVALID_ARGUMENT, text);
    CHECK(driver.pushes == driver.pops);
    CudaRun run(driver);
    run.require_works();
    const unsigned long long id = driver.contexts.at(&own_context);
    driver.contexts.erase(&own_context); // after the plan was made
    run.require_refused(NF_INVALID_ARGUMENT, text);
    driver.contexts[&own_context] = id;
    run.require_works();
}

TEST_CASE("a device without the capability is refused") {
    FakeDriver &driver = fresh_driver();
    driver.capability = 75;
    require_no_plan(inference(), NF_NO_DEVICE, "the context's device has compute capability 7.x, expected 8.0 or more");
    CHECK(driver.pushes == driver.pops);
    driver.capability = GENERATE(80, 90, 120);
    CudaRun(driver).require_works();
}

TEST_CASE("code that does not load makes no plan, and is loaded anew the next time") {
    FakeDriver &driver = fresh_driver();
    driver.module_result = 218; // CUDA_ERROR_INVALID_PTX
    require_no_plan(inference(), NF_KERNEL_FAILED,
                    "inference returned 1: CUDA: cuModuleLoadData returned CUDA_ERROR_INVALID_PTX");
    driver.module_result = 0;
    driver.entry_result = 500; // CUDA_ERROR_NOT_FOUND
    require_no_plan(inference(), NF_KERNEL_FAILED,
                    "inference returned 1: CUDA: cuModuleGetFunction returned CUDA_ERROR_NOT_FOUND");
    driver.entry_result = 0;
    CHECK(driver.launches == 0);
    CHECK(driver.pushes == driver.pops);
    CudaRun(driver).require_works();
}

TEST_CASE("a launch that fails says so, and the next works") {
    FakeDriver &driver = fresh_driver();
    CudaRun run(driver);
    int &result = GENERATE_REF(true, false) ? driver.launch_result : driver.memset_result;
    const bool fills = &result == &driver.memset_result;
    if (fills) run.memory.tensors.gamma = {}; // ones in the workspace in its place
    result = 701;                             // CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES
    CHECK(run.execute() == NF_KERNEL_FAILED);
    CHECK(nf_last_error() == std::string("inference returned 1: CUDA: ") + (fills ? "cuMemsetD32Async" : "cuLaunchKernel") +
                                 " returned CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
    CHECK(driver.pushes == driver.pops);
    result = 0;
    run.require_works();
}

TEST_CASE("executions load nothing; another context does, also one where an old one was") {
    FakeDriver &driver = fresh_driver();
    CudaRun(driver).require_works();
    CudaRun(driver).require_works();
    CHECK(driver.modules == 1);
    const PlanOwner elsewhere(inference(&other_context));
    CHECK(driver.modules == 2);
    driver.contexts[&own_context] = driver.contexts[&other_context] + 1000;
    CudaRun(driver).require_works();
    CHECK(driver.modules == 3);
}

TEST_CASE("an absent gamma is ones in the workspace") {
    FakeDriver &driver = fresh_driver();
    const bool wide = GENERATE(false, true);
    nf_description d = inference();
    if (wide) d.x.dtype = d.y.dtype = NF_F64;
    CudaRun run(driver, d);
    run.memory.tensors.gamma = {};
    run.require_works();
    const void *const workspace = run.memory.tensors.workspace;
    const auto *const f32 = static_cast<const float *>(workspace);
    const auto *const f64 = static_cast<const double *>(workspace);
    CHECK((wide ? std::count(f64, f64 + 3, 1.0) : std::count(f32, f32 + 3, 1.0F)) == 3);
    CHECK(driver.memsets > 0);
}

TEST_CASE("launches and fills go to the caller's stream, or to the default one") {
    FakeDriver &driver = fresh_driver();
    nf_description d = inference();
    if (GENERATE(false, true)) d.x.dtype = d.y.dtype = NF_F64; // filled by another function
    CudaRun run(driver, d);
    run.memory.tensors.gamma = {}; // ones in the workspace in its place
    int stream = 0;                // its address is what counts
    run.memory.tensors.stream = GENERATE_REF(static_cast<void *>(&stream), static_cast<void *>(nullptr));
    driver.launch_stream = driver.memset_stream = &driver; // neither of them
    run.require_works();
    CHECK(driver.launch_stream == run.memory.tensors.stream);
    CHECK(driver.memset_stream == run.memory.tensors.stream);
}

TEST_CASE("chunks of channels come from the device's cache and memory") {
    FakeDriver &driver = fresh_driver();
    const nf_description d =
        parse_problem("forward_train:f32:nchw:2x6x20x20:device=cuda").description; // 6400 bytes a channel
    const auto describe = [&] { return std::string(nf_plan_describe(PlanOwner(d).get())); };
    CHECK_THAT(describe(), !Catch::Contains("pieces"));
    driver.cache_bytes = 30000;
    CHECK_THAT(describe(), Catch::Contains("pieces: 3 of at most n 2, c 2, s 400"));
    driver.memory_kilohertz = driver.bits = 100000; // 2.5 TB/s
    CHECK_THAT(describe(), !Catch::Contains("pieces"));
    const auto describe_with = [&](const char *bytes) {
        const Environment chunk("NORMFORGE_GPU_CHUNK", bytes);
        return describe();
    };
    CHECK_THAT(describe_with("20000"), Catch::Contains("pieces: 2 of at most n 2, c 3, s 400"));
    driver.memory_kilohertz = driver.bits = 8;
    CHECK_THAT(describe_with("0"), !Catch::Contains("pieces"));
    const Environment wrong("NORMFORGE_GPU_CHUNK", "half");
    require_no_plan(d, NF_INVALID_ARGUMENT,
                    "NORMFORGE_GPU_CHUNK is \"half\", expected a whole number from 0 to 9223372036854775807");
}
