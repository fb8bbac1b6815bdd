// SPDX-License-Identifier: GPL-3.0-or-later
/// The number type of the network's features.
///
///     auto type = chosen_type(settings.precision, device);
#pragma once

#include <neural_style/settings.hpp>

#include <torch/types.h>

namespace neural_style {

/// The type for a precision on that device. `automatic` is bfloat16 on CPUs that are faster with it (AMD's
/// with AVX-512 bfloat16, all with AMX), float32 on others, `fastest_type` on other devices. Errors:
/// Failure(invalid_request) for float16 on a CPU, where LibTorch has no fast convolutions for it.
torch::ScalarType chosen_type(Precision precision, torch::Device device);

} // namespace neural_style
