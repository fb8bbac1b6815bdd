// SPDX-License-Identifier: GPL-3.0-or-later
#include "layer.hpp"

#include <stdexcept>

namespace neural_style {

torch::Tensor Layer::backward(const torch::Tensor&, const torch::Tensor&, torch::Tensor) const {
    throw std::logic_error("A layer without a way back stands in a feature network.");
}

bool Layer::divides(std::int64_t& length) const {
    length *= enlargement();
    if (length % stride() != 0)
        return false;
    length /= stride();
    return true;
}

LayerCost Layer::cost(Shape in) const {
    return {.widest = in.values() + out(in).values()};
}

} // namespace neural_style
