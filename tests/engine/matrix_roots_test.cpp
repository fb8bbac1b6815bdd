// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "matrix_roots.hpp"

#include <cmath>
#include <limits>
#include <torch/types.h>
#include <tuple>

using namespace neural_style;
using namespace tests;

namespace {

// With eigenvalues from 1 down to `least`, evenly on a logarithmic scale.
torch::Tensor matrix(std::int64_t side, double least) {
    torch::manual_seed(1);
    const auto turn = std::get<0>(torch::linalg_qr(torch::randn({side, side}, torch::kFloat64)));
    const auto values = torch::logspace(0, std::log10(least), side, 10, torch::kFloat64);
    return torch::matmul(turn * values, turn.t());
}

double relative(const torch::Tensor& found, const torch::Tensor& expected) {
    return ((found - expected).norm() / expected.norm()).item<double>();
}

} // namespace

static void they_are_those_of_eigenvalues() {
    for (const std::int64_t side : {1, 16, 128})
        for (const double least : {1.0, 1e-4, 1e-11})
            for (const double size : {1e-6, 1.0, 1e5}) {
                const auto m = matrix(side, least) * size;
                const auto [values, vectors] = torch::linalg_eigh(m);
                const auto by_values = [&](double exponent) {
                    return torch::matmul(vectors * values.pow(exponent), vectors.t());
                };
                const auto [root, inverse] = matrix_roots(m);
                CHECK_NEAR(relative(root, by_values(0.5)), 0, 1e-6);
                CHECK_NEAR(relative(inverse, by_values(-0.5)), 0, 1e-3);
            }
}

static void what_is_no_number_has_none() {
    const auto [root, inverse] = matrix_roots(matrix(16, 0.1) * std::numeric_limits<double>::quiet_NaN());
    CHECK(root.isnan().all().item<bool>() && inverse.isnan().all().item<bool>());
}

int matrix_roots_tests() {
    return run_tests({TEST(they_are_those_of_eigenvalues), TEST(what_is_no_number_has_none)});
}
