// SPDX-License-Identifier: GPL-3.0-or-later
#include "objective.hpp"

#include "guarded.hpp"
#include "smoothness.hpp"
#include "style_parts.hpp"
#include "tensor.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <format>
#include <torch/types.h>

namespace neural_style {

namespace {

// Where memory is scarce it is given back after so many tiles: that takes a few hundredths of their time.
constexpr std::size_t tiles_between_returns = 8;

// How much less a diagonal neighbour counts: the nine-point Laplacian, which prefers no direction (Patra and
// Karttunen 2006, "Stencils with isotropic discretization error for differential operators"). With four
// neighbours only, what is left of the noise is woven along the axes.
constexpr double diagonal_share = 0.25;

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
             .halo = view_.halo > 0 ? view_.halo : halo(deepest),
             .stride = std::max(backbone_->stride(deepest), neighbors_ ? deepest_column_stride : 1),
             .wraps = view_.wraps}};
}

// Columns look one position beyond a tile's own in their deepest layer, which is enlarged between positions.
int Objective::halo(int deepest) const {
    const int own = backbone_->halo(deepest);
    if (!neighbors_)
        return own;
    const int stride = std::max(backbone_->stride(deepest), deepest_column_stride);
    return (std::max(own, backbone_->halo(neighbors_->layers.back(), 1)) + stride - 1) / stride * stride;
}

Tiling Objective::style_tiling(const torch::Tensor& style, int deepest) const {
    const Size size{width_of(style), height_of(style)};
    const int side =
        smaller_side(smaller_side(view_.tile_side, view_.style_tile_side), style_tile_side(size));
    return {size.width,
            size.height,
            {.side = side,
             .halo = view_.halo > 0 ? view_.halo : backbone_->halo(deepest),
             .stride = backbone_->stride(deepest)}};
}

// Calls visit(tile, layer, features of its window) for every tile and layer.
template <typename Visit>
void Objective::visit_tiles(const torch::Tensor& picture, const Tiling& cut, int deepest,
                            const std::stop_token& stop, Visit visit) const {
    std::size_t done = 0;
    for (const auto& tile : cut.tiles()) {
        backbone_->visit(cut.window(picture, tile), deepest, stop,
                         [&](int layer, const torch::Tensor& features) { visit(tile, layer, features); });
        after_tile(++done);
    }
}

void Objective::after_tile(std::size_t done) const {
    if (view_.tile_side > 0 && done % tiles_between_returns == 0)
        give_back_kept();
}

int Objective::deepest() const {
    int deepest = 0;
    for (const auto& region : regions_)
        if (!region.layers.empty())
            deepest = std::max(deepest, region.layers.rbegin()->first);
    if (!content_taps_.empty())
        deepest = std::max(deepest, content_taps_.rbegin()->first);
    if (neighbors_)
        deepest = std::max(deepest, neighbors_->layers.back());
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

void Objective::style_like(const std::vector<torch::Tensor>& parts, const WeightedLayers& layers,
                           const Place& place, const std::stop_token& stop) {
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
    with_smaller_tiles_if_needed(parts.front(), [&] {
        sums.clear();
        const int deepest = wanted.rbegin()->first;
        for (const auto& part : parts)
            visit_tiles(part, style_tiling(part, deepest), deepest, stop,
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

void Objective::neighbors_like(NeighborTarget target, double weight) {
    neighbors_ = std::move(target);
    neighbors_weight_ = weight;
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
    auto& content = losses[LossTerm::content] = {.weight = weights_.content};
    auto& style = losses[LossTerm::style] = {.weight = weights_.style};
    std::vector<torch::Tensor> outputs;

    std::optional<NeighborDistances> distances;
    if (neighbors_)
        distances.emplace(*neighbors_);
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
            content.value +=
                content_factor(tap->second) * (own.of_window(features) - own.of_picture(tap->second.features))
                                                  .to(torch::kFloat32)
                                                  .square_()
                                                  .sum(torch::kFloat64)
                                                  .item<double>();
        if (distances)
            distances->add(layer, GridPart(tile), features, backbone_->stride(layer));
    });

    std::vector<RegionGradient> of_sums;
    for (std::size_t r = 0; r < regions_.size(); ++r)
        of_sums.push_back(compare(regions_[r], sums[r], picture, style.value));
    if (distances)
        losses[LossTerm::neighbors] = {.weight = neighbors_weight_,
                                       .value = distances->finish(neighbors_weight_)};

    if (gradient) {
        const double scale = gradient_scale(*backbone_, picture);
        if (!whole || view_.wraps)
            *gradient = torch::zeros_like(picture, torch::MemoryFormat::Contiguous);
        std::size_t done = 0;
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
                    if (distances)
                        distances->add_gradient(layer, GridPart(tile), features, backbone_->stride(layer),
                                                scale, of_features);
                },
                stop);
            if (whole && !view_.wraps)
                *gradient = of_window.contiguous();
            else
                cut.add(*gradient, tile, of_window);
            after_tile(++done);
        }
        if (scale != 1)
            gradient->div_(scale);
    }
    const bool to_the_letter = kind_ == StyleLoss::formula;
    const double per_pixel = to_the_letter ? 1 : 1 / double(picture.numel());
    losses[LossTerm::tv] = {.weight = weights_.tv,
                            .value = smoothness(picture,
                                                {.tv = weights_.tv * per_pixel,
                                                 .color = weights_.color_tv,
                                                 .diagonals = to_the_letter ? 0 : diagonal_share,
                                                 .weave = weights_.weave * per_pixel},
                                                view_.wraps, gradient)};
    return losses;
}

} // namespace neural_style
