// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile.hpp"

#include "as_matrix.hpp"
#include "bare_convolutions.hpp"
#include "max_pooling.hpp"
#include "measured.hpp"
#include "minimize.hpp"
#include "painting_objective.hpp"
#include "step.hpp"
#include "style_loss.hpp"

#include <ATen/Parallel.h>
#include <chrono>
#include <set>
#include <torch/types.h>

using namespace neural_style;

namespace bench {

namespace {

constexpr LossWeights default_weights{.content = 1, .style = 10, .tv = 0.5, .color_tv = 40, .weave = 0.03};

// A style tap: features, what they are compared with, and what comes out of it.
struct Tap {
    torch::Tensor features, gradient;
    FeatureSums sums;
    StyleTarget target;
    StyleTarget::Comparison comparison;

    explicit Tap(const torch::Tensor& f)
        : features(f), gradient(torch::zeros_like(f)), sums(sums_of(f)),
          target(gaussian_target(sums_of(f.square()))), comparison(target.compare(sums)) {}

    static FeatureSums sums_of(const torch::Tensor& features) {
        FeatureSums sums(features.size(1));
        sums.add(features);
        return sums;
    }
};

// The backward pass through a convolution alone, and through the pooling behind it as well.
struct PoolingPasses {
    FeatureNetwork feature_network;
    std::vector<torch::Tensor> without, with;

