// SPDX-License-Identifier: GPL-3.0-or-later
#include "objective.hpp"

#include <algorithm>
#include <torch/types.h>
#include <utility>

namespace neural_style {

Reach Objective::reach() const {
    Reach all;
    for (const auto& loss : feature_losses_) {
        const auto reach = loss->reach();
        all.deepest = std::max(all.deepest, reach.deepest);
        all.stride = std::max(all.stride, reach.stride);
        all.halo = std::max(all.halo, reach.halo);
    }
    return all;
}

PendingLosses Objective::pending_losses(const torch::Tensor& picture, torch::Tensor* gradient,
                                        const std::stop_token& stop) {
    PendingLosses losses;
    viewer_.until_it_fits(picture, [&] { losses = pending_losses_once(picture, gradient, stop); });
    return losses;
}

Losses Objective::evaluate(const torch::Tensor& picture, torch::Tensor* gradient,
                           const std::stop_token& stop) {
    const auto pending = pending_losses(picture, gradient, stop);
    return pending.known(read(pending.values));
}

PendingLosses Objective::pending_losses_once(const torch::Tensor& picture, torch::Tensor* gradient,
                                             const std::stop_token& stop) const {
    const torch::NoGradGuard no_grad;
    const auto& network = viewer_.network();
    const auto reach = this->reach();
    const auto cut = viewer_.tiling(picture, reach);
    const bool kept = gradient && cut.tiles().size() == 1; // between the two passes
    const auto& view = viewer_.view();
    const Evaluated evaluated{view.strip ? view.strip->height : picture.size(2), picture.size(3),
                              gradient_scale(network, picture), view.strip ? view.ranks : nullptr};
    Evaluations evaluations;
    for (const auto& loss : feature_losses_)
        evaluations.push_back(loss->evaluation(evaluated));

    std::vector<torch::Tensor> outputs;
    viewer_.visit(picture, cut, reach.deepest, stop,
                  [&](const Tile& tile, int layer, const torch::Tensor& features) {
                      if (kept)
                          outputs.push_back(features);
                      for (const auto& evaluation : evaluations)
                          evaluation->look({layer, network.stride(layer), tile, features});
                  });
    PendingLosses losses;
    for (std::size_t i = 0; i < evaluations.size(); ++i)
        losses.add(feature_losses_[i]->term(), feature_losses_[i]->weight(), evaluations[i]->finish());
    if (gradient)
        go_back(picture, cut, reach.deepest, evaluations, std::move(outputs), *gradient, stop);
    if (gradient && evaluated.ranks)
        add_halo(*gradient, *view.strip, *evaluated.ranks);
    for (const auto& loss : picture_losses_) {
        auto value = loss->evaluate(picture, view.wraps, gradient);
        if (evaluated.ranks)
            value = sum_of(value, *evaluated.ranks);
        losses.add(loss->term(), loss->weight(), value);
    }
    return losses;
}

// `outputs`: of the only tile; with several tiles each one's are computed again.
void Objective::go_back(const torch::Tensor& picture, const Tiling& cut, int deepest,
                        const Evaluations& evaluations, std::vector<torch::Tensor> outputs,
                        torch::Tensor& gradient, const std::stop_token& stop) const {
    const auto& network = viewer_.network();
    const bool whole = cut.tiles().size() == 1, is_picture = cut.is_picture();
    if (!is_picture)
        gradient = torch::zeros_like(picture, torch::MemoryFormat::Contiguous);
    std::size_t done = 0;
    for (const auto& tile : cut.tiles()) {
        const auto window = cut.window(picture, tile);
        if (!whole)
            outputs = network.forward(window, deepest, stop);
        const auto of_window = network.backward(
            window, std::move(outputs),
            [&](int layer, const torch::Tensor& features, torch::Tensor& of_features) {
                for (const auto& evaluation : evaluations)
                    evaluation->add_gradient({layer, network.stride(layer), tile, features}, of_features);
            },
            stop);
        if (is_picture)
            gradient = of_window.contiguous();
        else
            cut.add(gradient, tile, of_window);
        viewer_.after_tile(++done);
    }
    if (const double scale = gradient_scale(network, picture); scale != 1)
        gradient.div_(scale);
}

} // namespace neural_style
