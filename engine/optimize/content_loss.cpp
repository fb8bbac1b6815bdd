// SPDX-License-Identifier: GPL-3.0-or-later
#include "content_loss.hpp"

#include "tensor.hpp"

#include <torch/types.h>

namespace neural_style {

class ContentLoss::Differences : public FeatureLoss::Evaluation {
  public:
    Differences(const ContentLoss& loss, double gradient_scale)
        : loss_(&loss), gradient_scale_(gradient_scale) {}

    void look(const FeaturePart& part) override {
        if (const auto found = loss_->layers_.find(part.layer); found != loss_->layers_.end())
            sum_ +=
                loss_->factor(found->second) *
                Amount(difference(part, found->second).to(torch::kFloat32).square_().sum(torch::kFloat64));
    }
    Amount finish() override { return sum_; }
    void add_gradient(const FeaturePart& part, torch::Tensor& of_features) const override {
        if (const auto found = loss_->layers_.find(part.layer); found != loss_->layers_.end())
            part.own(of_features)
                .add_(difference(part, found->second), 2 * gradient_scale_ * loss_->factor(found->second));
    }

  private:
    static torch::Tensor difference(const FeaturePart& part, const Layer& layer) {
        return part.own(part.features) - part.own_in(layer.features);
    }

    const ContentLoss* loss_;
    double gradient_scale_;
    Amount sum_;
};

Reach ContentLoss::reach() const {
    return {.deepest = layers_.empty() ? 0 : layers_.rbegin()->first};
}

std::unique_ptr<FeatureLoss::Evaluation> ContentLoss::evaluation(const Evaluated& picture) const {
    return std::make_unique<Differences>(*this, picture.gradient_scale);
}

double ContentLoss::factor(const Layer& layer) const {
    const double share = measure_ == Measure::sums ? 0.5 : 1 / double(layer.features.numel());
    return weight_ * layer.weight * share;
}

void ContentLoss::like(Viewer& viewer, const torch::Tensor& content, const WeightedLayers& layers,
                       const std::stop_token& stop) {
    const auto& network = viewer.network();
    const auto wanted = by_layer(network, layers);
    if (wanted.empty())
        return;
    viewer.until_it_fits(content, [&] {
        layers_.clear();
        const int deepest = wanted.rbegin()->first;
        const auto cut = viewer.tiling(content, {.deepest = deepest});
        viewer.visit(
            content, cut, deepest, stop, [&](const Tile& tile, int layer, const torch::Tensor& features) {
                const auto found = wanted.find(layer);
                if (found == wanted.end())
                    return;
                if (cut.tiles().size() == 1 && !viewer.view().wraps) {
                    layers_.emplace(layer, Layer{features, found->second});
                    return;
                }
                const int stride = network.stride(layer);
                const auto [kept, fresh] = layers_.try_emplace(layer);
                if (fresh)
                    kept->second = {torch::empty({1, features.size(1), height_of(content) / stride,
                                                  width_of(content) / stride},
                                                 features.options(), torch::MemoryFormat::ChannelsLast),
                                    found->second};
                const FeaturePart part{layer, stride, tile, features};
                part.own_in(kept->second.features).copy_(part.own(features));
            });
    });
}

} // namespace neural_style
