// SPDX-License-Identifier: GPL-3.0-or-later
/// The number type of the network's features.
///
///     auto type = chosen_type(settings.precision, device);
#pragma once

#include "feature_network.hpp"

#include <neural_style/settings.hpp>

#include <torch/types.h>

namespace neural_style {

/// The type for a precision on that device. `automatic` is bfloat16 on CPUs that have instructions for it, on
/// other devices `fastest_type`. Errors: Failure(invalid_request) for float16 on a CPU, where LibTorch has no
/// fast convolutions for it.
torch::ScalarType chosen_type(Precision precision, torch::Device device);

/// On the CPU, for a network that others have made: the same unless float32 is clearly faster in a race, as
/// with layers for which oneDNN has no kernel in bfloat16. Takes up to half a second.
torch::ScalarType faster_type(const FeatureNetwork& network);

} // namespace neural_style
