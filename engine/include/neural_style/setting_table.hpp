// SPDX-License-Identifier: GPL-3.0-or-later
/// The one list of settings: name, allowed values and texts of each. The range check, JSON, command-line
/// options, procedure arguments, the dialog's expert page and the tables in the documents are generated from
/// it.
///
///     each_setting([](const auto& setting) { std::cout << setting.key << ": " << setting.help << '\n'; });
#pragma once

#include "neural_style/settings.hpp"

#include <array>
#include <limits>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace neural_style {

/// Marks a text for xgettext; whoever shows it translates it.
consteval const char* N_(const char* text) {
    return text;
}

/// Who sees a setting: everybody; users of the expert page and readers of the second half of the command
/// line's help; scripts and the command line only.
enum class Audience { everybody, expert, script };

enum class Unit { none, percent, pixels, seconds };

/// Placeholders for an option's value.
inline constexpr std::array unit_texts{N_("NUMBER"), N_("PERCENT"), N_("PIXELS"), N_("SECONDS")};

/// What a number may be.
struct Bounds {
    double least = 0;
    double most = std::numeric_limits<double>::infinity();
    bool or_zero = false; ///< 0 is allowed as well, and means none
    constexpr bool allow(double value) const {
        return (value >= least && value <= most) || (or_zero && value == 0);
    }
};

/// The useful part of a number's range, for a slider. The whole range can be typed. Without a slider a number
/// can only be typed.
struct Slider {
    double least = 0;
    double most = 0;
    int digits = 0;
};

/// Texts of one choice.
struct ChoiceText {
    const char* label = nullptr;
    const char* help = nullptr;
};

/// One row. The member's type determines the kind of value: a number (`std::optional` if it may be absent), a
/// choice, a flag, a name, a list of numbers (shares or weights), or a list of names.
template <typename Type>
struct Setting {
    const char* key; ///< in JSON, as an option and as an argument
    Type Settings::*member;
    const char* former_key = nullptr; ///< of earlier releases; JSON and the command line still take it
    Audience audience = Audience::everybody;
    const char* label = ""; ///< of its control, with the mnemonic's underscore and the unit
    const char* help = "";
    Unit unit = Unit::none;
    Bounds bounds = {};
    Slider slider = {};
    std::array<ChoiceText, names<Type>.size()> choices = {}; ///< in the order of the enum
};

inline constexpr double weight_max = 1e6;
inline constexpr Slider weight_slider{0, 10, 2};
/// The longest lists and names (in bytes) that are accepted; no network has as many layers.
inline constexpr std::size_t list_length_max = 64, name_bytes_max = 256;

