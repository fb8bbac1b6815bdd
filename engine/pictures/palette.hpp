// SPDX-License-Identifier: GPL-3.0-or-later
/// Gives one picture the palette of others: a smooth map from colours to colours.
///
///     const PaletteMap map(statistics_of_colors(photo), statistics_of_colors(painting));
///     auto recolored = map(photo);
///
/// Pictures are [1, 3, height, width], sRGB 0..1.
#pragma once

#include <array>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

/// Mean and covariance of a picture's colours in OKLab.
struct ColorStatistics {
    std::array<double, 3> mean{};
    std::array<std::array<double, 3>, 3> covariance{};

    /// Of both pictures seen as one, of which `other` is the share 0..1.
    ColorStatistics mixed(const ColorStatistics& other, double share) const;
};

ColorStatistics statistics_of_colors(const torch::Tensor& picture, const std::stop_token& stop = {});

/// Lightness goes to lightness, in order: what was lighter stays lighter. Then colour, given its lightness,
/// by the linear map of Monge and Kantorovitch between the Gaussians of what lightness does not tell (Pitié
/// and Kokaram 2007; the triangular order is Knothe's and Rosenblatt's). Where the map is not held back, mean
/// and covariance become the other's. It is held back where a photo has little contrast or colour, of which
/// noise would be made, and where sRGB ends: there it bends, and never folds.
class PaletteMap {
  public:
    /// With a strength below 1 colours go that share of the way; at 0 they stay to the last bit.
    PaletteMap(const ColorStatistics& from, const ColorStatistics& to, double strength = 1);

    /// Colours [1, 3, height, width], sRGB 0..1, the same shape.
    torch::Tensor operator()(const torch::Tensor& colors) const;

  private:
    torch::Tensor in_oklab(const torch::Tensor& lab) const;

    ColorStatistics from_, to_;
    double strength_;
    double gain_ = 1;                               // of lightness
    std::array<double, 2> lightness_of_color_{};    // a and b per lightness, in `from`
    std::array<double, 2> to_lightness_of_color_{}; // in `to`
    std::array<std::array<double, 2>, 2> color_{};  // of what is left of a and b
};

} // namespace neural_style
