// SPDX-License-Identifier: GPL-3.0-or-later
/// What a feature network's first layer sees of a picture, as the file's metadata `input` describe it
/// (feature_network.hpp).
///
///     const NetworkInput input = NetworkInput::read(weights);
///     auto features = input.of(picture);
#pragma once

#include "weights.hpp"

#include <torch/types.h>

namespace neural_style {

struct NetworkInput {
    torch::Tensor scale,
        offset; ///< [1, 3, 1, 1], float32: picture * scale + offset, in the picture's order of channels
    bool blue_first = false; ///< the network takes blue first

    /// Errors: Failure(bad_weights).
    static NetworkInput read(const Weights& weights);

    NetworkInput on(torch::Device device) const;
    /// Of [n, 3, height, width], sRGB 0..1, on any device; channels_last.
    torch::Tensor of(const torch::Tensor& pictures) const;
    /// The gradient with respect to the pictures, float32, given that with respect to what the network sees.
    torch::Tensor gradient(const torch::Tensor& of_seen) const;
};

} // namespace neural_style
