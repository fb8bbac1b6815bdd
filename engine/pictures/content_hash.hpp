// SPDX-License-Identifier: GPL-3.0-or-later
/// Identifies a picture by its content, to cache what is known about it.
#pragma once

#include <cstdint>
#include <torch/types.h>

namespace neural_style {

/// Depends on the pixels in steps of 1/255, so that rounding differences between computers do not matter, and
/// on how much of each is seen, if that is defined.
std::uint64_t content_hash(const torch::Tensor& picture, const torch::Tensor& alpha = {});

} // namespace neural_style
