// SPDX-License-Identifier: GPL-3.0-or-later
#include "neighbor_loss.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <torch/types.h>

namespace neural_style {

namespace {

// Columns with a smaller squared length count as this long: a column at the style's mean has no direction.
constexpr double least_square = 1e-6;

torch::Tensor part_of(const torch::Tensor& grid, const GridPart& part) {
    return grid.narrow(0, part.top(), part.height()).narrow(1, part.left(), part.width());
}

class Distances : public FeatureLoss::Evaluation {
  public:
    Distances(const NeighborTarget& target, double weight, double gradient_scale)
        : target_(&target), weight_(weight), gradient_scale_(gradient_scale),
          squares_(torch::zeros(target.match.sizes(), target.rows.front().options())),
          products_(torch::zeros_like(squares_)) {}

    void look(const FeaturePart& part) override;
    Amount finish() override;
    void add_gradient(const FeaturePart& part, torch::Tensor& of_features) const override;

  private:
    // Columns minus their style's mean, and the matched ones, [positions, channels] each.
    struct Pair {
        torch::Tensor here, wanted;
    };
    std::optional<std::size_t> number(int layer) const;
    Pair pair(std::size_t i, const FeaturePart& part, const GridPart& grid) const;

    const NeighborTarget* target_;
    double weight_, gradient_scale_;
    torch::Tensor squares_, products_;  // of each position's column, with itself and with the matched one
    torch::Tensor of_here_, of_wanted_; // derivative: factors of the column and of the matched one
};

Distances::Pair Distances::pair(std::size_t i, const FeaturePart& part, const GridPart& grid) const {
    const auto match = part_of(target_->match, grid).reshape({-1});
    const auto& means = target_->means[i];
    const auto columns = grid.columns(part.features, part.stride) * column_share(part.features.size(1));
    return {means.size(0) == 1
                ? columns - means
                : columns - means.index_select(0, target_->style_of_row.index_select(0, match)),
            target_->rows[i].index_select(0, match)};
}

std::optional<std::size_t> Distances::number(int layer) const {
    const auto found = std::ranges::find(target_->layers, layer);
    if (found == target_->layers.end())
        return std::nullopt;
    return std::size_t(found - target_->layers.begin());
}

void Distances::look(const FeaturePart& part) {
    const auto i = number(part.layer);
    if (!i)
        return;
    const GridPart grid(part.tile);
    const auto [here, wanted] = pair(*i, part, grid);
    part_of(squares_, grid).add_(here.square().sum(1).view({grid.height(), grid.width()}));
    part_of(products_, grid).add_((here * wanted).sum(1).view({grid.height(), grid.width()}));
}

Amount Distances::finish() {
    const double each = weight_ / double(squares_.numel());
    const auto inverse = squares_.clamp_min(least_square).rsqrt();
    const auto cosine = products_ * inverse;
    // With v the column and s the matched one of length 1: d cos / dv = s / |v| - cos v / |v|^2.
    of_wanted_ = inverse * -each;
    of_here_ = cosine * inverse.square() * each;
    auto distance = 1 - cosine;
    if (target_->weights.defined()) {
        distance.mul_(target_->weights);
        of_wanted_.mul_(target_->weights);
        of_here_.mul_(target_->weights);
    }
    return each * Amount(distance.sum(torch::kFloat64));
}

void Distances::add_gradient(const FeaturePart& part, torch::Tensor& of_features) const {
    const auto i = number(part.layer);
    if (!i)
        return;
    const GridPart grid(part.tile);
    auto [here, wanted] = pair(*i, part, grid);
    const auto factor = [&](const torch::Tensor& of_grid) {
        return (part_of(of_grid, grid) * (gradient_scale_ * column_share(part.features.size(1))))
            .reshape({-1, 1});
    };
    grid.add_gradient(here.mul_(factor(of_here_)).addcmul_(wanted, factor(of_wanted_)), part.stride,
                      of_features);
}

} // namespace

// The deepest layer is interpolated, so columns need one position beyond a tile's own.
Reach NeighborLoss::reach() const {
    const int deepest = target_.layers.back();
    return {.deepest = deepest, .stride = deepest_column_stride, .halo = network_->halo(deepest, 1)};
}

std::unique_ptr<FeatureLoss::Evaluation> NeighborLoss::evaluation(const Evaluated& picture) const {
    return std::make_unique<Distances>(target_, weight_, picture.gradient_scale);
}

} // namespace neural_style
