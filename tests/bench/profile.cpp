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
#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <torch/types.h>

using namespace neural_style;

namespace bench {

namespace {

constexpr LossWeights default_weights{.content = 1, .style = 10, .tv = 0.5, .color_tv = 40, .weave = 0.03};

// A style tap: features, the statistics to compare them with, and the result.
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

// The backward pass through a convolution alone, and with the following pooling.
struct PoolingPasses {
    FeatureNetwork feature_network;
    torch::Tensor photo;
    std::vector<torch::Tensor> without, with;

    PoolingPasses(FeatureNetwork network, int side)
        : feature_network(std::move(network)), photo(picture(side, 1)),
          without(feature_network.forward(photo, 0, {})), with(feature_network.forward(photo, 1, {})) {}
};

// Seconds of one L-BFGS step with a full history, for a picture of that size; the objective is a parabola,
// whose own cost is subtracted.
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

// Of the first layer alone, so that the total variation is not a small difference of large times.
PaintingObjective first_layer_objective(const FeatureNetwork& feature_network, int side, double tv) {
    PaintingObjective objective(feature_network, StyleLoss::gaussian, {.content = 1, .style = 0, .tv = tv});
    objective.content_like(picture(side, 3), {{feature_network.layers().front(), 1.0}}, {});
    return objective;
}

// Everything that the pieces of a step work on.
struct Prepared {
    FeatureNetwork feature_network, unpadded;
    int deepest = deepest_tap(feature_network);
    torch::Tensor photo;
    std::vector<torch::Tensor> outputs = feature_network.forward(photo, deepest, {});
    std::vector<torch::Tensor> unpadded_outputs = unpadded.forward(photo, deepest, {});
    // The features before each convolution but the first, padded and not; before and after each pooling;
    // after each ReLU.
    std::vector<torch::Tensor> convolved, padded, pooled, pooled_out, activations;
    std::vector<Tap> taps;
    torch::Tensor content, content_gradient;
    BareConvolutions bare, plain;
    Step step;
    PaintingObjective with_tv, without_tv;
    std::vector<PoolingPasses> poolings;
    torch::Tensor gradient;

    explicit Prepared(const ProfileSubject& subject)
        : feature_network(network(subject.network, subject.type)),
          unpadded(network(subject.unpadded, subject.type)), photo(picture(subject.side, 1)),
          bare(feature_network, subject.side, BareConvolutions::Way::prepared),
          plain(feature_network, subject.side, BareConvolutions::Way::channels_last),
          step(network(subject.network, subject.type), StyleLoss::gaussian, subject.side, default_weights),
          with_tv(first_layer_objective(feature_network, subject.side, default_weights.tv)),
          without_tv(first_layer_objective(feature_network, subject.side, 0)) {
        gather_features();
        for (const auto& name : feature_network.style_taps())
            taps.emplace_back(outputs[std::size_t(feature_network.layer(name))]);
        content = outputs[std::size_t(feature_network.layer(feature_network.content_taps().front()))];
        content_gradient = torch::zeros_like(content);
        for (std::size_t i = 0; i < subject.poolings.size(); ++i)
            poolings.emplace_back(network(subject.poolings[i], subject.type), subject.side >> i);
    }
    Prepared(const Prepared&) = delete; // objectives point at the network

