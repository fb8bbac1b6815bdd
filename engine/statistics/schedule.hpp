// SPDX-License-Identifier: GPL-3.0-or-later
/// How a painting proceeds: its sizes, steps and optimiser. Named, so that a style loss can refer to one.
///
///     const Schedule& schedule = style_loss_row(settings.style_loss).schedule;
///     if (!schedule.coarse_to_fine) …
#pragma once

#include <neural_style/settings.hpp>

#include <optional>
#include <span>
#include <string_view>

namespace neural_style {

/// Parameters of Adam (Kingma and Ba 2015, algorithm 1).
struct AdamSteps {
    double learning_rate;
    double beta1;
    double epsilon;
};

struct Schedule {
    std::string_view name;
    bool coarse_to_fine = true; ///< through the scales; otherwise at full size from the first step
    /// Steps at full size if the settings do not give them; 0: determined by the quality.
    int iterations = 0;
    std::optional<Optimizer> optimizer{}; ///< overrides the settings
    std::optional<AdamSteps> adam{};      ///< instead of those of `MinimizeOptions`
    bool always_keeps_best = false;       ///< even for large pictures, where that takes memory
    /// Default layers if the settings name none, or the nearest existing ones; empty: the network's own.
    std::span<const std::string_view> style_layers{};
    std::span<const std::string_view> content_layers{};
};

/// Ours.
inline constexpr Schedule scales_schedule{.name = "scales"};

/// The textbook program: one size, a fixed number of Adam steps. It works on 0..255; its values are converted
/// to 0..1 here. The first picture follows the settings' `start`; the default is the photo.
inline constexpr double textbook_range = 255;
inline constexpr std::string_view textbook_style_layers[]{"relu1_1", "relu2_1", "relu3_1", "relu4_1",
                                                          "relu5_1"};
inline constexpr std::string_view textbook_content_layers[]{"relu5_2"};
inline constexpr Schedule textbook_schedule{
    .name = "textbook",
    .coarse_to_fine = false,
    .iterations = 1000,
    .optimizer = Optimizer::adam,
    .adam = AdamSteps{.learning_rate = 5 / textbook_range, .beta1 = 0.99, .epsilon = 0.1 * textbook_range},
    .always_keeps_best = true,
    .style_layers = textbook_style_layers,
    .content_layers = textbook_content_layers};

} // namespace neural_style
