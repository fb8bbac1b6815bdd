// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "smoothing.hpp"
#include "test_device.hpp"

#include <cmath>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor features(std::uint64_t seed, double peak = 3) {
    torch::manual_seed(seed);
    return (torch::rand({1, 6, 9, 11}).pow(4) * peak)
        .to(test_device())
        .contiguous(torch::MemoryFormat::ChannelsLast);
}

torch::Tensor weights() {
    torch::manual_seed(9);
    return torch::rand({9, 11}).sub_(0.3).clamp_(0, 1).to(test_device());
}

FeatureSums sums(const torch::Tensor& seen, const torch::Tensor& where = {}) {
    LayerSums all(seen.size(1), seen.device(), /*smoothed=*/true);
    all.add(seen, where);
    return all.sums();
}

// In float64, as the paper has it, times the number of values.
torch::Tensor expected(const torch::Tensor& seen, const torch::Tensor& where = {}) {
    const auto exact = seen.to(torch::kCPU, torch::kFloat64);
    const auto each = (exact - exact.max()).exp();
    const auto counted =
        where.defined() ? where.to(torch::kCPU, torch::kFloat64) : torch::ones({9, 11}, torch::kFloat64);
    return each * (double(seen.size(1)) * counted.sum() / (each * counted).sum());
}

double off(const torch::Tensor& found, const torch::Tensor& wanted) {
    return ((found.to(torch::kCPU, torch::kFloat64) - wanted).abs().max() / wanted.abs().max())
        .item<double>();
}

} // namespace

static void sums_are_those_of_the_softmax() {
    for (const auto& where : {torch::Tensor(), weights()}) {
        const auto seen = features(1);
        const auto smooth = expected(seen, where).flatten(2).squeeze(0);
        const auto counted = where.defined() ? where.to(torch::kCPU, torch::kFloat64).flatten()
                                             : torch::ones({99}, torch::kFloat64);
        const auto found = sums(seen, where);
        CHECK(off(found.values, torch::mv(smooth, counted)) < 1e-6);
        CHECK(off(found.products, torch::matmul(smooth * counted, smooth.t())) < 1e-6);
        CHECK_NEAR(found.values.sum().item<double>() / found.positions, 6, 1e-9);
    }
}

static void the_mean_without_weights_is_one_at_every_size_and_type() {
    for (const auto type : {torch::kFloat32, torch::kBFloat16})
        for (const double peak : {1.0, 30.0, 3000.0}) {
            const auto found = sums(features(2, peak).to(type));
            CHECK_NEAR(found.values.sum().item<double>() / found.positions, 6, 1e-6);
            CHECK(found.products.isfinite().all().item<bool>());
        }
}

// The largest comes last, so what was summed before shrinks.
static void parts_in_any_order_have_the_sums_of_the_whole() {
    const auto seen = features(3, 20), where = weights();
    const auto whole = sums(seen, where);
    for (const bool turned : {false, true}) {
        LayerSums parts(6, seen.device(), true);
        for (const int i : {0, 1, 2}) {
            const auto first = 3 * (turned ? 2 - i : i);
            parts.add(seen.narrow(2, first, 3), where.narrow(0, first, 3));
        }
        CHECK(off(parts.sums().products, whole.products.cpu()) < 1e-6);
        CHECK(off(parts.sums().values, whole.values.cpu()) < 1e-6);
    }
}

static void what_has_no_weight_does_not_count_however_large_it_is() {
    auto seen = features(4);
    auto where = torch::ones({9, 11}, test_device());
    where.select(0, 4).zero_();
    const auto before = sums(seen, where);
    seen.select(2, 4).fill_(1000);
    CHECK(off(sums(seen, where).products, before.products.cpu()) < 1e-6);
    LayerSums all(6, seen.device(), true);
    all.add(seen, where);
    auto gradient = torch::zeros_like(seen);
    all.add_gradient({.products = torch::ones_like(before.products), .values = {}}, seen, gradient, where);
    CHECK(gradient.isfinite().all().item<bool>() && gradient.select(2, 4).eq(0).all().item<bool>());
}

// Of a function of the sums that uses both.
static void the_gradient_agrees_with_differences() {
    torch::manual_seed(6);
    const auto of_products = torch::randn({6, 6}, torch::kFloat64),
               of_values = torch::randn({6}, torch::kFloat64);
    const auto symmetric = (of_products + of_products.t()).to(sums(features(5)).products.device());
    const auto there = of_values.to(symmetric.device());
    for (const auto& where : {torch::Tensor(), weights()})
        for (const bool with_values : {true, false}) {
            const auto seen = features(5);
            const auto value = [&](const torch::Tensor& at) {
                const auto smooth = expected(at, where).flatten(2).squeeze(0);
                const auto counted = where.defined() ? where.to(torch::kCPU, torch::kFloat64).flatten()
                                                     : torch::ones({99}, torch::kFloat64);
                const auto products = torch::matmul(smooth * counted, smooth.t());
                const auto sum = (symmetric.cpu() * products).sum() +
                                 (with_values ? (of_values * torch::mv(smooth, counted)).sum()
                                              : torch::zeros({}, torch::kFloat64));
                return sum.item<double>();
            };
            LayerSums all(6, seen.device(), true);
            all.add(seen, where);
            auto gradient = torch::zeros_like(seen);
            all.add_gradient({.products = symmetric, .values = with_values ? there : torch::Tensor()}, seen,
                             gradient, where);
            torch::manual_seed(7);
            for (int i = 0; i < 5; ++i) {
                const auto exact = seen.to(torch::kCPU, torch::kFloat64);
                const auto direction = torch::randn(exact.sizes(), torch::kFloat64);
                const double step = 1e-5;
                const double slope =
                    (value(exact + step * direction) - value(exact - step * direction)) / (2 * step);
                CHECK_NEAR((gradient.to(torch::kCPU, torch::kFloat64) * direction).sum().item<double>() /
                               slope,
                           1, 1e-4);
            }
        }
}

static void features_that_are_not_smoothed_stay_as_they_are() {
    const auto seen = features(8);
    LayerSums plain(6, seen.device(), false);
    FeatureSums wanted(6, seen.device());
    plain.add(seen);
    wanted.add(seen);
    CHECK(plain.sums().products.equal(wanted.products) && plain.sums().values.equal(wanted.values));
}

int smoothing_tests() {
    return run_tests(
        {TEST(sums_are_those_of_the_softmax), TEST(the_mean_without_weights_is_one_at_every_size_and_type),
         TEST(parts_in_any_order_have_the_sums_of_the_whole),
         TEST(what_has_no_weight_does_not_count_however_large_it_is),
         TEST(the_gradient_agrees_with_differences), TEST(features_that_are_not_smoothed_stay_as_they_are)});
}
