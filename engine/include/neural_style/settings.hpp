// SPDX-License-Identifier: GPL-3.0-or-later
/// Everything that changes the painting but the pixels: one value that is sent, stored and repeated.
///
///     Settings settings;                      // paints well as it is
///     settings.quality = Quality::print;
///     settings.stroke_size = 150;
#pragma once

#include "neural_style/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style {

/// How much work goes into the painting.
enum class Quality { draft, fine, print };
/// Whose colours the painting has: the style's, the content's, or the style's without its strokes.
enum class Colors { style, content, palette };
enum class Optimizer { lbfgs, adam };
/// What the first picture of the optimisation is.
enum class Start { content, noise };
/// How the style of two pictures is compared.
enum class StyleLoss {
    formula,  ///< Gatys, Ecker, Bethge 2016, equations 1 to 7, to the letter
    gaussian, ///< squared 2-Wasserstein distance between Gaussians fitted to the features
};

/// The one word for each choice, in the order of its enum: request, PDB, command line and dialog use these.
template <typename Choice>
inline constexpr std::array<std::string_view, 0> names{};
template <>
inline constexpr std::array<std::string_view, 3> names<Quality>{"draft", "fine", "print"};
template <>
inline constexpr std::array<std::string_view, 3> names<Colors>{"style", "content", "palette"};
template <>
inline constexpr std::array<std::string_view, 2> names<Optimizer>{"lbfgs", "adam"};
template <>
inline constexpr std::array<std::string_view, 2> names<Start>{"content", "noise"};
template <>
inline constexpr std::array<std::string_view, 2> names<StyleLoss>{"formula", "gaussian"};

template <typename Choice>
constexpr std::string_view name_of(Choice choice) {
    return names<Choice>[static_cast<std::size_t>(choice)];
}

/// The choice with that name; nothing when there is none.
template <typename Choice>
constexpr std::optional<Choice> choice_named(std::string_view name) {
    for (std::size_t i = 0; i < names<Choice>.size(); ++i)
        if (names<Choice>[i] == name)
            return static_cast<Choice>(i);
    return std::nullopt;
}

struct Settings {
    Quality quality = Quality::fine;
    /// 0 gives the photo back, 1 is the whole style. Scales the style's weight; it is not layer opacity.
    double strength = 1.0;
    /// Percent of the size that the style picture's own strokes have when both pictures are equally large.
    double stroke_size = 100.0;
    Colors colors = Colors::style;
    /// Same request, same seed, same device: same pixels.
    std::uint64_t seed = 0;
    /// Longest side of the painting in pixels; 0: as large as the content.
    int size_limit = 0;

    StyleLoss style_loss = StyleLoss::gaussian;
    Optimizer optimizer = Optimizer::lbfgs;
    Start start = Start::content;
    /// Optimiser steps at the last scale; empty: what the quality means. Coarser scales take their share.
    std::optional<int> iterations;
    double content_weight = 1.0;
    double style_weight = 1.0;
    /// Weight of the total variation, which calms single-pixel noise.
    double tv_weight = 1.0;
    /// L-BFGS: how many past steps are remembered, 1..20.
    int history = 10;
    /// Tap layers by name; empty: what the network's own metadata say.
    std::vector<std::string> style_layers;
    std::vector<std::string> content_layers;

    bool operator==(const Settings&) const = default;
};

/// Largest sizes and ranges that are accepted anywhere, stated once.
struct SettingsRange {
    static constexpr double strength_min = 0.0, strength_max = 1.0;
    static constexpr double stroke_size_min = 10.0, stroke_size_max = 1000.0;
    static constexpr int size_min = 16; ///< least side of a content or style, in pixels
    static constexpr int size_limit_max = 100000;
    static constexpr int iterations_max = 10000;
    static constexpr double weight_max = 1e6;
    static constexpr int history_max = 20;
};

/// The first setting out of range, as a sentence (code `invalid_request`); nothing when all are usable.
std::optional<Error> check(const Settings& settings);

} // namespace neural_style
