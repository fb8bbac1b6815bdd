// SPDX-License-Identifier: GPL-3.0-or-later
/// Pictures as tensors [1, 3, height, width], float32, sRGB 0..1, and back.
#pragma once

#include "size.hpp"

#include <neural_style/image.hpp>
#include <neural_style/samples.hpp>

#include <cstdint>
#include <torch/types.h>

namespace neural_style {

/// A copy on `device`, every sample clamped to 0..1. NaN is for the caller to refuse.
torch::Tensor to_tensor(SamplesView picture, torch::Device device);

/// A mask as [1, 1, height, width] on `device`, clamped to 0..1.
torch::Tensor to_tensor(MaskView mask, torch::Device device);

/// A copy in CPU memory, clamped to 0..1.
Image to_image(const torch::Tensor& picture);

/// The picture at another size, in pixels: bicubic, low-pass filtered when reduced, clamped to 0..1.
torch::Tensor resized(const torch::Tensor& picture, int width, int height);

/// Writable pixels that somebody else owns, as a picture [1, 3, height, width]; no copy.
torch::Tensor as_picture(ImageView image);

inline constexpr double noise_deviation = 0.1;

/// Grey noise with mean 0.5 and that deviation, [1, 3, height, width], on the CPU; the same for a seed
/// whatever the device.
torch::Tensor noise(Size size, std::uint64_t seed);

inline int width_of(const torch::Tensor& picture) {
    return int(picture.size(3));
}
inline int height_of(const torch::Tensor& picture) {
    return int(picture.size(2));
}

} // namespace neural_style
