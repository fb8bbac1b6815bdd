// SPDX-License-Identifier: GPL-3.0-or-later
#include "matrix_roots.hpp"

#include <cmath>

namespace neural_style {

namespace {

// Of the root, as a share of its norm: the precision of float64 knows no smaller ones of the matrix.
constexpr double least_singular_value = 1e-7;

// What is left to come is squared by each step: this becomes nothing in two.
constexpr double nearly_one = 0.9999;

} // namespace

MatrixRoots matrix_roots(const torch::Tensor& matrix) {
    const auto norm = matrix.norm();
    const auto identity = torch::eye(matrix.size(0), matrix.options());
    auto root = matrix / norm, inverse = identity;
    // The singular values lie between `least` and 1, and after the step again.
    const auto step = [&](double scale) {
        const auto factor = torch::addmm(identity, inverse, root, 1.5 * scale, -0.5 * scale * scale * scale);
        root = torch::matmul(root, factor);
        inverse = torch::matmul(factor, inverse);
    };
    for (double least = least_singular_value; least < nearly_one;) {
        const double scale = std::sqrt(3 / (1 + least + least * least));
        step(scale);
        least *= scale * (3 - scale * scale * least * least) / 2;
    }
    for (int i = 0; i < 2; ++i)
        step(1);
    const auto scale = norm.sqrt();
    return {root * scale, inverse / scale};
}

} // namespace neural_style
