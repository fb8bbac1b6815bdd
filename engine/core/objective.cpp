// SPDX-License-Identifier: GPL-3.0-or-later
#include "objective.hpp"

#include "guarded.hpp"
#include "tensor.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <format>
#include <torch/types.h>

namespace neural_style {

namespace {

// Rows whose differences are looked at together: few enough for the cache.
constexpr std::int64_t rows_at_once = 64;

// A region that covers less of a layer than this many positions has no statistics there.
constexpr double least_positions = 1;

// Weights by the layer's index; a layer named twice counts twice. Errors: those of Backbone::layer.
std::map<int, double> by_layer(const Backbone& backbone, const WeightedLayers& layers) {
    std::map<int, double> weights;
    for (const auto& [name, weight] : layers)
        weights[backbone.layer(name)] += weight;
    return weights;
}

// A tile's own positions in a layer.
struct OwnPositions {
    std::int64_t top, left, height, width; // in the window
    std::int64_t in_picture_top, in_picture_left;

    OwnPositions(const Tile& tile, int stride)
        : top(tile.down.own_in_window() / stride), left(tile.across.own_in_window() / stride),
          height(tile.down.own_length / stride), width(tile.across.own_length / stride),
          in_picture_top(tile.down.own / stride), in_picture_left(tile.across.own / stride) {}

