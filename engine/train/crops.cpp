// SPDX-License-Identifier: GPL-3.0-or-later
#include "crops.hpp"

#include "guarded.hpp"
#include "tensor.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <torch/torch.h>

namespace neural_style {

namespace {

double uniform(Random& random, double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
}

bool chance(Random& random, double probability) {
    return uniform(random, 0, 1) < probability;
}

std::int64_t below(Random& random, std::int64_t end) {
    return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random);
}

// [3, side, side] in 0..1, varied as by other cameras, screens and painters.
torch::Tensor varied(torch::Tensor crop, Random& random) {
    if (chance(random, 0.3)) {
        std::array<std::int64_t, 3> order{0, 1, 2};
        std::ranges::shuffle(order, random);
        crop = crop.index_select(0, torch::tensor(std::vector<std::int64_t>(order.begin(), order.end())));
    }
    if (chance(random, 0.5))
        crop = crop.pow(std::exp(uniform(random, -0.6, 0.6)));
    if (chance(random, 0.3)) {
        // Contrast and brightness, for pictures that use little or all of the range.
        const double low = uniform(random, 0, 0.3), high = uniform(random, 0.7, 1);
        crop = crop * (high - low) + low;
    }
    if (chance(random, 0.1))
        crop = 1 - crop;
    if (chance(random, 0.3)) {
        auto generator = at::make_generator<at::CPUGeneratorImpl>(random());
        crop = crop + torch::randn(crop.sizes(), generator, torch::kFloat32) * uniform(random, 0, 0.08);
    }
    return crop.clamp(0, 1);
}

// Shares the photo's memory: uint8 [3, height, width].
torch::Tensor tensor_of(const Photos::Photo& photo) {
    return torch::from_blob(const_cast<std::uint8_t*>(photo.planes.data()), {3, photo.height, photo.width},
                            torch::kUInt8);
}

torch::Tensor middle(const torch::Tensor& photo, std::int64_t side) {
    const auto height = std::min(photo.size(1), side), width = std::min(photo.size(2), side);
    return photo.narrow(1, (photo.size(1) - height) / 2, height)
        .narrow(2, (photo.size(2) - width) / 2, width);
}

// The centre of a larger square, rotated by any angle.
torch::Tensor turned(const torch::Tensor& square, int side, double angle) {
    const double reach = double(side) / double(square.size(2));
    const double along = std::cos(angle) * reach, across = std::sin(angle) * reach;
    const auto how =
        torch::tensor({along, -across, 0.0, across, along, 0.0}, torch::kFloat32).view({1, 2, 3});
    const auto grid = torch::affine_grid_generator(how, {1, 3, side, side}, /*align_corners=*/false);
    return torch::grid_sampler(square.unsqueeze(0), grid, /*interpolation_mode=*/2, /*padding_mode=*/2,
                               false)[0]
        .clamp(0, 1);
}

} // namespace

Random random_of(std::uint64_t seed, std::int64_t step) {
    std::seed_seq sequence{std::uint32_t(seed), std::uint32_t(seed >> 32), std::uint32_t(step),
                           std::uint32_t(step >> 32)};
    return Random(sequence);
}

torch::Tensor crops(const Photos& photos, const Cut& cut, Random& random) {
    if (photos.training() == 0)
        throw Failure(ErrorCode::invalid_request, "There is no photo to train on: name a folder with some.");
    std::vector<torch::Tensor> batch;
    for (int i = 0; i < cut.count; ++i) {
        const auto photo =
            tensor_of(photos.training(std::size_t(below(random, std::int64_t(photos.training())))));
        // A rotated crop is cut from one that contains it at any angle.
        const bool turn = cut.turn && chance(random, 0.5);
        const int cut_side = turn ? int(std::ceil(cut.side * std::numbers::sqrt2)) : cut.side;
        // Half of the time a larger part, up to the whole photo, reduced.
        const auto room = std::min(photo.size(1), photo.size(2));
        auto side = std::int64_t(cut_side);
        if (room > side && chance(random, 0.5))
            side = std::int64_t(std::exp(uniform(random, std::log(double(side)),
                                                 std::log(double(std::min<std::int64_t>(room, 3 * side))))));
        const auto height = std::min(side, photo.size(1)), width = std::min(side, photo.size(2));
        auto crop = photo.narrow(1, below(random, photo.size(1) - height + 1), height)
                        .narrow(2, below(random, photo.size(2) - width + 1), width)
                        .to(torch::kFloat32)
                        .div(255);
        if (height != cut_side || width != cut_side)
            crop = resized(crop.unsqueeze(0).contiguous(), cut_side, cut_side)[0];
        if (turn)
            crop = turned(crop, cut.side, uniform(random, 0, 2 * std::numbers::pi));
        if (chance(random, 0.5))
            crop = crop.flip(2);
        if (cut.vary) {
            if (chance(random, 0.25))
                crop = crop.flip(1);
            if (chance(random, 0.25))
                crop = crop.transpose(1, 2);
            crop = varied(crop, random);
        }
        batch.push_back(crop);
    }
    return torch::stack(batch).contiguous(torch::MemoryFormat::ChannelsLast);
}

torch::Tensor held_out_crop(const Photos& photos, std::size_t index, int side) {
    const auto crop = middle(tensor_of(photos.held_out(index)), side)
                          .to(torch::kFloat32)
                          .div(255)
                          .unsqueeze(0)
                          .contiguous();
    if (crop.size(2) == side && crop.size(3) == side)
        return crop;
    return resized(crop, side, side);
}

} // namespace neural_style
