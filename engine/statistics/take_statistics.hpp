// SPDX-License-Identifier: GPL-3.0-or-later
/// Computes the statistics of style pictures in advance, so that a program's first painting need not.
///
///     const std::array<ImageView, 1> pictures{starry_night};
///     auto file = take_statistics({.feature_network = "encoder.safetensors", .decoder =
///     "decoder.safetensors"},
///                                 pictures);
///     if (!file)
///         return report(file.error());
///     std::ofstream("data/styles/statistics.safetensors", std::ios::binary) << *file;
///
/// `Engine` looks for that file in `OpenOptions::styles`. Pictures are identified by their pixels, so another
/// picture is never mistaken for one of these.
#pragma once

#include <neural_style/engine.hpp>

#include <span>
#include <string>

namespace neural_style {

/// The bytes of the file, about a tenth of a megabyte per picture and stroke size. Runs the network over
/// every picture at a handful of sizes. Errors: bad_weights.
Result<std::string> take_statistics(const OpenOptions& options, std::span<const ImageView> pictures);

} // namespace neural_style
