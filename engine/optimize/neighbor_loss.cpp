// SPDX-License-Identifier: GPL-3.0-or-later
#include "neighbor_loss.hpp"

#include <algorithm>
#include <torch/types.h>

namespace neural_style {

namespace {

// Squared length below which a column counts as this long: where it is the style's mean, it has no direction.
constexpr double least_square = 1e-6;

torch::Tensor part_of(const torch::Tensor& grid, const GridPart& part) {
    return grid.narrow(0, part.top(), part.height()).narrow(1, part.left(), part.width());
}

} // namespace

NeighborDistances::NeighborDistances(const NeighborTarget& target)
    : target_(&target), squares_(torch::zeros(target.match.sizes(), target.rows.front().options())),
      products_(torch::zeros_like(squares_)) {}

NeighborDistances::Pair NeighborDistances::pair(std::size_t i, const GridPart& part,
                                                const torch::Tensor& features, int stride) const {
    const auto match = part_of(target_->match, part).reshape({-1});
    const auto& means = target_->means[i];
    const auto columns = part.columns(features, stride) * column_share(features.size(1));
    return {means.size(0) == 1
                ? columns - means
                : columns - means.index_select(0, target_->style_of_row.index_select(0, match)),
            target_->rows[i].index_select(0, match)};
}

std::optional<std::size_t> NeighborDistances::number(int layer) const {
    const auto found = std::ranges::find(target_->layers, layer);
    if (found == target_->layers.end())
        return std::nullopt;
    return std::size_t(found - target_->layers.begin());
}

void NeighborDistances::add(int layer, const GridPart& part, const torch::Tensor& features, int stride) {
    const auto i = number(layer);
    if (!i)
        return;
    const auto [here, wanted] = pair(*i, part, features, stride);
    part_of(squares_, part).add_(here.square().sum(1).view({part.height(), part.width()}));
    part_of(products_, part).add_((here * wanted).sum(1).view({part.height(), part.width()}));
}

double NeighborDistances::finish(double factor) {
    const double each = factor / double(squares_.numel());
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
    return each * distance.sum(torch::kFloat64).item<double>();
}

void NeighborDistances::add_gradient(int layer, const GridPart& part, const torch::Tensor& features,
                                     int stride, double scale, torch::Tensor& gradient) const {
    const auto i = number(layer);
    if (!i)
        return;
    auto [here, wanted] = pair(*i, part, features, stride);
    const auto factor = [&](const torch::Tensor& grid) {
        return (part_of(grid, part) * (scale * column_share(features.size(1)))).reshape({-1, 1});
    };
    part.add_gradient(here.mul_(factor(of_here_)).addcmul_(wanted, factor(of_wanted_)), stride, gradient);
}

} // namespace neural_style
