// SPDX-License-Identifier: GPL-3.0-or-later
#include "bands.hpp"

namespace neural_style {

torch::Tensor with_surroundings(const torch::Tensor& picture, std::int64_t first, std::int64_t count,
                                std::int64_t around, bool wraps) {
    const auto options = torch::TensorOptions(picture.device()).dtype(torch::kInt64);
    const auto within = [&](std::int64_t begin, std::int64_t end, std::int64_t length) {
        const auto at = torch::arange(begin, end, options);
        return wraps ? at.remainder(length) : at.clamp(0, length - 1);
    };
    return picture.index_select(2, within(first - around, first + count + around, picture.size(2)))
        .index_select(3, within(-around, picture.size(3) + around, picture.size(3)));
}

} // namespace neural_style
