// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "style_loss.hpp"

#include <limits>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor features(std::uint64_t seed, int channels = 6, int height = 9, int width = 11) {
    torch::manual_seed(seed);
    return torch::rand({1, channels, height, width}).contiguous(torch::MemoryFormat::ChannelsLast);
}

FeatureSums sums_of(const torch::Tensor& features) {
    FeatureSums sums(features.size(1));
    sums.add(features);
    return sums;
}

void check_gradient(StyleLoss kind) {
    const StyleTarget target(kind, sums_of(features(1) * 1.7 + 0.2));
    const auto here = features(2);
    auto gradient = torch::zeros_like(here);
    target.compare(sums_of(here)).gradient.add_to(here, gradient);
    const auto direction = features(3) - 0.5;
    const double step = 1e-2;
    const double numeric = (target.compare(sums_of(here + step * direction)).loss -
                            target.compare(sums_of(here - step * direction)).loss) /
                           (2 * step);
    const double analytic = (gradient * direction).sum(torch::kFloat64).item<double>();
    CHECK_NEAR(analytic, numeric, 1e-3 * std::abs(numeric));
}

} // namespace

static void sums_are_the_gram_matrix_and_the_totals() {
    const auto f = features(4);
    const auto flat = f.contiguous().view({6, -1}).to(torch::kFloat64);
    const auto sums = sums_of(f);
    CHECK(sums.products.allclose(torch::matmul(flat, flat.t()), 1e-5));
    CHECK(sums.values.allclose(flat.sum(1), 1e-5));
    CHECK(sums.positions == 99);
}

static void sums_of_pieces_are_sums_of_the_whole() {
    const auto f = features(5, 6, 400, 300); // more positions than are summed at once
    FeatureSums pieces(6);
    pieces.add(f.narrow(2, 0, 123).contiguous(torch::MemoryFormat::ChannelsLast));
    pieces.add(f.narrow(2, 123, 277).contiguous(torch::MemoryFormat::ChannelsLast));
    CHECK(pieces.products.allclose(sums_of(f).products, 1e-5));
    CHECK(pieces.positions == 120000);
}

static void a_picture_has_no_distance_from_itself() {
    for (const auto kind : {StyleLoss::formula, StyleLoss::gaussian})
        CHECK_NEAR(StyleTarget(kind, sums_of(features(6))).compare(sums_of(features(6))).loss, 0, 1e-7);
}

static void formula_is_equation_4_to_the_letter() {
    const auto a = features(7), b = features(8);
    const auto gram = [](const torch::Tensor& f) {
        const auto flat = f.contiguous().view({f.size(1), -1}).to(torch::kFloat64);
        return torch::matmul(flat, flat.t());
    };
    const double channels = 6, positions = 99;
    const double expected =
        (gram(b) - gram(a)).square().sum().item<double>() / (4 * channels * channels * positions * positions);
    CHECK_NEAR(StyleTarget(StyleLoss::formula, sums_of(a)).compare(sums_of(b)).loss, expected,
               1e-5 * expected);
}

static void formula_does_not_depend_on_the_style_pictures_size() {
    const auto f = features(9);
    const StyleTarget once(StyleLoss::formula, sums_of(f));
    const StyleTarget twice(StyleLoss::formula,
                            sums_of(torch::cat({f, f}, 2).contiguous(torch::MemoryFormat::ChannelsLast)));
    const auto other = sums_of(features(10));
    CHECK_NEAR(once.compare(other).loss, twice.compare(other).loss, 1e-6);
}

// For one channel the distance is (m - n)^2 + (standard deviation difference)^2.
static void gaussian_is_known_for_one_channel() {
    const auto a = features(11, 1, 50, 50) * 2 + 1, b = features(12, 1, 50, 50);
    const auto deviation = [](const torch::Tensor& f) {
        return std::sqrt(f.var(false).item<double>() + 1e-4);
    };
    const double expected =
        std::pow((a.mean() - b.mean()).item<double>(), 2) + std::pow(deviation(a) - deviation(b), 2);
    CHECK_NEAR(StyleTarget(StyleLoss::gaussian, sums_of(a)).compare(sums_of(b)).loss, expected,
               1e-4 * expected);
}

static void gaussian_gradient_agrees_with_differences() {
    check_gradient(StyleLoss::gaussian);
}
static void formula_gradient_agrees_with_differences() {
    check_gradient(StyleLoss::formula);
}

static void flat_styles_give_finite_losses_and_gradients() {
    for (const auto kind : {StyleLoss::formula, StyleLoss::gaussian}) {
        const auto flat = torch::zeros({1, 6, 9, 11}).contiguous(torch::MemoryFormat::ChannelsLast);
        for (const auto& here : {flat, features(13)}) {
            const auto [loss, gradient] = StyleTarget(kind, sums_of(flat)).compare(sums_of(here));
            CHECK(std::isfinite(loss) && torch::isfinite(gradient.products).all().item<bool>());
        }
    }
}

static void features_that_are_no_numbers_give_a_loss_that_is_none() {
    const auto nowhere = features(14) * std::numeric_limits<float>::quiet_NaN();
    for (const auto kind : {StyleLoss::formula, StyleLoss::gaussian})
        CHECK(std::isnan(StyleTarget(kind, sums_of(features(14))).compare(sums_of(nowhere)).loss));
}

int style_loss_tests() {
    return run_tests(
        {TEST(sums_are_the_gram_matrix_and_the_totals), TEST(sums_of_pieces_are_sums_of_the_whole),
         TEST(a_picture_has_no_distance_from_itself), TEST(formula_is_equation_4_to_the_letter),
         TEST(formula_does_not_depend_on_the_style_pictures_size), TEST(gaussian_is_known_for_one_channel),
         TEST(gaussian_gradient_agrees_with_differences), TEST(formula_gradient_agrees_with_differences),
         TEST(flat_styles_give_finite_losses_and_gradients),
         TEST(features_that_are_no_numbers_give_a_loss_that_is_none)});
}
