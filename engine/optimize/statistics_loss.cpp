// SPDX-License-Identifier: GPL-3.0-or-later
#include "statistics_loss.hpp"

#include <ATen/Parallel.h>
#include <atomic>
#include <cstddef>
#include <torch/types.h>

namespace neural_style {

namespace {

// A place that covers fewer positions of a layer has no statistics there.
constexpr double least_positions = 1;

} // namespace

std::size_t StatisticsLoss::place_of(const torch::Tensor& weights) {
    for (std::size_t i = 0; i < places_.size(); ++i)
        if (const auto& own = places_[i].weights;
            own.defined() == weights.defined() && (!own.defined() || own.is_same(weights)))
            return i;
    places_.push_back({weights, {}});
    layers_.emplace_back();
    return places_.size() - 1;
}

void StatisticsLoss::like(Viewer& viewer, const std::vector<SeenStyle>& parts, const WeightedLayers& layers,
                          const StylePlace& place, const std::stop_token& stop) {
    const auto& network = viewer.network();
    const auto wanted = by_layer(network, layers);
    if (wanted.empty())
        return;
    const auto at = place_of(place.weights);
    std::map<int, LayerSums> sums;
    viewer.until_it_fits(parts.front().picture, [&] {
        sums.clear();
        const int deepest = wanted.rbegin()->first;
        for (const auto& part : parts)
            viewer.visit(part.picture, viewer.style_tiling(part.picture, deepest), deepest, stop,
                         [&](const Tile& tile, int layer, const torch::Tensor& features) {
                             if (!wanted.contains(layer))
                                 return;
                             const int stride = network.stride(layer);
                             const auto own = own_of_window(features, tile, stride);
                             sums.try_emplace(layer, features.size(1), features.device(), is_smoothed())
                                 .first->second.add(own, seen_positions(part, tile, stride, own));
                         });
    });
    for (const auto& [layer, weight] : wanted) {
        places_[at].layers.insert(layer);
        layers_[at]
            .try_emplace(layer, Layer{weight, network.stride(layer), {}})
            .first->second.styles.push_back({row_->target(sums.at(layer).sums()), place.share});
    }
}

Amount StatisticsLoss::compare(const std::vector<Sums>& places, const Evaluated& picture,
                               std::vector<Gradients>& gradients) const {
    struct Comparison {
        const Style* style;
        const FeatureSums* here;
        double factor;
        SumsGradient* gradient; // where it goes
        StyleTarget::Comparison result;
    };
    std::vector<Comparison> comparisons;
    for (std::size_t i = 0; i < places.size(); ++i)
        for (const auto& [layer, here] : places[i]) {
            if (here.positions < least_positions)
                continue;
            const auto& wanted = layers_[i].at(layer);
            const double positions =
                double(picture.height / wanted.stride) * double(picture.width / wanted.stride);
            const double factor =
                weight_ * wanted.weight * (row_->counts_by_area ? here.positions / positions : 1);
            for (const auto& style : wanted.styles)
                comparisons.push_back({&style, &here, factor * style.share, &gradients[i][layer], {}});
        }
    // Eigenvalues of one matrix keep one thread busy. The deepest layers take longest and go first, and
    // whoever is done takes the next one.
    std::atomic<std::size_t> left = comparisons.size();
    const auto compare = [&](std::int64_t, std::int64_t) {
        for (auto i = left--; i > 0 && i <= comparisons.size(); i = left--)
            comparisons[i - 1].result = comparisons[i - 1].style->target.compare(*comparisons[i - 1].here);
    };
    const auto count = std::int64_t(comparisons.size());
    if (count > 0 && comparisons.front().here->products.is_cpu())
        at::parallel_for(0, count, 1, compare);
    else
        compare(0, count);
    Amount loss;
    for (const auto& comparison : comparisons) {
        loss += comparison.factor * comparison.result.loss;
        comparison.gradient->add(comparison.result.gradient, comparison.factor * picture.gradient_scale);
    }
    return loss;
}

} // namespace neural_style
