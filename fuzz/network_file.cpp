// SPDX-License-Identifier: GPL-3.0-or-later
/// Network files in our own formats: feature networks, decoders and trained styles, with their graphs. What
/// is accepted sees a small picture.
#include "decoder.hpp"
#include "feature_network.hpp"
#include "guarded.hpp"
#include "input_file.hpp"
#include "promise.hpp"
#include "safetensors_mutation.hpp"
#include "trained_network.hpp"
#include "weights.hpp"

#include <ATen/Parallel.h>
#include <torch/types.h>

using namespace neural_style;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    at::set_num_threads(1);
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
    return fuzz::mutated_safetensors(data, size, most, seed);
}

namespace {

/// For the small picture. More would only cost the fuzzer's time.
constexpr double most_operations = 1e8;

/// Only failures with a sentence may leave.
void attempt(auto&& work) {
    try {
        work();
    } catch (const Failure& failure) {
        fuzz::promise(std::string_view(failure.what()).size() > 20);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::InputFile file({data, size});
    const at::NoGradGuard no_grad;
    const torch::Tensor picture = torch::full({1, 3, 40, 48}, 0.5F);
    attempt([&] {
        const Weights weights = Weights::read(file.path());
        attempt([&] {
            const FeatureNetwork network(weights, torch::kCPU);
            attempt([&] { const Decoder decoder(weights, network); });
            const auto names = network.layers();
            fuzz::promise(!names.empty());
            const int deepest = network.layer(names.back());
            if (network.cost(48, 40, deepest).operations > most_operations)
                return;
            const auto outputs = network.forward(picture, deepest, {});
            fuzz::promise(outputs.back().size(1) == network.channels(deepest));
        });
    });
    attempt([&] {
        if (!TrainedNetwork::described(file.path()))
            return;
        const auto network = TrainedNetwork::read(file.path()).adapted(torch::kCPU, torch::kFloat32);
        if (network.operations() * 48 * 40 > most_operations || network.multiple() > 8 ||
            network.smallest_side() > 40)
            return;
        fuzz::promise(network.run(picture, {}).sizes() == picture.sizes());
    });
    return 0;
}
