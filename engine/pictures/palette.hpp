// SPDX-License-Identifier: GPL-3.0-or-later
/// Gives one picture the palette of others by a smooth map of colours.
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

    /// Of the union of both pictures, of which `other` has the share 0..1.
    ColorStatistics mixed(const ColorStatistics& other, double share) const;
};

/// `weights` [1, 1, height, width]: how much each pixel counts; undefined, or 0 everywhere: all alike.
ColorStatistics statistics_of_colors(const torch::Tensor& picture, const torch::Tensor& weights = {},
                                     const std::stop_token& stop = {});

/// Lightness is mapped monotonically: what was lighter stays lighter. Then colour given lightness, by the
/// linear map of Monge and Kantorovich between the Gaussians of the part that lightness does not predict
/// (Pitié and Kokaram 2007; the triangular order is that of Knothe and Rosenblatt). Where the map is
/// unrestricted, mean and covariance become those of the target. It is restricted where a photo has so little
/// contrast or colour that noise would be amplified, and near the limits of sRGB, where it bends but never
/// folds.
class PaletteMap {
  public:
    /// With a strength below 1 colours go that share of the way; at 0 they do not change at all.
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
    std::array<std::array<double, 2>, 2> color_{};  // of the remainder of a and b
};

} // namespace neural_style
