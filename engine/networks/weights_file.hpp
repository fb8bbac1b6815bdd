// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes a safetensors file, which Weights reads.
///
///     std::string bytes = safetensors({{"conv1_1.weight", w}}, {{"format", "neural-style-backbone/1"}},
///     torch::kFloat16);
#pragma once

#include <map>
#include <string>
#include <torch/types.h>

namespace neural_style {

/// Stores tensors of any floating type and device as `type` (float16, bfloat16, float32 or float64), ordered
/// by name: equal contents give equal files.
std::string safetensors(const std::map<std::string, torch::Tensor>& tensors,
                        const std::map<std::string, std::string>& metadata, torch::ScalarType type);

} // namespace neural_style
