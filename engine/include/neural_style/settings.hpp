// SPDX-License-Identifier: GPL-3.0-or-later
/// Everything but the pixels that determines the painting, as one value that can be sent, stored and reused.
///
///     Settings settings;                      // the defaults paint well
///     settings.quality = Quality::print;
///     settings.stroke_size = 150;
#pragma once

#include "neural_style/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
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
/// The method, which also decides what becomes of the content.
enum class Manner {
    strokes, ///< the statistics of the style's features: Gaussians
    brush,   ///< the style's features themselves, as nearest neighbours of each place, along with the
             ///< statistics: dry brush, long streaks (Kolkin et al. 2022, "Neural Neighbor Style Transfer")
    dream,   ///< no style: amplifies, over octaves, whatever a layer of the network responds to
             ///< (Mordvintsev, Olah, Tyka 2015, "Inceptionism")
};
/// Whose colours the painting has.
enum class Colors {
    style,
    content,
    palette, ///< the style's, without its strokes
    harmony, ///< the style's hues in the content's layout
};
enum class Optimizer { lbfgs, adam };
/// What the optimisation starts from.
enum class Start {
    content,
    noise,
    instant, ///< what `Quality::instant` paints; the coarse scales are skipped
};
/// How the styles of two pictures are compared.
enum class StyleLoss {
    formula,  ///< Gatys, Ecker, Bethge 2016, equations 1 to 7, to the letter
    gaussian, ///< squared 2-Wasserstein distance between Gaussians fitted to the features
    gram,     ///< squared difference of Gram matrices per position, each relative to the style's
    moments,  ///< squared differences of means and standard deviations (Huang and Belongie 2017, equation 13)
    classic,  ///< the textbook program: one scale, Adam, means of squared differences of Gram matrices
};
/// The pooling between the network's blocks: as trained, or another kind.
enum class Pooling { network, average, max };
/// What content and style losses compare: features as the network gives them, or smoothed by a softmax over
/// their layer (Wang, Li, Vasconcelos 2021: SWAG), without which residual networks hardly paint; `network`:
/// as its file says.
enum class Smoothing { network, none, softmax };
/// The precision of features. Statistics are always computed in float32 and summed in float64.
enum class Precision { automatic, float32, bfloat16, float16 };
/// How `Colors::content` keeps the photo's colours.
enum class ColorTransfer {
    luminance, ///< the painting's brightness under the photo's colours
    match,     ///< recolours the style like the photo before painting with it (mean and covariance)
};

/// The name of each choice, in enum order, for requests, the PDB, the command line and the dialog.
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
inline constexpr std::array<std::string_view, 3> names<Smoothing>{"network", "none", "softmax"};
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
    /// quality and the style pictures. Empty: the request's styles paint.
    std::string trained_style{};
    /// Ignored by trained styles.
    Manner manner = Manner::strokes;
    /// 0 returns the photo bit for bit, 1 is the full style, and 2, the maximum, is stronger than the style
    /// picture. Scales the style's weight; not a layer's opacity.
    double strength = 1.0;
    /// Percent of the stroke size that the style picture has when it is as large as the content.
    double stroke_size = 100.0;
    Colors colors = Colors::style;
    ColorTransfer color_transfer = ColorTransfer::luminance;
    /// Shares of the styles, in their order; any sum. Empty: equal shares.
    std::vector<double> blend;
    /// How much of the content's fine brightness goes back into the painting, so that eyes, text and edges
    /// stay readable: 0..1.
    double detail = 0.0;
    /// Opposite borders of the painting match, so that it tiles without a visible edge.
    bool seamless = false;
    /// Style without content: the content picture only determines the size.
    bool texture = false;
    /// The same request with the same seed on the same device gives the same pixels.
    std::uint64_t seed = 0;
    /// Longest side of the painting in pixels; 0: as large as the content.
    int size_limit = 0;
    /// Seconds that the painting may take; 0: unlimited. Paints the best quality up to `quality` that is
    /// expected to fit, and keeps what is painted when the time is up. The only setting that makes results
    /// irreproducible.
    double time_limit = 0;

    StyleLoss style_loss = StyleLoss::gaussian;
    Optimizer optimizer = Optimizer::lbfgs;
    Start start = Start::content;
    /// Optimiser steps at the last scale; empty: determined by the quality. Coarser scales get a proportional
    /// number; a dream makes this many at every octave.
    std::optional<int> iterations;
    double content_weight = 1.0;
    double style_weight = 1.0;
    /// Weight of total variation, which suppresses single-pixel noise and, above all, specks of colour.
    double tv_weight = 1.0;
    /// How much of the style's grain (its three finest octaves) the finished painting gets: 0..1. Not used
    /// with the losses `formula` and `classic`.
    double grain = 1.0;
    /// L-BFGS: how many past steps are remembered.
    int history = 10;
    /// Adam: the painting is an average of the steps whose weights decay by this factor per step; 0: the best
    /// step. Crowson's style-transfer-pytorch uses 0.99.
    double averaging = 0.0;
    /// A scale ends early when the loss falls by less than this share over ten steps; 0: never.
    double early_stop = 0.0;
    /// Name of a network that was added (`Engine::added_networks`), which optimises. Empty: that of the
    /// engine.
    std::string network{};
    Pooling pooling = Pooling::network;
    Smoothing smoothing = Smoothing::network;
    Precision precision = Precision::automatic;
    /// Names of tap layers; empty: those in the network's metadata. A dream amplifies `style_layers`.
    std::vector<std::string> style_layers;
    std::vector<std::string> content_layers;
    /// Weights of `style_layers`, in their order; empty: those of the style loss.
    std::vector<double> layer_weights;

    bool operator==(const Settings&) const = default;
};

/// Whether such a painting needs a style picture.
inline bool needs_style(const Settings& settings) {
    return settings.trained_style.empty() && settings.manner != Manner::dream;
}

/// Share of the content's sides that the painting's have: `size_limit` over the longest side, at most 1.
/// Sides in pixels.
inline double painted_share(const Settings& settings, double width, double height) {
    return settings.size_limit > 0 ? std::min(1.0, settings.size_limit / std::max({1.0, width, height}))
                                   : 1.0;
}

/// A side of the painting in pixels, of the content's side and `painted_share`.
inline int painted_side(int side, double share) {
    return std::max(1, int(std::lround(side * share)));
}

/// Limits of a request, and limits of settings that are needed outside `setting_table.hpp`.
struct SettingsRange {
    static constexpr double stroke_size_min = 10.0, stroke_size_max = 1000.0;
    static constexpr int size_min = 16;          ///< smallest side of a content or style, in pixels
    static constexpr std::size_t styles_max = 8; ///< styles of one painting
    static constexpr std::size_t name_length_max = 64;
    static constexpr int snapshot_every_max = 10000;
};

/// The first setting that is out of range, as a sentence (code `invalid_request`); nothing if all are valid.
std::optional<Error> check(const Settings& settings);

} // namespace neural_style
