// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "style_distance.hpp"
#include "train_tests.hpp"

#include <torch/torch.h>

using namespace neural_style;
using namespace tests;

namespace {

double distance(const torch::Tensor& found, const torch::Tensor& wanted) {
    return style_distance(statistics_of(found), statistics_of(wanted)).item<double>();
}

} // namespace

static void a_style_is_at_no_distance_from_itself_wherever_its_strokes_lie() {
    torch::manual_seed(1);
    const auto style = torch::rand({1, 4, 6, 6});
    CHECK(distance(style, style) < 1e-9);
    CHECK(distance(style.flip(2).transpose(2, 3), style) < 1e-9);
    CHECK(distance(torch::rand({1, 4, 6, 6}) * 2, style) > 0.1);
}

static void one_style_for_all_is_the_mean_over_the_batch() {
    torch::manual_seed(2);
    const auto batch = torch::rand({2, 3, 5, 5}), style = torch::rand({1, 3, 4, 4});
    const double apart =
        (distance(batch.narrow(0, 0, 1), style) + distance(batch.narrow(0, 1, 1), style)) / 2;
    CHECK(std::abs(distance(batch, style) - apart) < 1e-5 * apart);
}

static void a_flat_style_is_at_a_finite_distance() {
    CHECK(std::isfinite(distance(torch::rand({1, 3, 5, 5}), torch::full({1, 3, 5, 5}, 0.5))));
}

int style_distance_tests() {
    return run_tests({TEST(a_style_is_at_no_distance_from_itself_wherever_its_strokes_lie),
                      TEST(one_style_for_all_is_the_mean_over_the_batch),
                      TEST(a_flat_style_is_at_a_finite_distance)});
}
