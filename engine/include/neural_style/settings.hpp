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
enum class Quality {
    instant, ///< one pass through networks that know any style: about a second
    draft,   ///< an optimiser's steps, as in the next two
    fine,
    print,
};
/// What paints, and so what becomes of the content.
enum class Manner {
    strokes, ///< the statistics of the style's features: Gaussians
    brush,   ///< the style's features themselves, each place's nearest neighbours, together with the
             ///< statistics: dry brush, long streaks (Kolkin et al. 2022, "Neural Neighbor Style Transfer")
    dream,   ///< no style at all: what a layer of the network answers to is made stronger, over octaves
             ///< (Mordvintsev, Olah, Tyka 2015, "Inceptionism")
};
/// Whose colours the painting has.
enum class Colors {
    style,
    content,
    palette, ///< the style's, without its strokes
    harmony, ///< the style's hues on the content's layout
};
enum class Optimizer { lbfgs, adam };
/// What the first picture of the optimisation is.
enum class Start {
    content,
    noise,
    instant, ///< what `Quality::instant` paints: the coarse scales are left out
};
/// How the style of two pictures is compared.
enum class StyleLoss {
    formula,  ///< Gatys, Ecker, Bethge 2016, equations 1 to 7, to the letter
    gaussian, ///< squared 2-Wasserstein distance between Gaussians fitted to the features
    gram,     ///< squared difference of Gram matrices per position, each relative to the style's
    moments,  ///< squared differences of means and standard deviations (Huang and Belongie 2017, equation 13)
    classic,  ///< the textbook program: one scale, Adam, means of squared differences of Gram matrices
};
/// What lies between the network's blocks: what it was trained with, or another choice.
enum class Pooling { network, average, max };
/// In which precision features are computed; statistics are always taken in float32 and summed in float64.
enum class Precision { automatic, float32, bfloat16, float16 };
/// How `Colors::content` keeps the photo's colours.
enum class ColorTransfer {
    luminance, ///< the painting's brightness under the photo's colours
    match,     ///< the style is recoloured like the photo before it is painted with (mean and covariance)
};

/// The one word for each choice, in the order of its enum: request, PDB, command line and dialog use these.
template <typename Choice>
inline constexpr std::array<std::string_view, 0> names{};
template <>
inline constexpr std::array<std::string_view, 4> names<Quality>{"instant", "draft", "fine", "print"};
template <>
inline constexpr std::array<std::string_view, 3> names<Manner>{"strokes", "brush", "dream"};
template <>
inline constexpr std::array<std::string_view, 4> names<Colors>{"style", "content", "palette", "harmony"};
template <>
inline constexpr std::array<std::string_view, 2> names<Optimizer>{"lbfgs", "adam"};
template <>
inline constexpr std::array<std::string_view, 3> names<Start>{"content", "noise", "instant"};
template <>
inline constexpr std::array<std::string_view, 5> names<StyleLoss>{"formula", "gaussian", "gram", "moments",
                                                                  "classic"};
template <>
inline constexpr std::array<std::string_view, 3> names<Pooling>{"network", "average", "max"};
template <>
inline constexpr std::array<std::string_view, 4> names<Precision>{"automatic", "float32", "bfloat16",
                                                                  "float16"};
template <>
inline constexpr std::array<std::string_view, 2> names<ColorTransfer>{"luminance", "match"};

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
    /// Name of a trained style (`Engine::trained_styles`), which then paints in one pass, whatever the
    /// quality and the style pictures; empty: the styles of the request.
    std::string trained_style{};
    /// A trained style paints in its own.
    Manner manner = Manner::strokes;
    /// 0 gives the photo back to the last bit, 1 is the whole style, and up to 2 it is stronger than in the
    /// style picture. Scales the style's weight; it is not layer opacity.
    double strength = 1.0;
    /// Percent of the size that the style picture's own strokes have when both pictures are equally large.
    double stroke_size = 100.0;
    Colors colors = Colors::style;
    ColorTransfer color_transfer = ColorTransfer::luminance;
    /// Shares of the styles in their order, of any sum; empty: all the same.
    std::vector<double> blend;
    /// How much of the content's fine brightness goes back into the painting, so that eyes, text and edges
    /// stay readable: 0..1.
    double detail = 0.0;
    /// The painting's opposite borders continue each other: it tiles without a visible edge.
    bool seamless = false;
    /// Style without content: the content picture gives only the size.
    bool texture = false;
    /// Same request, same seed, same device: same pixels.
    std::uint64_t seed = 0;
    /// Longest side of the painting in pixels; 0: as large as the content.
    int size_limit = 0;
    /// Seconds that the painting may take; 0: any. The best quality that is expected to fit is painted, up to
    /// `quality`, and when the time is over what is there is kept. The one setting that does not give the
    /// same pixels again.
    double time_limit = 0;

    StyleLoss style_loss = StyleLoss::gaussian;
    Optimizer optimizer = Optimizer::lbfgs;
    Start start = Start::content;
    /// Optimiser steps at the last scale; empty: what the quality means. Coarser scales take their share. A
    /// dream takes as many at every octave.
    std::optional<int> iterations;
    double content_weight = 1.0;
    double style_weight = 1.0;
    /// Weight of the total variation, which calms single-pixel noise, and specks of colour above all.
    double tv_weight = 1.0;
    /// How far the finished painting is given the style's grain, its finest three octaves: 0..1. The losses
    /// `formula` and `classic` have none.
    double grain = 1.0;
    /// L-BFGS: how many past steps are remembered.
    int history = 10;
    /// Adam: the painting is the decaying average of its steps, each older one counting this much less; 0:
    /// the best step. Crowson's style-transfer-pytorch averages with 0.99.
    double averaging = 0.0;
    /// A scale ends early when the loss has fallen by less than this share over ten steps; 0: never.
    double early_stop = 0.0;
    Pooling pooling = Pooling::network;
    Precision precision = Precision::automatic;
    /// Tap layers by name; empty: what the network's own metadata say. A dream strengthens `style_layers`.
    std::vector<std::string> style_layers;
    std::vector<std::string> content_layers;
    /// Weights of `style_layers` in their order; empty: the style loss's own.
    std::vector<double> layer_weights;

    bool operator==(const Settings&) const = default;
};

/// Whether such a painting takes a style picture.
inline bool needs_style(const Settings& settings) {
    return settings.trained_style.empty() && settings.manner != Manner::dream;
}

/// Limits of a request, and those of settings that are needed beside `setting_table.hpp`.
struct SettingsRange {
    static constexpr double stroke_size_min = 10.0, stroke_size_max = 1000.0;
    static constexpr int size_min = 16;          ///< least side of a content or style, in pixels
    static constexpr std::size_t styles_max = 8; ///< styles of one painting
    static constexpr std::size_t model_length_max = 64;
    static constexpr int snapshot_every_max = 10000;
};

/// The first setting out of range, as a sentence (code `invalid_request`); nothing when all are usable.
std::optional<Error> check(const Settings& settings);

} // namespace neural_style
