// SPDX-License-Identifier: GPL-3.0-or-later
/// The setting `colors palette`: the photo in the styles' colours, without strokes or a network.
///
///     Image painting = recolored(request, size, device, limit, stop);
#pragma once

#include "size.hpp"

#include <neural_style/engine.hpp>

#include <cstdint>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

/// The content of a checked request, recoloured at `size`. Errors: Failure(over_limit).
Image recolored(const Request& request, Size size, torch::Device device, std::uint64_t limit,
                const std::stop_token& stop);

/// Its cost, measured on a small picture.
Estimate recoloring_estimate(const Request& request, Size size, torch::Device device);

} // namespace neural_style
