// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "feature_matching.hpp"

#include <cmath>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

constexpr int channels = 6;

// Correlated features that vary in every direction.
torch::Tensor features(int seed, int side = 48) {
    torch::manual_seed(seed);
    const auto mixing = torch::randn({channels, channels}) + 2 * torch::eye(channels);
    const auto values = torch::matmul(torch::randn({side * side, channels}), mixing) + torch::rand({channels});
    return values.t().reshape({1, channels, side, side}).contiguous(torch::MemoryFormat::ChannelsLast);
}

FeatureMoments moments(const torch::Tensor& some) {
    FeatureSums sums(some.size(1));
    sums.add(some);
    return FeatureMoments::of(sums);
}

torch::Tensor moved(const torch::Tensor& some, const LinearMap& map) {
    const auto flat = some.to(torch::kFloat64).flatten(2)[0];
    return (torch::matmul(map.factor, flat) + map.offset.unsqueeze(1)).view(some.sizes()).to(torch::kFloat32);
}

} // namespace

static void matched_features_have_the_styles_mean_and_covariance() {
    const auto content = features(1), style = features(2);
    const auto wanted = moments(style);
    const auto matched =
        moments(moved(content, matching(moments(content), StyleFeatures(wanted), Matching::covariance)));
    CHECK((matched.mean - wanted.mean).abs().max().item<double>() < 1e-4);
    // The variance added for flat directions changes it a little.
    CHECK((matched.covariance - wanted.covariance).norm().item<double>() <
          0.05 * wanted.covariance.norm().item<double>());
}

static void matched_deviations_leave_channels_apart() {
    const auto content = features(1), style = features(2);
    const auto wanted = moments(style);
    const auto map = matching(moments(content), StyleFeatures(wanted), Matching::deviation);
    const auto matched = moments(moved(content, map));
    CHECK((matched.mean - wanted.mean).abs().max().item<double>() < 1e-4);
    CHECK(matched.covariance.diagonal().allclose(wanted.covariance.diagonal(), 0.01, 0));
    CHECK(map.factor.equal(torch::diag(map.factor.diagonal())));
}

static void a_style_like_the_content_changes_nothing() {
    const auto content = features(3);
    for (const auto how : {Matching::covariance, Matching::deviation})
        CHECK((moved(content, matching(moments(content), StyleFeatures(moments(content)), how)) - content)
                  .norm()
                  .item<double>() < 0.03 * content.norm().item<double>());
}

static void a_flat_style_makes_flat_features() {
    const auto content = features(4);
    const auto flat = torch::full({1, channels, 20, 20}, 0.7f);
    for (const auto how : {Matching::covariance, Matching::deviation}) {
        const auto matched = moved(content, matching(moments(content), StyleFeatures(moments(flat)), how));
        CHECK(matched.allclose(torch::full_like(matched, 0.7f), 0, 0.05));
    }
}

static void a_flat_content_stays_finite_and_its_noise_small() {
    torch::manual_seed(5);
    const auto flat = torch::full({1, channels, 20, 20}, 0.4f) + 1e-4 * torch::randn({1, channels, 20, 20});
    const auto style = features(6);
    for (const auto how : {Matching::covariance, Matching::deviation}) {
        const auto matched = moved(flat, matching(moments(flat), StyleFeatures(moments(style)), how));
        CHECK(matched.isfinite().all().item<bool>());
        const auto left = moments(matched).covariance.diagonal();
        CHECK((left < 0.05 * moments(style).covariance.diagonal()).all().item<bool>());
    }
}

static void a_style_of_few_positions_is_matched_without_blowing_up() {
    const auto content = features(7), tiny = features(8, 2); // four positions of six channels
    const auto map = matching(moments(content), StyleFeatures(moments(tiny)), Matching::covariance);
    const auto matched = moments(moved(content, map));
    CHECK(map.factor.isfinite().all().item<bool>());
    CHECK(matched.covariance.trace().item<double>() < 1.1 * moments(tiny).covariance.trace().item<double>());
}

static void mixed_moments_are_those_of_both_together() {
    const auto a = features(9), b = features(10);
    FeatureSums both(channels);
    both.add(a);
    both.add(b);
    both.add(b);
    both.add(b);
    const auto expected = FeatureMoments::of(both);
    const auto mixed = FeatureMoments::mixed(moments(a), moments(b), 0.75);
    CHECK(mixed.mean.allclose(expected.mean) && mixed.covariance.allclose(expected.covariance));
}

int feature_matching_tests() {
    return run_tests({TEST(matched_features_have_the_styles_mean_and_covariance),
                      TEST(matched_deviations_leave_channels_apart), TEST(a_style_like_the_content_changes_nothing),
                      TEST(a_flat_style_makes_flat_features), TEST(a_flat_content_stays_finite_and_its_noise_small),
                      TEST(a_style_of_few_positions_is_matched_without_blowing_up),
                      TEST(mixed_moments_are_those_of_both_together)});
}
