// SPDX-License-Identifier: GPL-3.0-or-later
/// A picture's name by what it shows, under which what is known of it is kept.
#pragma once

#include <cstdint>
#include <torch/types.h>

namespace neural_style {

/// Tells pictures apart by their pixels, in steps of 1/255, so that rounding on another computer does not
/// count.
std::uint64_t content_hash(const torch::Tensor& picture);

} // namespace neural_style
