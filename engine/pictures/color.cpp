// SPDX-License-Identifier: GPL-3.0-or-later
#include "color.hpp"

#include "bands.hpp"
#include "oklab.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <torch/types.h>

namespace neural_style {

namespace {

torch::Tensor luma(const torch::Tensor& picture) {
    const auto weights = torch::tensor({0.299, 0.587, 0.114}, picture.options()).view({1, 3, 1, 1});
    return (picture * weights).sum(1, /*keepdim=*/true);
}

// Two box blurs of 2 * radius + 1 pixels: nearly a Gaussian.
torch::Tensor blurred(torch::Tensor picture, std::int64_t radius) {
    const auto along = [&](const torch::Tensor& t, bool across) {
        const std::array<std::int64_t, 2> kernel{across ? 1 : 2 * radius + 1, across ? 2 * radius + 1 : 1};
        const std::array<std::int64_t, 2> padding{across ? 0 : radius, across ? radius : 0};
        return torch::avg_pool2d(t, kernel, {1, 1}, padding, false, /*count_include_pad=*/false);
    };
    for (int pass = 0; pass < 2; ++pass)
        picture = along(along(picture, true), false);
    return picture;
}

// Share of the picture's side over which a stroke's colour is compared with its surroundings.
constexpr double stroke_side = 1.0 / 100;
// How much lightness a stroke gains per unit of colour that it loses. OKLab uses the same scale for both;
// half is enough, since the eye looks for edges in lightness first.
constexpr double lightness_for_color = 0.5;

// About how many pixels are sampled for statistics; more add nothing.
constexpr double enough_pixels = 5e5;

// Every n-th pixel of every n-th row.
torch::Tensor sample(const torch::Tensor& picture) {
    const double pixels = double(picture.size(2)) * double(picture.size(3));
    const auto step = std::max<std::int64_t>(1, std::llround(std::sqrt(pixels / enough_pixels)));
    return picture.slice(2, 0, picture.size(2), step).slice(3, 0, picture.size(3), step);
}

// Reduces a and b to one number: the position along the line on which they vary most, oriented towards the
// lighter end of the painting.
struct ColorAxis {
    double a = 0, b = 0;

