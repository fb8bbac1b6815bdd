// SPDX-License-Identifier: GPL-3.0-or-later
/// The default painting: its time, and its objective for any picture.
///
///     double took = paint_default({network, photo, style, Precision::automatic}, "painting.f32");
///     Losses losses = default_losses({network, photo, style}, picture);
#pragma once

#include "optimize.hpp"

#include <neural_style/image.hpp>

#include <filesystem>
#include <string>

namespace bench {

/// Pixels from a file of float32 samples, R'G'B' interleaved.
neural_style::Image read_pixels(const std::filesystem::path& file, int width, int height);

struct Painting {
    std::filesystem::path network;
    neural_style::Image photo, style;
    neural_style::Precision precision = neural_style::Precision::float32;
    std::string device = "cpu";
    int rounds = 1; ///< paintings; all but the last warm the device up
};

/// Seconds of the engine for the last of the rounds, from pixels to pixels, with the network loaded; writes
/// the painting to a file for `read_pixels`.
double paint_default(const Painting& painting, const std::filesystem::path& file);

/// The plan of the default settings for these pictures.
neural_style::OptimizePlan default_plan(const Painting& painting);

/// The default objective, in float32 and at the photo's size.
neural_style::Losses default_losses(const Painting& painting, const neural_style::Image& picture);

} // namespace bench
