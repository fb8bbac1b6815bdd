// SPDX-License-Identifier: GPL-3.0-or-later
/// Smoothness of a picture in CPU memory, row by row.
///
/// Three channels are too few for a library's convolutions: they took a seventh of a painting's time, these
/// loops take a fiftieth.
#pragma once

#include "smoothness.hpp"

namespace neural_style {

/// Defined as for smoothness(); `picture` and `gradient` are contiguous float32 on the CPU. The result does
/// not depend on the number of threads.
double smoothness_in_rows(const torch::Tensor& picture, const SmoothnessWeights& weights, bool wraps,
                          torch::Tensor* gradient, const OwnRows& own = {});

} // namespace neural_style
