// SPDX-License-Identifier: GPL-3.0-or-later
#include "regions.hpp"

#include <torch/types.h>

namespace neural_style {

std::vector<torch::Tensor> style_places(const std::vector<torch::Tensor>& regions,
                                        const torch::Tensor& protect) {
    torch::Tensor covered; // by all regions together
    for (const auto& region : regions)
        if (region.defined())
            covered = covered.defined() ? covered + region : region;
    const auto painted = [&](const torch::Tensor& weights) -> torch::Tensor {
        if (!weights.defined() && !protect.defined())
            return {};
        const auto open = protect.defined() ? 1 - protect : protect;
        const auto all = weights.defined() && open.defined() ? weights * open
                         : weights.defined()                 ? weights
                                                             : open;
        return all.squeeze(0).squeeze(0).contiguous();
    };
    const auto rest = painted(covered.defined() ? (1 - covered).clamp_(0, 1) : covered);
    std::vector<torch::Tensor> places;
    for (const auto& region : regions)
        places.push_back(region.defined() ? painted(region / covered.clamp_min(1)) : rest);
    return places;
}

torch::Tensor at_stride(const torch::Tensor& weights, int stride) {
    if (!weights.defined() || stride == 1)
        return weights;
    return torch::avg_pool2d(weights.unsqueeze(0).unsqueeze(0), stride).squeeze(0).squeeze(0);
}

} // namespace neural_style
