// SPDX-License-Identifier: MIT
// Executions captured into a CUDA graph: under the strictest mode, which refuses whatever might wait or allocate, on a
// stream that knows nothing of the default one. Names and numbers are those of cuda.h.
#include "runtime/device/driver_library.h"
#include "tests/support/cuda_driver.h"
#include "tests/support/cuda_operands.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>
#include <functional>
#include NF_GPU_HEADER

using namespace normforge;
using namespace normforge::testing;

namespace {

struct Graphs {
    int (*create_stream)(void **, unsigned) = nullptr;
    int (*destroy_stream)(void *) = nullptr;
    int (*synchronize)(void *) = nullptr;
    int (*begin)(void *, int) = nullptr;
    int (*end)(void *, void **) = nullptr;
    int (*instantiate)(void **, void *, unsigned long long) = nullptr;
    int (*launch)(void *, void *) = nullptr;
    int (*destroy)(void *) = nullptr;
    int (*destroy_executable)(void *) = nullptr;

    Graphs() {
        DriverLibrary library("libcuda.so.1");
        library.find(create_stream, "cuStreamCreate");
        library.find(destroy_stream, "cuStreamDestroy_v2");
        library.find(synchronize, "cuStreamSynchronize");
        library.find(begin, "cuStreamBeginCapture_v2");
        library.find(end, "cuStreamEndCapture");
        library.find(instantiate, "cuGraphInstantiateWithFlags");
        library.find(launch, "cuGraphLaunch");
        library.find(destroy, "cuGraphDestroy");
        library.find(destroy_executable, "cuGraphExecDestroy");
        INFO(library.reason());
        REQUIRE(library.reason().empty());
    }
};

/// A plan, and a stream that does not wait for the default one.
struct Captured {
    explicit Captured(const Problem &problem) {
        constexpr unsigned kNonBlocking = 1; // CU_STREAM_NON_BLOCKING
        REQUIRE(nf_plan_create(&problem.description, &plan) == NF_SUCCESS);
        REQUIRE(graphs.create_stream(&stream, kNonBlocking) == 0);
    }
    ~Captured() {
        graphs.destroy_stream(stream);
        nf_plan_destroy(plan);
    }
    Captured(const Captured &) = delete;
    Captured &operator=(const Captured &) = delete;

    /// What `launch` leaves in operands that begin as those given.
    void run(GuardedOperands &operands, const std::function<void(const nf_tensors &)> &launch) const {
        CudaOperands on_device(operands, nf_plan_workspace_size(plan));
        on_device.call.stream = stream;
        REQUIRE(cuda_driver().synchronize() == 0); // what was copied is there, for this stream too
        launch(on_device.call);
        REQUIRE(graphs.synchronize(stream) == 0);
        on_device.copy_back();
    }

    Graphs graphs;
    nf_plan *plan = nullptr;
    void *stream = nullptr;
};

} // namespace

TEST_CASE("A graph of an execution gives the bits of the execution, every time") {
    REQUIRE(nf_register(&NF_GPU_TABLE) == NF_SUCCESS);
    use_cuda_device();
    const std::string text =
        GENERATE("forward_train:f32:nchw:8x5x40x40:add_relu", "forward_train:f16:nhwc:9x30x30x64:add_relu",
                 "backward_train:f32:nhwc:9x30x30x67:relu", "backward_train:f16:nchw:16x3x7x7:relu",
                 "forward_train:f32:nc:140000x1", "forward_train:f32:nchw:1x8x6x6:add_relu");
    const bool without_parameters = GENERATE(false, true); // gamma and beta are then filled in on the stream
    INFO(text << (without_parameters ? ", without gamma and beta" : ""));
    const Problem problem = parse_problem(text + ":device=cuda");
    const Captured captured(problem);
    const Inputs inputs = make_inputs(problem.description, {});
    const std::vector<std::string> absent =
        without_parameters ? std::vector<std::string>{"gamma", "beta"} : std::vector<std::string>{};
    GuardedOperands executed(problem, inputs, Edge::end, absent), replayed(problem, inputs, Edge::end, absent);

    captured.run(executed, [&](const nf_tensors &call) { // twice: running statistics are read and written
        for (int i = 0; i < 2; ++i) REQUIRE(nf_plan_execute(captured.plan, &call) == NF_SUCCESS);
    });
    captured.run(replayed, [&](const nf_tensors &call) {
        constexpr int kGlobal = 0; // CU_STREAM_CAPTURE_MODE_GLOBAL
        const Graphs &graphs = captured.graphs;
        void *graph = nullptr, *executable = nullptr;
        REQUIRE(graphs.begin(captured.stream, kGlobal) == 0);
        const nf_status status = nf_plan_execute(captured.plan, &call);
        const std::string error = nf_last_error();
        REQUIRE(graphs.end(captured.stream, &graph) == 0);
        INFO(error);
        REQUIRE(status == NF_SUCCESS);
        REQUIRE(graphs.instantiate(&executable, graph, 0) == 0);
        for (int i = 0; i < 2; ++i) REQUIRE(graphs.launch(executable, captured.stream) == 0);
        REQUIRE(graphs.synchronize(captured.stream) == 0);
        graphs.destroy_executable(executable);
        graphs.destroy(graph);
    });
    CHECK(replayed.difference(executed).empty());
    CHECK(replayed.changed().empty());
}