    torch::Tensor of_window(const torch::Tensor& features) const {
        if (features.size(2) == height && features.size(3) == width)
            return features;
        return features.narrow(2, top, height).narrow(3, left, width);
    }
    torch::Tensor of_picture(const torch::Tensor& features) const {
        return features.narrow(2, in_picture_top, height).narrow(3, in_picture_left, width);
    }
};

// Gradients of means are about one over the number of samples, which float16 cannot hold.
double gradient_scale(const Backbone& backbone, const torch::Tensor& picture) {
    return backbone.type() == torch::kHalf ? double(picture.numel()) : 1.0;
}

} // namespace

Objective::Objective(const Backbone& backbone, StyleLoss kind, LossWeights weights, View view)
    : backbone_(&backbone), kind_(kind), weights_(weights), view_(std::move(view)) {}

Tiling Objective::tiling(const torch::Tensor& picture, int deepest) const {
    return {width_of(picture),
            height_of(picture),
            {.side = view_.tile_side,
             .halo = view_.halo > 0 ? view_.halo : backbone_->halo(deepest),
             .stride = backbone_->stride(deepest),
             .wraps = view_.wraps}};
}

// Calls visit(tile, layer, features of its window) for every tile and layer.
template <typename Visit>
void Objective::visit_tiles(const torch::Tensor& picture, const Tiling& cut, int deepest,
                            const std::stop_token& stop, Visit visit) const {
    for (const auto& tile : cut.tiles())
        backbone_->visit(cut.window(picture, tile), deepest, stop,
                         [&](int layer, const torch::Tensor& features) { visit(tile, layer, features); });
}

int Objective::deepest() const {
    int deepest = 0;
    for (const auto& region : regions_)
        if (!region.layers.empty())
            deepest = std::max(deepest, region.layers.rbegin()->first);
    if (!content_taps_.empty())
        deepest = std::max(deepest, content_taps_.rbegin()->first);
    return deepest;
}

template <typename Work>
void Objective::with_smaller_tiles_if_needed(const torch::Tensor& picture, Work work) {
    for (;;) {
        try {
            return work();
        } catch (...) {
            const auto longest = std::max(width_of(picture), height_of(picture));
            const int side = view_.tile_side > 0 ? std::min(view_.tile_side, longest) : longest;
            if (error_in_flight().code != ErrorCode::out_of_memory || side / 2 < least_tile_side)
                throw;
            view_.tile_side = side / 2;
            reserve_.release();
        }
        if (view_.on_notice)
            view_.on_notice(
                std::format("Memory ran out; the painting goes on in tiles of {} pixels.", view_.tile_side));
    }
}

void Objective::style_like(const torch::Tensor& style, const WeightedLayers& layers, const Place& place,
                           const std::stop_token& stop) {
    const auto wanted = by_layer(*backbone_, layers);
    if (wanted.empty())
        return;
    auto region = std::ranges::find_if(regions_, [&](const Region& r) {
        return r.weights.defined() == place.weights.defined() &&
               (!r.weights.defined() || r.weights.is_same(place.weights));
    });
    if (region == regions_.end())
        region = regions_.insert(regions_.end(), Region{place.weights, {}});
    std::map<int, FeatureSums> sums;
    with_smaller_tiles_if_needed(style, [&] {
        sums.clear();
        const int deepest = wanted.rbegin()->first;
        visit_tiles(style, tiling(style, deepest), deepest, stop,
                    [&](const Tile& tile, int layer, const torch::Tensor& features) {
                        if (wanted.contains(layer))
                            sums.try_emplace(layer, features.size(1))
                                .first->second.add(
                                    OwnPositions(tile, backbone_->stride(layer)).of_window(features));
                    });
    });
    for (const auto& [layer, weight] : wanted)
        region->layers.try_emplace(layer, StyleLayer{weight, {}})
            .first->second.taps.push_back({StyleTarget(kind_, sums.at(layer)), place.share});
}

void Objective::content_like(const torch::Tensor& content, const WeightedLayers& layers,
                             const std::stop_token& stop) {
    const auto wanted = by_layer(*backbone_, layers);
    if (wanted.empty())
        return;
    with_smaller_tiles_if_needed(content, [&] {
        content_taps_.clear();
        const int deepest = wanted.rbegin()->first;
        const auto cut = tiling(content, deepest);
        visit_tiles(
            content, cut, deepest, stop, [&](const Tile& tile, int layer, const torch::Tensor& features) {
                const auto found = wanted.find(layer);
                if (found == wanted.end())
                    return;
                if (cut.tiles().size() == 1 && !view_.wraps) {
                    content_taps_.emplace(layer, ContentTap{features, found->second});
                    return;
                }
                const int stride = backbone_->stride(layer);
                const auto [tap, fresh] = content_taps_.try_emplace(layer);
                if (fresh)
                    tap->second = {torch::empty({1, features.size(1), height_of(content) / stride,
                                                 width_of(content) / stride},
                                                features.options(), torch::MemoryFormat::ChannelsLast),
                                   found->second};
                const OwnPositions own(tile, stride);
                own.of_picture(tap->second.features).copy_(own.of_window(features));
            });
    });
}

double Objective::content_factor(const ContentTap& tap) const {
    const double share = kind_ == StyleLoss::formula ? 0.5 : 1 / double(tap.features.numel());
    return weights_.content * tap.weight * share;
}

torch::Tensor Objective::weights_at(const Region& region, const Tile& tile, int layer) const {
    if (!region.weights.defined())
        return {};
    const int stride = backbone_->stride(layer);
    const auto own = region.weights.narrow(0, tile.down.own, tile.down.own_length)
                         .narrow(1, tile.across.own, tile.across.own_length);
    if (stride == 1)
        return own;
    return torch::avg_pool2d(own.unsqueeze(0).unsqueeze(0), stride).squeeze(0).squeeze(0);
}

Losses Objective::evaluate(const torch::Tensor& picture, torch::Tensor* gradient,
                           const std::stop_token& stop) {
    Losses losses;
    with_smaller_tiles_if_needed(picture, [&] { losses = evaluate_once(picture, gradient, stop); });
    return losses;
}

Objective::RegionGradient Objective::compare(const Region& region, const RegionSums& sums,
                                             const torch::Tensor& picture, double& loss) const {
    struct Comparison {
        const StyleTap* tap;
        const FeatureSums* here;
        double factor;
        SumsGradient* gradient; // where it goes
        StyleTarget::Comparison result;
    };
    RegionGradient gradients;
    std::vector<Comparison> comparisons;
    for (const auto& [layer, here] : sums) {
        if (here.positions < least_positions)
            continue;
        const auto& style = region.layers.at(layer);
        const int stride = backbone_->stride(layer);
        // A region's statistics are means over it: without this factor a small one would be painted more
        // strongly than a large one, since every position's part in them is larger.
        const double positions = double(picture.size(2) / stride) * double(picture.size(3) / stride);
        const bool is_mean = kind_ != StyleLoss::formula && kind_ != StyleLoss::classic;
        const double factor = weights_.style * style.weight * (is_mean ? here.positions / positions : 1);
        for (const auto& tap : style.taps)
            comparisons.push_back({&tap, &here, factor * tap.share, &gradients[layer], {}});
    }
    // Eigenvalues of one matrix keep one thread busy; the deepest layers take longest and go first.
    at::parallel_for(0, std::int64_t(comparisons.size()), 1, [&](std::int64_t first, std::int64_t end) {
        for (auto i = first; i < end; ++i) {
            auto& comparison = comparisons[comparisons.size() - 1 - std::size_t(i)];
            comparison.result = comparison.tap->target.compare(*comparison.here);
        }
    });
    for (const auto& comparison : comparisons) {
        loss += comparison.factor * comparison.result.loss;
        comparison.gradient->add(comparison.result.gradient,
                                 comparison.factor * gradient_scale(*backbone_, picture));
    }
    return gradients;
}

Losses Objective::evaluate_once(const torch::Tensor& picture, torch::Tensor* gradient,
                                const std::stop_token& stop) const {
    const torch::NoGradGuard no_grad;
    const int deepest = this->deepest();
    const auto cut = tiling(picture, deepest);
    const bool whole = cut.tiles().size() == 1; // its outputs are kept from the first pass to the second
    Losses losses;
    std::vector<torch::Tensor> outputs;

    std::vector<RegionSums> sums(regions_.size());
    visit_tiles(picture, cut, deepest, stop, [&](const Tile& tile, int layer, const torch::Tensor& features) {
        if (whole && gradient)
            outputs.push_back(features);
        const OwnPositions own(tile, backbone_->stride(layer));
        for (std::size_t r = 0; r < regions_.size(); ++r)
            if (regions_[r].layers.contains(layer))
                sums[r]
                    .try_emplace(layer, features.size(1))
                    .first->second.add(own.of_window(features), weights_at(regions_[r], tile, layer));
        if (const auto tap = content_taps_.find(layer); tap != content_taps_.end())
            losses.content +=
                content_factor(tap->second) * (own.of_window(features) - own.of_picture(tap->second.features))
                                                  .to(torch::kFloat32)
                                                  .square_()
                                                  .sum(torch::kFloat64)
                                                  .item<double>();
    });

    std::vector<RegionGradient> of_sums;
    for (std::size_t r = 0; r < regions_.size(); ++r)
        of_sums.push_back(compare(regions_[r], sums[r], picture, losses.style));

    if (gradient) {
        const double scale = gradient_scale(*backbone_, picture);
        if (!whole || view_.wraps)
            *gradient = torch::zeros_like(picture, torch::MemoryFormat::Contiguous);
        for (const auto& tile : cut.tiles()) {
            if (!whole)
                outputs = backbone_->forward(cut.window(picture, tile), deepest, stop);
            const auto of_window = backbone_->backward(
                std::move(outputs),
                [&](int layer, const torch::Tensor& features, torch::Tensor& of_features) {
                    const OwnPositions own(tile, backbone_->stride(layer));
                    const auto own_features = own.of_window(features);
                    auto own_gradient = own.of_window(of_features);
                    for (std::size_t r = 0; r < regions_.size(); ++r)
                        if (const auto found = of_sums[r].find(layer); found != of_sums[r].end())
                            found->second.add_to(own_features, own_gradient,
                                                 weights_at(regions_[r], tile, layer));
                    if (const auto tap = content_taps_.find(layer); tap != content_taps_.end())
                        own_gradient.add_(own_features - own.of_picture(tap->second.features),
                                          2 * scale * content_factor(tap->second));
                },
                stop);
            if (whole && !view_.wraps)
                *gradient = of_window.contiguous();
            else
                cut.add(*gradient, tile, of_window);
        }
        if (scale != 1)
            gradient->div_(scale);
    }
    losses.tv = total_variation(picture, gradient);
    return losses;
}

double Objective::total_variation(const torch::Tensor& picture, torch::Tensor* gradient) const {
    if (weights_.tv == 0)
        return 0;
    const double factor = weights_.tv * (kind_ == StyleLoss::formula ? 1 : 1 / double(picture.numel()));
    double loss = 0;
    // Differences between two parts of the picture of equal size.
    const auto between = [&](auto part_before, auto part_behind) {
        const auto difference = part_behind(picture) - part_before(picture);
        auto counted = difference;
        if (const double color = weights_.color_tv; color > 0)
            counted = difference.mul(1 + color).sub_(difference.mean(1, /*keepdim=*/true), color);
        loss += difference.mul(counted).sum(torch::kFloat64).template item<double>();
        if (gradient) {
            part_behind(*gradient).add_(counted, 2 * factor);
            part_before(*gradient).sub_(counted, 2 * factor);
        }
    };
    for (std::int64_t first = 0; first < picture.size(2); first += rows_at_once)
        for (const int dimension : {2, 3}) {
            const auto rows = std::min(rows_at_once, picture.size(2) - first);
            const auto band = [&](const torch::Tensor& t, std::int64_t shift) {
                if (dimension == 2)
                    return t.narrow(2, first + shift, std::min(rows, picture.size(2) - 1 - first));
                return t.narrow(2, first, rows).narrow(3, shift, picture.size(3) - 1);
            };
            if (dimension == 2 && first + 1 >= picture.size(2))
                continue;
            between([&](const torch::Tensor& t) { return band(t, 0); },
                    [&](const torch::Tensor& t) { return band(t, 1); });
        }
    if (view_.wraps)
        for (const int dimension : {2, 3})
            between([&](const torch::Tensor& t) { return t.narrow(dimension, t.size(dimension) - 1, 1); },
                    [&](const torch::Tensor& t) { return t.narrow(dimension, 0, 1); });
    return factor * loss;
}

} // namespace neural_style
