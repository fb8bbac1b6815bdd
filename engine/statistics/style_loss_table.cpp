// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_loss_table.hpp"

#include <cstddef>

namespace neural_style {

namespace {

// Weights with which the default network paints strokes and keeps the motif. Total variation only calms
// single pixels here, mostly specks of colour, which the content layers do not see. The weave term is just
// strong enough to bring a painting's energy along the axes down to that in other directions.
constexpr double tv = 0.5, color_tv = 40, weave = 0.03;

constexpr LossWeights weights_with(double style) {
    return {.content = 1, .style = style, .tv = tv, .color_tv = color_tv, .weave = weave};
}

} // namespace

const std::array<StyleLossRow, names<StyleLoss>.size()> style_loss_table{
    StyleLossRow{.loss = StyleLoss::formula,
                 .statistics = Statistics::gram,
                 .target = formula_target,
                 .counts_by_area = false,
                 .measure = Measure::sums,
                 .weights = {.content = 1, .style = 1e4, .tv = tv},
                 .layer_shares = LayerShares::even,
                 .steered = false,
                 .with_brush = false,
                 .with_grain = false,
                 .schedule = scales_schedule},
    StyleLossRow{.loss = StyleLoss::gaussian,
                 .statistics = Statistics::gaussian,
                 .target = gaussian_target,
                 .counts_by_area = true,
                 .measure = Measure::means,
                 .weights = weights_with(10),
                 .layer_shares = LayerShares::strokes_first,
                 .steered = true,
                 .with_brush = true,
                 .with_grain = true,
                 .schedule = scales_schedule},
    StyleLossRow{.loss = StyleLoss::gram,
                 .statistics = Statistics::gram,
                 .target = gram_target,
                 .counts_by_area = true,
                 .measure = Measure::means,
                 .weights = weights_with(9),
                 .layer_shares = LayerShares::strokes_first,
                 .steered = false,
                 .with_brush = true,
                 .with_grain = true,
                 .schedule = scales_schedule},
    StyleLossRow{.loss = StyleLoss::moments,
                 .statistics = Statistics::moments,
                 .target = moments_target,
                 .counts_by_area = true,
                 .measure = Measure::means,
                 .weights = weights_with(40),
                 .layer_shares = LayerShares::strokes_first,
                 .steered = false,
                 .with_brush = true,
                 .with_grain = true,
                 .schedule = scales_schedule},
    StyleLossRow{.loss = StyleLoss::classic,
                 .statistics = Statistics::gram,
                 .target = classic_target,
                 .counts_by_area = false,
                 .measure = Measure::means,
                 .weights = {.content = 1e4, .style = 1e-2, .tv = 0},
                 .layer_shares = LayerShares::even,
                 .steered = false,
                 .with_brush = false,
                 .with_grain = false,
                 .schedule = textbook_schedule}};

const StyleLossRow& style_loss_row(StyleLoss loss) {
    return style_loss_table[std::size_t(loss)];
}

} // namespace neural_style
