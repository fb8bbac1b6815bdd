// SPDX-License-Identifier: GPL-3.0-or-later
/// A capture on NVIDIA's cards. Only where LibTorch has CUDA and CUDA's headers are there, which the build
/// tells by NEURAL_STYLE_CUDA_GRAPHS.
///
///     std::unique_ptr<Capture> graph = new_cuda_graph();
#pragma once

#include "capture.hpp"

#include <memory>

namespace neural_style {

std::unique_ptr<Capture> new_cuda_graph();

} // namespace neural_style