  private:
    void gather_features() {
        std::set<int> convolutions;
        for (const auto& name : feature_network.layers())
            convolutions.insert(feature_network.layer(name));
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
    }
};

Pieces whole_passes(Prepared& on) {
    const auto nothing = [](int, const torch::Tensor&, torch::Tensor&) {};
    return {
        {"step", [&on] { on.step.run(); }},
        {"first layer with total variation", [&on] { on.with_tv.evaluate(on.photo, &on.gradient, {}); }},
        {"first layer", [&on] { on.without_tv.evaluate(on.photo, &on.gradient, {}); }},
        {"backward to poolings",
         [&on, nothing] {
             for (const auto& pooling : on.poolings)
                 pooling.feature_network.backward(pooling.photo, pooling.without, nothing, {});
         }},
        {"backward through poolings",
         [&on, nothing] {
             for (const auto& pooling : on.poolings)
                 pooling.feature_network.backward(pooling.photo, pooling.with, nothing, {});
         }},
        {"forward", [&on] { on.feature_network.forward(on.photo, on.deepest, {}); }},
        {"forward, unpadded", [&on] { on.unpadded.forward(on.photo, on.deepest, {}); }},
        {"backward", [&on, nothing] { on.feature_network.backward(on.photo, on.outputs, nothing, {}); }},
        {"backward, unpadded",
         [&on, nothing] { on.unpadded.backward(on.photo, on.unpadded_outputs, nothing, {}); }},
    };
}

Pieces parts_of_a_step(Prepared& on) {
    return {
        {"convolutions forward", [&on] { on.bare.forward(true); }},
        {"convolutions backward", [&on] { on.bare.backward(); }},
        {"convolutions backward, bordered", [&on] { on.bare.backward(2); }},
        {"pooling forward",
         [&on] {
             for (const auto& in : on.pooled)
                 max_pooled(in);
         }},
        {"ReLU masks",
         [&on] {
             for (auto out : on.activations)
                 at::threshold_backward_out(out, out, out, 0);
         }},
        {"sums",
         [&on] {
             for (const auto& tap : on.taps)
                 Tap::sums_of(tap.features);
         }},
        {"comparison",
         [&on] {
             at::parallel_for(0, std::int64_t(on.taps.size()), 1, [&](std::int64_t first, std::int64_t end) {
                 for (auto i = first; i < end; ++i) {
                     const auto& tap = on.taps[on.taps.size() - 1 - std::size_t(i)];
                     tap.target.compare(tap.sums);
                 }
             });
         }},
        {"gradient of statistics",
         [&on] {
             for (auto& tap : on.taps)
                 tap.comparison.gradient.add_to(tap.features, tap.gradient);
         }},
        {"content",
         [&on] {
             (on.content - on.content).to(torch::kFloat32).square_().sum(torch::kFloat64).item<double>();
             on.content_gradient.add_(on.content - on.content, 1e-3);
         }},
    };
}

// What other programs do instead.
Pieces usual_ways(Prepared& on) {
    return {
        {"usual: convolution, then ReLU",
         [&on] {
             on.plain.forward(false);
             for (auto out : on.activations)
                 out.relu_();
         }},
        {"usual: reflection_pad2d_backward",
         [&on] {
             for (std::size_t i = 0; i < on.padded.size(); ++i)
                 at::reflection_pad2d_backward(on.padded[i], on.convolved[i], {1, 1, 1, 1});
         }},
        {"usual: max_pool2d_with_indices_backward",
         [&on] {
             for (std::size_t i = 0; i < on.pooled.size(); ++i) {
                 const auto indices = std::get<1>(torch::max_pool2d_with_indices(on.pooled[i], 2));
                 at::max_pool2d_with_indices_backward(on.pooled_out[i], on.pooled[i], 2, 2, 0, 1, false,
                                                      indices);
             }
         }},
        {"usual: Gram matrices as products",
         [&on] {
             for (const auto& tap : on.taps) {
                 const auto matrix = as_matrix(tap.features).to(torch::kFloat32);
                 torch::matmul(matrix.t(), matrix);
                 matrix.sum(0);
             }
         }},
    };
}

} // namespace

std::vector<std::pair<std::string, double>> profile(const ProfileSubject& subject, int rounds) {
    const torch::NoGradGuard no_grad;
    Prepared prepared(subject);
    auto pieces = whole_passes(prepared);
    std::ranges::move(parts_of_a_step(prepared), std::back_inserter(pieces));
    std::ranges::move(usual_ways(prepared), std::back_inserter(pieces));
    auto times = medians(pieces, rounds);
    std::vector<double> optimizer;
    for (int round = 0; round < rounds; ++round)
        optimizer.push_back(optimizer_seconds(subject.side));
    times.emplace_back("optimiser", median(optimizer));
    return times;
}

} // namespace bench
