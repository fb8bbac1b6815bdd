// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "style_loss.hpp"
#include "style_loss_table.hpp"

#include <ATen/Parallel.h>
#include <array>
#include <limits>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor features(std::uint64_t seed, int channels = 6, int height = 9, int width = 11) {
    torch::manual_seed(seed);
    return torch::rand({1, channels, height, width}).contiguous(torch::MemoryFormat::ChannelsLast);
}

constexpr std::array all_losses{StyleLoss::formula, StyleLoss::gaussian, StyleLoss::gram, StyleLoss::moments,
                                StyleLoss::classic};

FeatureSums sums_of(const torch::Tensor& features) {
    FeatureSums sums(features.size(1));
    sums.add(features);
    return sums;
}

StyleTarget target_of(StyleLoss kind, const FeatureSums& style) {
    return style_loss_row(kind).target(style);
}

void check_gradient(StyleLoss kind) {
    const auto target = target_of(kind, sums_of(features(1) * 1.7 + 0.2));
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

torch::Tensor gram(const torch::Tensor& features) {
    const auto flat = features.contiguous().view({features.size(1), -1}).to(torch::kFloat64);
    return torch::matmul(flat, flat.t());
}

// For one channel the distance is (m - n)^2 + (difference of standard deviations)^2.
void check_one_channel(StyleLoss kind, const torch::Tensor& a, const torch::Tensor& b) {
    const auto deviation = [](const torch::Tensor& f) {
        return std::sqrt(f.var(false).item<double>() + 1e-4);
    };
    const double expected =
        std::pow((a.mean() - b.mean()).item<double>(), 2) + std::pow(deviation(a) - deviation(b), 2);
    CHECK_NEAR(target_of(kind, sums_of(a)).compare(sums_of(b)).loss, expected, 1e-4 * expected);
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
    for (const auto kind : all_losses)
        CHECK_NEAR(target_of(kind, sums_of(features(6))).compare(sums_of(features(6))).loss, 0, 1e-7);
}

static void formula_is_equation_4_to_the_letter() {
    const auto a = features(7), b = features(8);
    const double channels = 6, positions = 99;
    const double expected =
        (gram(b) - gram(a)).square().sum().item<double>() / (4 * channels * channels * positions * positions);
    CHECK_NEAR(formula_target(sums_of(a)).compare(sums_of(b)).loss, expected, 1e-5 * expected);
}

static void formula_does_not_depend_on_the_style_pictures_size() {
    const auto f = features(9);
    const auto once = formula_target(sums_of(f));
    const auto twice =
        formula_target(sums_of(torch::cat({f, f}, 2).contiguous(torch::MemoryFormat::ChannelsLast)));
    const auto other = sums_of(features(10));
    CHECK_NEAR(once.compare(other).loss, twice.compare(other).loss, 1e-6);
}

static void gaussian_is_known_for_one_channel() {
    check_one_channel(StyleLoss::gaussian, features(11, 1, 50, 50) * 2 + 1, features(12, 1, 50, 50));
}

static void every_gradient_agrees_with_differences() {
    for (const auto kind : all_losses)
        check_gradient(kind);
}

static void moments_is_known_for_one_channel() {
    check_one_channel(StyleLoss::moments, features(15, 1, 50, 50) * 2 + 1, features(16, 1, 50, 50));
}

static void gram_of_twice_the_features_is_nine_times_the_styles_away() {
    const auto f = features(17);
    CHECK_NEAR(gram_target(sums_of(f)).compare(sums_of(2 * f)).loss, 9, 1e-3);
}

static void classic_is_the_mean_square_of_what_is_not_normalised() {
    const auto a = features(7), b = features(8);
    const double expected = (gram(b) - gram(a)).square().mean().item<double>();
    CHECK_NEAR(classic_target(sums_of(a)).compare(sums_of(b)).loss, expected, 1e-5 * expected);
}

// The loops for 16 or more channels, the general ones for fewer, every type, with and without weights, for a
// whole tensor and a part.
static void sums_agree_however_they_are_taken() {
    for (const int channels : {6, 16, 48}) {
        const auto whole = features(18, channels, 70, 300);
        const auto part = whole.narrow(2, 3, 60).narrow(3, 5, 290);
        torch::manual_seed(19);
        const auto weights = torch::rand({60, 290});
        for (const auto type : {torch::kFloat32, torch::kBFloat16})
            for (const bool weighted : {false, true}) {
                const auto f = part.to(type);
                FeatureSums sums(channels);
                sums.add(f, weighted ? weights : torch::Tensor());
                const auto flat = f.to(torch::kFloat64).permute({0, 2, 3, 1}).reshape({-1, channels});
                const auto w =
                    (weighted ? weights : torch::ones_like(weights)).to(torch::kFloat64).view({-1, 1});
                CHECK(sums.products.allclose(torch::matmul((flat * w).t(), flat), 1e-4));
                CHECK(sums.values.allclose((flat * w).sum(0), 1e-4));
                CHECK_NEAR(sums.positions, w.sum().item<double>(), 1e-2);
            }
    }
}

static void sums_do_not_depend_on_the_number_of_threads() {
    const auto here = features(20, 32, 180, 170);
    const int before = at::get_num_threads();
    at::set_num_threads(1);
    const auto alone = sums_of(here);
    at::set_num_threads(3);
    const auto shared = sums_of(here);
    at::set_num_threads(before);
    CHECK(torch::equal(alone.products, shared.products) && torch::equal(alone.values, shared.values));
}

static void positions_without_weight_get_no_gradient() {
    const auto target = gaussian_target(sums_of(features(20) * 2));
    const auto here = features(21);
    auto weights = torch::ones({9, 11});
    weights.narrow(0, 0, 4).zero_();
    FeatureSums sums(6);
    sums.add(here, weights);
    auto gradient = torch::zeros_like(here);
    target.compare(sums).gradient.add_to(here, gradient, weights);
    CHECK(gradient.narrow(2, 0, 4).abs().max().item<double>() == 0);
    CHECK(gradient.narrow(2, 4, 5).abs().max().item<double>() > 0);
}

static void flat_styles_give_finite_losses_and_gradients() {
    for (const auto kind : all_losses) {
        const auto flat = torch::zeros({1, 6, 9, 11}).contiguous(torch::MemoryFormat::ChannelsLast);
        for (const auto& here : {flat, features(13)}) {
            const auto [loss, gradient] = target_of(kind, sums_of(flat)).compare(sums_of(here));
            CHECK(std::isfinite(loss) && torch::isfinite(gradient.products).all().item<bool>());
        }
    }
}

static void features_that_are_no_numbers_give_a_loss_that_is_none() {
    const auto nowhere = features(14) * std::numeric_limits<float>::quiet_NaN();
    for (const auto kind : all_losses)
        CHECK(std::isnan(target_of(kind, sums_of(features(14))).compare(sums_of(nowhere)).loss));
}

int style_loss_tests() {
    return run_tests(
        {TEST(sums_are_the_gram_matrix_and_the_totals), TEST(sums_of_pieces_are_sums_of_the_whole),
         TEST(a_picture_has_no_distance_from_itself), TEST(formula_is_equation_4_to_the_letter),
         TEST(formula_does_not_depend_on_the_style_pictures_size), TEST(gaussian_is_known_for_one_channel),
         TEST(every_gradient_agrees_with_differences), TEST(moments_is_known_for_one_channel),
         TEST(gram_of_twice_the_features_is_nine_times_the_styles_away),
         TEST(classic_is_the_mean_square_of_what_is_not_normalised), TEST(sums_agree_however_they_are_taken),
         TEST(sums_do_not_depend_on_the_number_of_threads), TEST(positions_without_weight_get_no_gradient),
         TEST(flat_styles_give_finite_losses_and_gradients),
         TEST(features_that_are_no_numbers_give_a_loss_that_is_none)});
}
