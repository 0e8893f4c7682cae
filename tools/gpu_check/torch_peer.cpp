// SPDX-License-Identifier: MIT
// See torch_peer.h.
#include "tools/gpu_check/torch_peer.h"

#include "runtime/names.h"

#include <array>
#include <nlohmann/json.hpp>

namespace normforge::gpu_check {

namespace {

std::string to_json(const Operands &operands, const TorchWay &way) {
    const nf_description &d = operands.description();
    const Geometry &g = operands.geometry();
    nlohmann::json pointers;
    for (const char *name : {"x", "residual", "dy", "gamma", "beta", "running_mean", "running_variance"})
        if (void *const pointer = operands.at(name)) pointers[name] = reinterpret_cast<Address>(pointer);
    return nlohmann::json{{"op", name_of(d.op)},
                          {"dtype", name_of(d.x.dtype)},
                          {"epilogue", name_of(d.epilogue)},
                          {"shape", {g.n, g.c, g.h, g.w}},
                          {"channels_last", g.last},
                          {"eps", d.eps},
                          {"momentum_of_new", 1 - d.momentum},
                          {"cudnn", way.cudnn},
                          {"pointers", pointers}}
        .dump();
}

class Torch final : public Competitor {
public:
    Torch(const Operands &operands, const TorchCalls &calls, const TorchWay &way)
        : Competitor(way.name), operands_(operands), calls_(calls), id_(next_id()) {
        if (calls_.make(id_, to_json(operands, way).c_str())) throw NotOffered(why_not());
    }
    ~Torch() override { calls_.release(id_); }

    void run() override {
        if (calls_.run(id_)) throw NotOffered(why_not());
    }

    /// Those that PyTorch hands out: it keeps forward's saved statistics to itself.
    std::vector<Output> outputs() const override {
        std::vector<Output> outputs;
        for (Output output : operands_.outputs()) {
            output.address = calls_.output(id_, output.name.c_str());
            if (output.address) outputs.push_back(output);
        }
        return outputs;
    }

private:
    static int next_id() {
        static int last = 0;
        return ++last;
    }

    std::string why_not() const {
        std::array<char, 512> text{};
        calls_.why_not(text.data(), text.size());
        return text.data();
    }

    const Operands &operands_;
    const TorchCalls &calls_;
    int id_;
};

} // namespace

std::unique_ptr<Competitor> make_torch(const Operands &operands, const TorchCalls &calls, const TorchWay &way) {
    return std::make_unique<Torch>(operands, calls, way);
}

} // namespace normforge::gpu_check
