// SPDX-License-Identifier: GPL-3.0-or-later
#include "oklab.hpp"

#include <array>
#include <torch/types.h>

namespace neural_style {

namespace {

using Matrix = std::array<float, 9>; // rows

// Linear sRGB to cone responses, their cube roots to L, a, b, and both inverses.
constexpr Matrix cones_of_rgb{0.4122214708f, 0.5363325363f, 0.0514459929f, 0.2119034982f, 0.6806995451f,
                              0.1073969566f, 0.0883024619f, 0.2817188376f, 0.6299787005f};
constexpr Matrix lab_of_roots{0.2104542553f, 0.7936177850f, -0.0040720468f, 1.9779984951f, -2.4285922050f,
                              0.4505937099f, 0.0259040371f, 0.7827717662f,  -0.8086757660f};
constexpr Matrix roots_of_lab{1.0f,           0.3963377774f, 0.2158037573f,  1.0f,          -0.1055613458f,
                              -0.0638541728f, 1.0f,          -0.0894841775f, -1.2914855480f};
constexpr Matrix rgb_of_cones{4.0767416621f,  -3.3077115913f, 0.2309699292f,  -1.2684380046f, 2.6097574011f,
                              -0.3413193965f, -0.0041960863f, -0.7034186147f, 1.7076147010f};

// The toe of Ottosson 2021, "Okhsv and Okhsl". Without it the first 8-bit step above black is a fifteenth of
// the way to white and turns into a band when shadows are lifted.
constexpr double toe1 = 0.206, toe2 = 0.03, toe3 = (1 + toe1) / (1 + toe2);

// Steps of bisection for a colour's share of chroma: finer than 16-bit samples.
constexpr int halvings = 16;
// Samples outside 0..1 by less than this still count as inside: rounding, far below 16 bits.
constexpr double rounding = 1e-5;

// Of colours [3, n].
torch::Tensor times(const Matrix& matrix, const torch::Tensor& colors) {
    return torch::matmul(
        torch::tensor(at::ArrayRef<float>(matrix.data(), matrix.size()), colors.options()).view({3, 3}),
        colors);
}

torch::Tensor linear_rgb(const torch::Tensor& lab) {
    return times(rgb_of_cones, times(roots_of_lab, lab).pow_(3));
}

// With `share` [n] of its chroma.
torch::Tensor linear_rgb(const torch::Tensor& lab, const torch::Tensor& share) {
    return linear_rgb(torch::cat({lab.narrow(0, 0, 1), lab.narrow(0, 1, 2) * share}));
}

// As colours [3, n], with the lightness of Ottosson 2020.
torch::Tensor without_toe(const torch::Tensor& lab) {
    auto colors = lab.reshape({3, -1}).clone();
    const auto light = colors.select(0, 0).clamp(0, 1);
    colors.select(0, 0).copy_(light * (light + toe1) / ((light + toe2) * toe3));
    return colors;
}

torch::Tensor is_outside(const torch::Tensor& rgb) {
    return rgb.lt(-rounding).logical_or_(rgb.gt(1 + rounding)).any(0);
}

} // namespace

// The curve: IEC 61966-2-1.
torch::Tensor to_oklab(const torch::Tensor& picture) {
    const auto colors = picture.reshape({3, -1});
    const auto linear =
        torch::where(colors <= 0.04045, colors / 12.92, ((colors.clamp_min(0) + 0.055) / 1.055).pow_(2.4));
    auto lab = times(lab_of_roots, times(cones_of_rgb, linear).clamp_min_(0).pow_(1.0 / 3));
    const auto from_toe = lab.select(0, 0) * toe3 - toe1;
    lab.select(0, 0).copy_((from_toe + (from_toe.square() + lab.select(0, 0) * (4 * toe2 * toe3)).sqrt_()) /
                           2);
    return lab.view(picture.sizes());
}

torch::Tensor beyond_srgb(const torch::Tensor& lab) {
    const auto light = lab.narrow(1, 0, 1);
    return is_outside(linear_rgb(without_toe(lab)))
        .view_as(light)
        .logical_or_(light.lt(0))
        .logical_or_(light.gt(1));
}

torch::Tensor from_oklab(const torch::Tensor& lab, double knee) {
    const auto colors = without_toe(lab);
    auto rgb = linear_rgb(colors);
    const double most = 1 / knee;
    const auto beyond =
        is_outside(knee < 1 ? linear_rgb(colors, torch::full({1}, most, colors.options())) : rgb);
    const auto where = beyond.nonzero().squeeze(1);
    if (where.numel() > 0) {
        const auto few = colors.index_select(1, where);
        auto least = torch::zeros({where.numel()}, colors.options());
        double width = most;
        for (int i = 0; i < halvings; ++i) {
            width /= 2;
            const auto middle = least + width;
            least = torch::where(is_outside(linear_rgb(few, middle)), least, middle);
        }
        // The colour's share of the most colourful possible; beyond the knee it approaches 1 asymptotically.
        if (knee < 1) {
            const auto past = (least.clamp_min(1e-6).reciprocal() - knee).clamp_min_(0).div_(1 - knee);
            least = least * ((past / (past + 1)).mul_(1 - knee) + knee);
        }
        rgb.index_copy_(1, where, linear_rgb(few, least.clamp_max_(1)));
    }
    rgb.clamp_(0, 1);
    return torch::where(rgb <= 0.0031308, rgb * 12.92, rgb.pow(1 / 2.4).mul_(1.055).sub_(0.055))
        .view(lab.sizes());
}

} // namespace neural_style