    PoolingPasses(FeatureNetwork network, int side)
        : feature_network(std::move(network)), without(feature_network.forward(picture(side, 1), 0, {})),
          with(feature_network.forward(picture(side, 1), 1, {})) {}
};

// Seconds of one step of L-BFGS with a full history, for a picture of that size; the objective is a parabola,
// whose own cost is taken off.
double optimizer_seconds(int side) {
    const auto start = picture(side, 4);
    const auto slope = picture(side, 5) - 0.5;
    const auto parabola = [&](const torch::Tensor& p) { return torch::add(slope, p, 1e-3); };
    double loss = 1;
    using Clock = std::chrono::steady_clock;
    std::vector<double> steps;
    auto last = Clock::now();
    constexpr int history = 10;
    minimize(
        start,
        [&](const torch::Tensor& p, torch::Tensor* gradient) {
            if (gradient)
                *gradient = parabola(p);
            Losses losses;
            losses[LossTerm::style].value = loss *= 0.99;
            return losses;
        },
        {.iterations = 2 * history + 2, .history = history},
        [&](int iteration, const Losses&, const torch::Tensor&) {
            const auto now = Clock::now();
            if (iteration > history + 1)
                steps.push_back(std::chrono::duration<double>(now - last).count());
            last = now;
        });
    const auto own = medians({{"parabola", [&] { parabola(start); }}}, 9).front().second;
    return median(steps) - own;
}

} // namespace

std::vector<std::pair<std::string, double>> profile(const ProfileSubject& subject, int rounds) {
    const torch::NoGradGuard no_grad;
    const auto feature_network = network(subject.network, subject.type);
    const auto unpadded = network(subject.unpadded, subject.type);
    const int deepest = deepest_tap(feature_network);
    const auto photo = picture(subject.side, 1);
    const auto outputs = feature_network.forward(photo, deepest, {});
    const auto unpadded_outputs = unpadded.forward(photo, deepest, {});
    const auto nothing = [](int, const torch::Tensor&, torch::Tensor&) {};

    const auto names = feature_network.layers();
    std::set<int> convolutions;
    for (const auto& name : names)
        convolutions.insert(feature_network.layer(name));
    // The features before each convolution but the first, padded and not, and before each pooling.
    std::vector<torch::Tensor> convolved, padded, pooled, pooled_out, activations;
    for (int i = 0; i <= deepest; ++i) {
        const auto at = std::size_t(i);
        if (convolutions.contains(i)) {
            activations.push_back(outputs[at]);
            if (i > 0) {
                convolved.push_back(outputs[at - 1]);
                padded.push_back(torch::reflection_pad2d(outputs[at - 1], {1, 1, 1, 1}));
            }
        } else {
            pooled.push_back(outputs[at - 1]);
            pooled_out.push_back(outputs[at]);
        }
    }
    std::vector<Tap> taps;
    for (const auto& name : feature_network.style_taps())
        taps.emplace_back(outputs[std::size_t(feature_network.layer(name))]);
    const auto content = outputs[std::size_t(feature_network.layer(feature_network.content_taps().front()))];
    auto content_gradient = torch::zeros_like(content);

    const BareConvolutions bare(feature_network, subject.side, BareConvolutions::Way::prepared);
    const BareConvolutions plain(feature_network, subject.side, BareConvolutions::Way::channels_last);
    Step step(network(subject.network, subject.type), StyleLoss::gaussian, subject.side, default_weights);
    // Objectives of the first layer alone, so that the total variation is not a small difference of large
    // times.
    const auto shallow = [&](double tv) {
        PaintingObjective objective(feature_network, StyleLoss::gaussian,
                                    {.content = 1, .style = 0, .tv = tv});
        objective.content_like(picture(subject.side, 3), {{names.front(), 1.0}}, {});
        return objective;
    };
    auto with_tv = shallow(default_weights.tv), without_tv = shallow(0);
    std::vector<PoolingPasses> poolings;
    for (std::size_t i = 0; i < subject.poolings.size(); ++i)
        poolings.emplace_back(network(subject.poolings[i], subject.type), subject.side >> i);

    torch::Tensor gradient;
    auto times = medians(
        {
            {"step", [&] { step.run(); }},
            {"first layer with total variation", [&] { with_tv.evaluate(photo, &gradient, {}); }},
            {"first layer", [&] { without_tv.evaluate(photo, &gradient, {}); }},
            {"backward to poolings",
             [&] {
                 for (const auto& pooling : poolings)
                     pooling.feature_network.backward(pooling.without, nothing, {});
             }},
            {"backward through poolings",
             [&] {
                 for (const auto& pooling : poolings)
                     pooling.feature_network.backward(pooling.with, nothing, {});
             }},
            {"forward", [&] { feature_network.forward(photo, deepest, {}); }},
            {"forward, unpadded", [&] { unpadded.forward(photo, deepest, {}); }},
            {"backward", [&] { feature_network.backward(outputs, nothing, {}); }},
            {"backward, unpadded", [&] { unpadded.backward(unpadded_outputs, nothing, {}); }},
            {"convolutions forward", [&] { bare.forward(true); }},
            {"convolutions backward", [&] { bare.backward(); }},
            {"convolutions backward, bordered", [&] { bare.backward(2); }},
            {"pooling forward",
             [&] {
                 for (const auto& in : pooled)
                     max_pooled(in);
             }},
            {"ReLU masks",
             [&] {
                 for (auto out : activations)
                     at::threshold_backward_out(out, out, out, 0);
             }},
            {"sums",
             [&] {
                 for (const auto& tap : taps)
                     Tap::sums_of(tap.features);
             }},
            {"comparison",
             [&] {
                 at::parallel_for(0, std::int64_t(taps.size()), 1, [&](std::int64_t first, std::int64_t end) {
                     for (auto i = first; i < end; ++i) {
                         const auto& tap = taps[taps.size() - 1 - std::size_t(i)];
                         tap.target.compare(tap.sums);
                     }
                 });
             }},
            {"gradient of statistics",
             [&] {
                 for (auto& tap : taps)
                     tap.comparison.gradient.add_to(tap.features, tap.gradient);
             }},
            {"content",
             [&] {
                 (content - content).to(torch::kFloat32).square_().sum(torch::kFloat64).item<double>();
                 content_gradient.add_(content - content, 1e-3);
             }},
            {"usual: convolution, then ReLU",
             [&] {
                 plain.forward(false);
                 for (auto out : activations)
                     out.relu_();
             }},
            {"usual: reflection_pad2d_backward",
             [&] {
                 for (std::size_t i = 0; i < padded.size(); ++i)
                     at::reflection_pad2d_backward(padded[i], convolved[i], {1, 1, 1, 1});
             }},
            {"usual: max_pool2d_with_indices_backward",
             [&] {
                 for (std::size_t i = 0; i < pooled.size(); ++i) {
                     const auto indices = std::get<1>(torch::max_pool2d_with_indices(pooled[i], 2));
                     at::max_pool2d_with_indices_backward(pooled_out[i], pooled[i], 2, 2, 0, 1, false,
                                                          indices);
                 }
             }},
            {"usual: Gram matrices as products",
             [&] {
                 for (const auto& tap : taps) {
                     const auto matrix = as_matrix(tap.features).to(torch::kFloat32);
                     torch::matmul(matrix.t(), matrix);
                     matrix.sum(0);
                 }
             }},
        },
        rounds);
    std::vector<double> optimizer;
    for (int round = 0; round < rounds; ++round)
        optimizer.push_back(optimizer_seconds(subject.side));
    times.emplace_back("optimiser", median(optimizer));
    return times;
}

} // namespace bench
