// SPDX-License-Identifier: GPL-3.0-or-later
#include "photos.hpp"

#include "tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <torch/types.h>

namespace neural_style {

void Photos::add(ImageView photo) {
    const double scale = std::min(1.0, double(longest_side) / std::max(photo.width, photo.height));
    const auto side = [&](int length) { return std::max(1, int(std::lround(length * scale))); };
    const auto picture = resized(to_tensor(photo, torch::kCPU), side(photo.width), side(photo.height));
    const auto bytes = picture.mul(255).round_().to(torch::kUInt8).contiguous();
    Photo kept{width_of(picture), height_of(picture), std::vector<std::uint8_t>(std::size_t(bytes.numel()))};
    std::memcpy(kept.planes.data(), bytes.data_ptr(), kept.planes.size());
    photos_.push_back(std::move(kept));
}

std::size_t Photos::held_out() const {
    return photos_.size() < held_out_every ? std::size_t(photos_.size() > 1)
                                           : photos_.size() / held_out_every;
}

const Photos::Photo& Photos::training(std::size_t index) const {
    // Skips the last of each `held_out_every`.
    return photos_.size() < held_out_every ? photos_.at(index)
                                           : photos_.at(index + index / (held_out_every - 1));
}

const Photos::Photo& Photos::held_out(std::size_t index) const {
    return photos_.size() < held_out_every ? photos_.back() : photos_.at(held_out_every * (index + 1) - 1);
}

} // namespace neural_style
