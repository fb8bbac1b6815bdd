// SPDX-License-Identifier: GPL-3.0-or-later
#include "content_loss.hpp"

#include "tensor.hpp"

#include <torch/types.h>

namespace neural_style {

class ContentLoss::Differences : public FeatureLoss::Evaluation {
  public:
    Differences(const ContentLoss& loss, const Evaluated& picture) : loss_(&loss), picture_(picture) {}

    void look(const FeaturePart& part) override {
        if (const auto found = loss_->layers_.find(part.layer); found != loss_->layers_.end())
            sum_ +=
                loss_->factor(found->second) *
                Amount(difference(part, found->second).to(torch::kFloat32).square_().sum(torch::kFloat64));
    }
    Amount finish() override { return picture_.ranks ? Amount(sum_of(sum_, *picture_.ranks)) : sum_; }
    void add_gradient(const FeaturePart& part, torch::Tensor& of_features) const override {
        if (const auto found = loss_->layers_.find(part.layer); found != loss_->layers_.end())
            part.own(of_features)
                .add_(difference(part, found->second),
                      2 * picture_.gradient_scale * loss_->factor(found->second));
    }

  private:
    static torch::Tensor difference(const FeaturePart& part, const Layer& layer) {
        return part.own(part.features) - part.own_in(layer.features);
    }

    const ContentLoss* loss_;
    Evaluated picture_;
    Amount sum_;
};

// With exponentials E of the painting, the content's smoothed features S and the factor s = count / sum E,
// the squared differences of a layer are s^2 sum E^2 - 2 s sum E S + sum S^2: sums that are taken in one
// pass.
class ContentLoss::SmoothedDifferences : public FeatureLoss::Evaluation {
  public:
    SmoothedDifferences(const ContentLoss& loss, double gradient_scale)
        : loss_(&loss), gradient_scale_(gradient_scale) {}

    void look(const FeaturePart& part) override {
        const auto found = loss_->layers_.find(part.layer);
        if (found == loss_->layers_.end())
            return;
        const auto features = part.own(part.features);
        auto& sums = sums_[part.layer];
        const auto shrunk = sums.exponentials.raise(features).to(torch::kFloat64);
        const auto here = sums.exponentials.of(features), there = smoothed(part, found->second);
        const auto add = [](torch::Tensor& sum, const torch::Tensor& factor, const torch::Tensor& more) {
            sum = sum.defined() ? sum * factor + more : more;
        };
        add(sums.squares, shrunk.square(), here.square().sum(torch::kFloat64));
        add(sums.products, shrunk, (here * there).sum(torch::kFloat64));
        add(sums.all, shrunk, here.sum(torch::kFloat64));
    }
    Amount finish() override {
        Amount loss;
        for (auto& [index, sums] : sums_) {
            const auto& layer = loss_->layers_.at(index);
            const double each = loss_->factor(layer);
            const auto s = layer.values / sums.all;
            loss += each * Amount((s.square() * sums.squares - 2 * s * sums.products + layer.squares)
                                      .clamp_min(0)); // rounding
            const auto of_s = 2 * s * sums.squares - 2 * sums.products;
            sums.of_all = each * -s / sums.all * of_s;
            sums.factor = s;
        }
        return loss;
    }
    void add_gradient(const FeaturePart& part, torch::Tensor& of_features) const override {
        const auto found = loss_->layers_.find(part.layer);
        if (found == loss_->layers_.end())
            return;
        const auto& sums = sums_.at(part.layer);
        const auto s = sums.factor.to(torch::kFloat32);
        const auto here = sums.exponentials.of(part.own(part.features));
        auto of_each = (here * s).sub_(smoothed(part, found->second));
        of_each.mul_(s * (2 * loss_->factor(found->second))).add_(sums.of_all.to(torch::kFloat32));
        part.own(of_features).add_(of_each.mul_(here), gradient_scale_);
    }

  private:
    struct Sums {
        Exponentials exponentials;
        torch::Tensor squares, products, all; // float64, no dimensions, like the next
        torch::Tensor factor, of_all;         // s, and the derivative with respect to `all` through it
    };

    static torch::Tensor smoothed(const FeaturePart& part, const Layer& layer) {
        return layer.exponentials.of(part.own_in(layer.features)) * layer.smoothing;
    }

    const ContentLoss* loss_;
    double gradient_scale_;
    std::map<int, Sums> sums_;
};

Reach ContentLoss::reach() const {
    return {.deepest = layers_.empty() ? 0 : layers_.rbegin()->first};
}

std::unique_ptr<FeatureLoss::Evaluation> ContentLoss::evaluation(const Evaluated& picture) const {
    if (smoothed_)
        return std::make_unique<SmoothedDifferences>(*this, picture.gradient_scale);
    return std::make_unique<Differences>(*this, picture);
}

double ContentLoss::factor(const Layer& layer) const {
    const double share = measure_ == Measure::sums ? 0.5 : 1 / layer.values;
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
                const int stride = network.stride(layer);
                const FeaturePart part{layer, stride, tile, features};
                auto& kept = layers_[layer];
                kept.weight = found->second;
                const auto& strip = viewer.view().strip;
                const int height = strip ? strip->height : height_of(content);
                kept.values = double(features.size(1)) * (height / stride) * (width_of(content) / stride);
                if (cut.tiles().size() == 1 && !strip) {
                    kept.features = channels_last(part.own(features));
                    return;
                }
                if (!kept.features.defined())
                    kept.features = torch::empty(
                        {1, features.size(1), height_of(content) / stride, width_of(content) / stride},
                        features.options(), torch::MemoryFormat::ChannelsLast);
                part.own_in(kept.features).copy_(part.own(features));
            });
        if (smoothed_)
            for (auto& [index, layer] : layers_)
                smooth(layer);
    });
}

void ContentLoss::smooth(Layer& layer) {
    layer.exponentials.raise(layer.features);
    const auto exponentials = layer.exponentials.of(layer.features);
    const auto factor = double(exponentials.numel()) / exponentials.sum(torch::kFloat64);
    layer.smoothing = factor.to(torch::kFloat32);
    layer.squares = factor.square() * exponentials.square().sum(torch::kFloat64);
}

} // namespace neural_style
