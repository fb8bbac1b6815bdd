// SPDX-License-Identifier: GPL-3.0-or-later
#include "feature_loss.hpp"

#include "regions.hpp"

#include <algorithm>
#include <cstddef>
#include <torch/types.h>

namespace neural_style {

namespace {

torch::Tensor weights_at(const torch::Tensor& weights, const Tile& tile, int stride) {
    if (!weights.defined())
        return {};
    return at_stride(weights.narrow(0, tile.down.own, tile.down.own_length)
                         .narrow(1, tile.across.own, tile.across.own_length),
                     stride);
}

// Adds up everybody's sums; a loss without layers has none.
void add_up(std::vector<SumsLoss::Sums>& places, Ranks& ranks) {
    for (auto& place : places)
        for (auto& [layer, sums] : place) {
            const auto packed = torch::cat({sums.products.view(-1), sums.values,
                                            torch::full({1}, sums.positions, sums.values.options())});
            ranks.sum({packed.data_ptr<double>(), std::size_t(packed.numel())});
            const auto products = sums.products.numel(), values = sums.values.numel();
            sums.products = packed.narrow(0, 0, products).view_as(sums.products);
            sums.values = packed.narrow(0, products, values);
            sums.positions = packed[products + values].item<double>();
        }
}

class SumsEvaluation : public FeatureLoss::Evaluation {
  public:
    SumsEvaluation(const SumsLoss& loss, const Evaluated& picture)
        : loss_(&loss), picture_(picture), sums_(loss.places().size()), gradients_(loss.places().size()) {}

    void look(const FeaturePart& part) override {
        for (std::size_t i = 0; i < sums_.size(); ++i)
            if (const auto& place = loss_->places()[i]; place.layers.contains(part.layer)) {
                const auto weights = weights_at(place.weights, part.tile, part.stride);
                sums_[i]
                    .try_emplace(part.layer, part.features.size(1), part.features.device(),
                                 loss_->is_smoothed())
                    .first->second.add(part.own(part.features), weights,
                                       loss_->sum_of_weights(i, part, weights));
            }
    }
    Amount finish() override {
        std::vector<SumsLoss::Sums> sums(sums_.size());
        for (std::size_t i = 0; i < sums.size(); ++i)
            for (const auto& [layer, of_layer] : sums_[i])
                sums[i].emplace(layer, of_layer.sums());
        if (picture_.ranks)
            add_up(sums, *picture_.ranks);
        return loss_->compare(sums, picture_, gradients_);
    }
    void add_gradient(const FeaturePart& part, torch::Tensor& of_features) const override {
        for (std::size_t i = 0; i < gradients_.size(); ++i)
            if (const auto found = gradients_[i].find(part.layer); found != gradients_[i].end()) {
                auto own = part.own(of_features);
                sums_[i]
                    .at(part.layer)
                    .add_gradient(found->second, part.own(part.features), own,
                                  weights_at(loss_->places()[i].weights, part.tile, part.stride));
            }
    }

  private:
    const SumsLoss* loss_;
    Evaluated picture_;
    std::vector<std::map<int, LayerSums>> sums_; // by place
    std::vector<SumsLoss::Gradients> gradients_;
};

} // namespace

torch::Tensor FeaturePart::own(const torch::Tensor& of_window) const {
    return own_of_window(of_window, tile, stride);
}

torch::Tensor FeaturePart::own_in(const torch::Tensor& of_picture) const {
    return of_picture.narrow(2, tile.down.own / stride, tile.down.own_length / stride)
        .narrow(3, tile.across.own / stride, tile.across.own_length / stride);
}

Reach SumsLoss::reach() const {
    Reach reach;
    for (const auto& place : places_)
        if (!place.layers.empty())
            reach.deepest = std::max(reach.deepest, *place.layers.rbegin());
    return reach;
}

std::optional<double> SumsLoss::sum_of_weights(std::size_t place, const FeaturePart& part,
                                               const torch::Tensor& weights) const {
    if (!weights.defined() || part.features.is_cpu())
        return std::nullopt;
    const auto& tile = part.tile;
    const auto [sum, is_new] =
        sums_of_weights_.try_emplace({int(place), part.stride, tile.down.own, tile.down.own_length,
                                      tile.across.own, tile.across.own_length});
    if (is_new)
        sum->second = weights.sum(torch::kFloat64).item<double>();
    return sum->second;
}

std::unique_ptr<FeatureLoss::Evaluation> SumsLoss::evaluation(const Evaluated& picture) const {
    return std::make_unique<SumsEvaluation>(*this, picture);
}

} // namespace neural_style