    ColorAxis(const torch::Tensor& painting, const torch::Tensor& colors) {
        const auto painted = to_oklab(painting);
        const auto lost = (painted - to_oklab(colors)).narrow(1, 1, 2).reshape({2, -1}).to(torch::kFloat64);
        const auto centred = lost - lost.mean(1, /*keepdim=*/true);
        const auto lightness = painted.select(1, 0).reshape({-1}).to(torch::kFloat64);
        const auto axis =
            std::get<1>(torch::linalg_eigh(torch::matmul(centred, centred.t()).cpu())).select(1, 1);
        const auto along = torch::mv(centred.t(), axis.to(centred.device()));
        const bool lighter = along.dot(lightness - lightness.mean()).item<double>() >= 0;
        a = (lighter ? 1 : -1) * axis[0].item<double>();
        b = (lighter ? 1 : -1) * axis[1].item<double>();
    }
    // [1, 1, height, width] of OKLab.
    torch::Tensor of(const torch::Tensor& lab) const {
        return lab.narrow(1, 1, 1) * a + lab.narrow(1, 2, 1) * b;
    }
};

// The painting's lightness with the content's colours, of which `recolored` gives the part that it is asked
// for, in place.
template <typename Recolored>
void put_colors(torch::Tensor& painting, const std::stop_token& stop, Recolored recolored) {
    const ColorAxis axis(sample(painting), recolored(sample));
    const auto rows = [](std::int64_t first, std::int64_t count) {
        return [=](const torch::Tensor& picture) { return picture.narrow(2, first, count); };
    };
    // Differences of colour between strokes that would be lost.
    auto lost = torch::empty({1, 1, painting.size(2), painting.size(3)}, painting.options());
    by_bands(painting, stop, [&](std::int64_t first, std::int64_t count) {
        lost.narrow(2, first, count)
            .copy_(axis.of(to_oklab(painting.narrow(2, first, count)) -
                           to_oklab(recolored(rows(first, count)))));
    });
    const double side = std::sqrt(double(painting.size(2)) * double(painting.size(3)));
    const auto radius = std::max<std::int64_t>(1, std::lround(side * stroke_side));
    const auto reach = 2 * radius;
    by_bands(painting, stop, [&](std::int64_t first, std::int64_t count) {
        const auto top = std::max<std::int64_t>(0, first - reach);
        const auto bottom = std::min(painting.size(2), first + count + reach);
        const auto around = lost.narrow(2, top, bottom - top);
        const auto contrast = (around - blurred(around, radius)).narrow(2, first - top, count);
        auto painted = painting.narrow(2, first, count);
        const auto colors = recolored(rows(first, count));
        auto lab = to_oklab(colors);
        lab.narrow(1, 0, 1).copy_(to_oklab(painted).narrow(1, 0, 1) + contrast * lightness_for_color);
        // Pixels that were not painted do not change, not even by rounding.
        const auto same = painted.eq(colors).all(1, /*keepdim=*/true);
        painted.copy_(torch::where(same, colors, from_oklab(lab)));
    });
}

// Share of the side that counts as fine detail: eyes and letters in a photo that fills the screen.
constexpr double detail_side = 1.0 / 400;
// Local contrast of fine luma, root mean square, at which half of the detail returns: above sensor noise.
constexpr double detail_contrast = 0.012;

bool keeps_content_colors(const Settings& settings) {
    // Without a style there is nothing to recolour beforehand.
    return settings.colors == Colors::content &&
           (settings.color_transfer == ColorTransfer::luminance || !needs_style(settings));
}

} // namespace

void keep_colors(torch::Tensor& painting, const torch::Tensor& content, const std::stop_token& stop) {
    put_colors(painting, stop, [&](const auto& part) { return part(content).clamp(0, 1); });
}

void harmonize(torch::Tensor& painting, const torch::Tensor& content, const Palettes& palettes,
               const std::stop_token& stop) {
    put_colors(painting, stop, [&](const auto& part) { return recolored(content, palettes, part); });
}

PaletteMap palette_map(const torch::Tensor& content, const std::vector<PaletteSource>& styles,
                       double strength, const torch::Tensor& weights) {
    const auto statistics = [](const torch::Tensor& picture, const torch::Tensor& counts) {
        return statistics_of_colors(sample(picture), counts.defined() ? sample(counts) : counts);
    };
    ColorStatistics all;
    double shares = 0;
    for (const auto& style : styles) {
        shares += style.share;
        if (style.share > 0)
            all = all.mixed(statistics(style.picture, style.alpha), style.share / shares);
    }
    return {statistics(content, weights), all, strength};
}

torch::Tensor with_palette(const torch::Tensor& content, const PaletteMap& palette,
                           const std::stop_token& stop) {
    auto result = torch::empty_like(content);
    by_bands(content, stop, [&](std::int64_t first, std::int64_t count) {
        result.narrow(2, first, count).copy_(palette(content.narrow(2, first, count)));
    });
    return result;
}

void keep_detail(torch::Tensor& painting, const torch::Tensor& content, double share,
                 const std::stop_token& stop) {
    const double side = std::sqrt(double(painting.size(2)) * double(painting.size(3)));
    const auto radius = std::max<std::int64_t>(1, std::lround(side * detail_side));
    // Two blurs of two passes each reach this far; bands need the original painting, so its luma is kept.
    const auto reach = 4 * radius;
    const auto painted_luma = luma(painting);
    by_bands(painting, stop, [&](std::int64_t first, std::int64_t count) {
        const auto top = std::max<std::int64_t>(0, first - reach);
        const auto bottom = std::min(painting.size(2), first + count + reach);
        const auto fine = [&](const torch::Tensor& luma_here) {
            return luma_here - blurred(luma_here, radius);
        };
        const auto fine_content = fine(luma(content.narrow(2, top, bottom - top)));
        const auto fine_painting = fine(painted_luma.narrow(2, top, bottom - top));
        const auto contrast = blurred(fine_content.square(), radius).clamp_min_(0).sqrt_();
        const auto there = contrast / (contrast + detail_contrast);
        const auto change =
            (there * (fine_content - fine_painting)).mul_(share).narrow(2, first - top, count);
        auto band = painting.narrow(2, first, count);
        band.copy_((band + change).clamp_(0, 1));
    });
}

bool finishes(const Settings& settings) {
    return !settings.texture &&
           (settings.detail > 0 || settings.colors == Colors::harmony || keeps_content_colors(settings));
}

void finish(torch::Tensor& painting, const torch::Tensor& content, const Settings& settings,
            const Palettes& palettes, const std::stop_token& stop) {
    if (settings.texture)
        return;
    if (settings.detail > 0)
        keep_detail(painting, content, settings.detail, stop);
    if (keeps_content_colors(settings))
        keep_colors(painting, content, stop);
    if (settings.colors == Colors::harmony && !palettes.empty())
        harmonize(painting, content, palettes, stop);
}

} // namespace neural_style
