// SPDX-License-Identifier: GPL-3.0-or-later
#include "tensor.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <algorithm>
#include <torch/types.h>
#include <vector>

namespace neural_style {

namespace {

// Rows converted to floats at a time: few enough for the cache.
constexpr int rows_at_once = 16;

} // namespace

torch::Tensor to_tensor(SamplesView picture, torch::Device device) {
    const int width = picture.width(), height = picture.height();
    if (picture.floats())
        return as_picture({picture.floats(), width, height}).to(device).contiguous().clamp_(0, 1);
    const auto tensor = torch::empty({1, 3, height, width});
    const std::size_t row_values = std::size_t(width) * picture_channels;
    std::vector<float> rows(row_values * std::min(rows_at_once, height));
    for (int first = 0; first < height; first += rows_at_once) {
        const int count = std::min(rows_at_once, height - first);
        picture.read(first * row_values, count * row_values, rows.data());
        tensor.narrow(2, first, count).copy_(as_picture({rows.data(), width, count}));
    }
    return tensor.to(device);
}

torch::Tensor to_tensor(MaskView mask, torch::Device device) {
    return torch::from_blob(const_cast<float*>(mask.data), {1, 1, mask.height, mask.width})
        .to(device)
        .clamp(0, 1);
}

Image to_image(const torch::Tensor& picture) {
    Image image(width_of(picture), height_of(picture));
    auto target = torch::from_blob(image.data(), {1, image.height(), image.width(), 3});
    target.copy_(picture.permute({0, 2, 3, 1}));
    target.clamp_(0, 1);
    return image;
}

torch::Tensor resized(const torch::Tensor& picture, int width, int height) {
    if (width == width_of(picture) && height == height_of(picture))
        return picture;
    return at::_upsample_bicubic2d_aa(picture, {height, width}, /*align_corners=*/false).clamp_(0, 1);
}

torch::Tensor as_picture(ImageView image) {
    return torch::from_blob(const_cast<float*>(image.data), {1, image.height, image.width, 3})
        .permute({0, 3, 1, 2});
}

torch::Tensor noise(Size size, std::uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    return torch::randn({1, 3, size.height, size.width}, generator)
        .mul_(noise_deviation)
        .add_(0.5)
        .clamp_(0, 1);
}

} // namespace neural_style