inline constexpr std::tuple setting_table{
    Setting<Quality>{.key = "quality",
                     .member = &Settings::quality,
                     .label = N_("_Quality"),
                     .help = N_("How much work goes into the painting"),
                     .choices = {{{N_("Instant"), N_("One pass, about a second")},
                                  {N_("Draft"), N_("A quick look at what comes out")},
                                  {N_("Fine"), N_("For the screen")},
                                  {N_("Print"), N_("Most detail, takes several times as long")}}}},
    Setting<std::string>{.key = "trained-style",
                         .member = &Settings::trained_style,
                         .former_key = "model",
                         .label = N_("_Trained style"),
                         .help = N_("Name of a network that was trained for one style, which then paints "
                                    "instead of the style picture. Empty: none.")},
    Setting<Manner>{
        .key = "manner",
        .member = &Settings::manner,
        .label = N_("M_anner"),
        .help = N_("How the painting comes about"),
        .choices = {{{N_("Strokes"), N_("The style's brush strokes, at their size")},
                     {N_("Dry brush"), N_("Long streaks, taken from the style as they are")},
                     {N_("Dream"),
                      N_("Without a style: what the network sees in the photo grows out of it")}}}},
    Setting<double>{.key = "strength",
                    .member = &Settings::strength,
                    .label = N_("Stren_gth"),
                    .help =
                        N_("How far the style goes: 0 gives the photo back, 1 is the whole style, up to 2 is "
                           "stronger than the painting. This is not layer opacity."),
                    .bounds = {0, 2},
                    .slider = {0, 2, 2}},
    Setting<double>{.key = "stroke-size",
                    .member = &Settings::stroke_size,
                    .label = N_("Stro_ke size (%)"),
                    .help = N_("Size of the brush strokes, in percent of the size they have in the style "
                               "picture when it is as large as the photo"),
                    .unit = Unit::percent,
                    .bounds = {SettingsRange::stroke_size_min, SettingsRange::stroke_size_max},
                    .slider = {25, 400, 0}},
    Setting<Colors>{.key = "colors",
                    .member = &Settings::colors,
                    .label = N_("Colors _taken from"),
                    .help = N_("Whose colors the painting has"),
                    .choices = {{{N_("The style"), N_("The painting has the colors of the style picture")},
                                 {N_("The photo"), N_("The photo keeps its own colors")},
                                 {N_("The style, without its strokes"),
                                  N_("Only the colors of the style picture, none of its strokes")},
                                 {N_("Style's hues on the photo's layout"),
                                  N_("Each color of the photo becomes one of the style's, where it lies")}}}},
    Setting<std::vector<double>>{.key = "blend",
                                 .member = &Settings::blend,
                                 .label = N_("Blend"),
                                 .help = N_("Shares of the styles in their order, of any sum, such as “2,1”. "
                                            "Empty: all the same."),
                                 .bounds = {0, weight_max}},
    Setting<double>{.key = "detail",
                    .member = &Settings::detail,
                    .label = N_("Detail of the photo"),
                    .help = N_("How much of the photo's fine brightness goes back into the painting, so that "
                               "eyes, text and edges stay readable"),
                    .bounds = {0, 1},
                    .slider = {0, 1, 2}},
    Setting<bool>{.key = "seamless",
                  .member = &Settings::seamless,
                  .label = N_("Seamless"),
                  .help =
                      N_("Opposite borders of the painting continue each other, so that it tiles without a "
                         "visible edge")},
    Setting<bool>{.key = "texture",
                  .member = &Settings::texture,
                  .label = N_("Texture"),
                  .help = N_("Paint the style alone, without the photo, which gives only the size")},
    Setting<std::uint64_t>{
        .key = "seed",
        .member = &Settings::seed,
        .label = N_("_Variation (seed)"),
        .help =
            N_("The same seed with the same settings paints the same picture again; another seed varies it")},
    Setting<int>{.key = "size-limit",
                 .member = &Settings::size_limit,
                 .label = N_("Si_ze limit (pixels)"),
                 .help =
                     N_("Paint with the longest side at most this long: faster, with less detail. In GIMP "
                        "the painting is enlarged to the layer's size. 0: no limit."),
                 .unit = Unit::pixels,
                 .bounds = {SettingsRange::size_min, 100000, /*or_zero=*/true},
                 .slider = {0, 4096, 0}},
    Setting<double>{.key = "time-limit",
                    .member = &Settings::time_limit,
                    .label = N_("Time limit (seconds)"),
                    .help =
                        N_("Be done by then: with a lesser quality where that is needed, and with what is "
                           "painted when the time is over. 0: no limit."),
                    .unit = Unit::seconds,
                    .bounds = {0, 1e6}},
    Setting<std::optional<int>>{
        .key = "iterations",
        .member = &Settings::iterations,
        .audience = Audience::expert,
        .label = N_("_Iterations"),
        .help = N_("Steps of the optimiser at the last scale, instead of as many as the quality means"),
        .bounds = {1, 10000},
        .slider = {0, 500, 0}},
    Setting<double>{.key = "content-weight",
                    .member = &Settings::content_weight,
                    .audience = Audience::expert,
                    .label = N_("Content _weight"),
                    .help = N_("How strongly the painting holds on to what the photo shows"),
                    .bounds = {0, weight_max},
                    .slider = weight_slider},
    Setting<double>{.key = "style-weight",
                    .member = &Settings::style_weight,
                    .audience = Audience::expert,
                    .label = N_("Styl_e weight"),
                    .help = N_("How strongly the painting is drawn towards the style"),
                    .bounds = {0, weight_max},
                    .slider = weight_slider},
    Setting<double>{.key = "tv-weight",
                    .member = &Settings::tv_weight,
                    .audience = Audience::expert,
                    .label = N_("S_moothness weight"),
                    .help = N_("How strongly single-pixel noise is calmed (total variation)"),
                    .bounds = {0, weight_max},
                    .slider = weight_slider},
    Setting<double>{.key = "grain",
                    .member = &Settings::grain,
                    .audience = Audience::expert,
                    .label = N_("Grain of the style"),
                    .help = N_("How much of the style's finest grain, brush hairs and canvas, the finished "
                               "painting is given: 0 leaves it as the optimiser did"),
                    .bounds = {0, 1},
                    .slider = {0, 1, 2}},
    Setting<int>{.key = "history",
                 .member = &Settings::history,
                 .audience = Audience::expert,
                 .label = N_("Memory of L-BFGS"),
                 .help = N_("L-BFGS: how many past steps are remembered"),
                 .bounds = {1, 20},
                 .slider = {1, 20, 0}},
    Setting<double>{.key = "averaging",
                    .member = &Settings::averaging,
                    .audience = Audience::expert,
                    .label = N_("Averaging"),
                    .help = N_("Adam: the painting is the decaying average of its steps, such as 0.99, which "
                               "calms it. 0: the best step."),
                    .bounds = {0, 0.9999},
                    .slider = {0, 0.9999, 4}},
    Setting<double>{.key = "early-stop",
                    .member = &Settings::early_stop,
                    .audience = Audience::expert,
                    .label = N_("Early stop"),
                    .help =
                        N_("End a scale when ten steps gain less than this share, such as 0.001: faster. 0: "
                           "never."),
                    .bounds = {0, 0.5},
                    .slider = {0, 0.1, 4}},
    Setting<StyleLoss>{
        .key = "style-loss",
        .member = &Settings::style_loss,
        .audience = Audience::expert,
        .label = N_("Style compariso_n"),
        .help = N_("How the styles of two pictures are compared"),
        .choices =
            {{{N_("As published (Gatys 2016)"), N_("The formulas of Gatys, Ecker and Bethge to the letter")},
              {N_("Gaussians"), N_("Distance between Gaussians fitted to the features: bolder strokes")},
              {N_("Gram matrices"), N_("Which features occur together, each layer relative to the style's")},
              {N_("Means and deviations"), N_("The mean and the spread of each feature: fast and soft")},
              {N_("Textbook program"), N_("One scale and Adam, as in the well-known tutorial")}}}},
    Setting<Optimizer>{.key = "optimizer",
                       .member = &Settings::optimizer,
                       .audience = Audience::expert,
                       .label = N_("O_ptimizer"),
                       .help = N_("How the painting is improved step by step"),
                       .choices = {{{N_("L-BFGS"), N_("Fewer steps, more memory")},
                                    {N_("Adam"), N_("More steps, less memory")}}}},
    Setting<Start>{.key = "start",
                   .member = &Settings::start,
                   .audience = Audience::expert,
                   .label = N_("_Begin with"),
                   .help = N_("What the first picture is"),
                   .choices = {{{N_("The photo"), N_("Keeps the content best")},
                                {N_("Noise"), N_("Freer, and different for every seed")},
                                {N_("Instant"), N_("What one pass paints: fewer steps")}}}},
    Setting<std::string>{.key = "network",
                         .member = &Settings::network,
                         .audience = Audience::expert,
                         .label = N_("Net_work"),
                         .help =
                             N_("Name of a network that was added, such as “vgg19”, which then looks at the "
                                "pictures. Empty: the one that comes along.")},
    Setting<Pooling>{.key = "pooling",
                     .member = &Settings::pooling,
                     .audience = Audience::expert,
                     .label = N_("Pooling"),
                     .help = N_("What lies between the blocks of the network"),
                     .choices = {{{N_("As trained"), N_("What the network was trained with")},
                                  {N_("Average"), N_("Smoother strokes")},
                                  {N_("Maximum"), N_("Crisper strokes")}}}},
    Setting<Smoothing>{
        .key = "smoothing",
        .member = &Settings::smoothing,
        .audience = Audience::expert,
        .label = N_("Smoothing of features"),
        .help = N_("Whether peaks of what the network sees are smoothed before they are compared, which "
                   "residual networks need in order to paint"),
        .choices = {{{N_("Suits the network"), N_("On for ResNets, off for others")},
                     {N_("None"), N_("Features as they are")},
                     {N_("Softmax (SWAG)"),
                      N_("Softmax over all positions and channels of a layer (Wang 2021)")}}}},
    Setting<Precision>{
        .key = "precision",
        .member = &Settings::precision,
        .audience = Audience::expert,
        .label = N_("Precision"),
        .help = N_("In which precision the network looks at the pictures"),
        .choices = {{{N_("Automatic"), N_("The fastest one that is exact enough on this computer")},
                     {N_("32 bits"), N_("Exact, and slower")},
                     {N_("16 bits (bfloat16)"), N_("Fast on recent processors")},
                     {N_("16 bits (float16)"), N_("Fast on graphics cards")}}}},
    Setting<ColorTransfer>{
        .key = "color-transfer",
        .member = &Settings::color_transfer,
        .audience = Audience::expert,
        .label = N_("Photo's colors by"),
        .help = N_("How the photo keeps its own colors, where it does"),
        .choices = {{{N_("Brightness"), N_("The painting's brightness under the photo's colors")},
                     {N_("Recoloring"),
                      N_("The style is recolored like the photo before it is painted with")}}}},
    Setting<std::vector<std::string>>{.key = "style-layers",
                                      .member = &Settings::style_layers,
                                      .audience = Audience::script,
                                      .label = N_("Style layers"),
                                      .help = N_("Layers of the network that see the style, such as "
                                                 "“relu1_1,relu2_1”. Empty: the network's own choice.")},
    Setting<std::vector<double>>{.key = "layer-weights",
                                 .member = &Settings::layer_weights,
                                 .audience = Audience::script,
                                 .label = N_("Layer weights"),
                                 .help =
                                     N_("Weights of the style layers in their order, such as “2,1”. Empty: "
                                        "the style comparison's own."),
                                 .bounds = {0, weight_max}},
    Setting<std::vector<std::string>>{.key = "content-layers",
                                      .member = &Settings::content_layers,
                                      .audience = Audience::script,
                                      .label = N_("Content layers"),
                                      .help =
                                          N_("Layers of the network that see the photo, such as “relu4_1”. "
                                             "Empty: the network's own choice.")},
};

/// Calls `visit(setting)` for each row.
template <typename Visit>
constexpr void each_setting(Visit visit) {
    std::apply([&](const auto&... setting) { (visit(setting), ...); }, setting_table);
}

/// Calls `visit(setting)` for the row with that key or former key; returns whether there is one.
template <typename Visit>
constexpr bool with_setting(std::string_view key, Visit visit) {
    bool found = false;
    each_setting([&](const auto& setting) {
        if (setting.key == key || (setting.former_key && setting.former_key == key)) {
            visit(setting);
            found = true;
        }
    });
    return found;
}

/// What a setting is where nobody sets it.
template <typename Type>
Type default_of(const Setting<Type>& setting) {
    return Settings{}.*setting.member;
}

} // namespace neural_style
