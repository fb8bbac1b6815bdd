// SPDX-License-Identifier: GPL-3.0-or-later
/// The square root of a symmetric positive matrix by matrix products alone, which no device has to be waited
/// for: eigenvalues make a graphics card ask the processor whether they were found.
///
///     const auto [root, inverse] = matrix_roots(covariance);   // root root = covariance, root inverse = 1
#pragma once

#include <torch/types.h>

namespace neural_style {

struct MatrixRoots {
    torch::Tensor root, inverse;
};

/// `matrix` [n, n], float64. Exact to a millionth where its least eigenvalue is not below 1e-14 of its norm;
/// where one is negative by more than that, the result is no number. The coupled iteration of Newton and
/// Schulz (Higham 2008, "Functions of Matrices", equation 6.35) with the scaling of Chen and Chow 2014 ("A
/// stable scaling of Newton-Schulz for improving the sign function computation of a Hermitian matrix").
MatrixRoots matrix_roots(const torch::Tensor& matrix);

} // namespace neural_style
