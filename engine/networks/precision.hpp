// SPDX-License-Identifier: GPL-3.0-or-later
/// The number type of the network's features.
///
///     auto type = chosen_type(settings.precision, network, device);
#pragma once

#include "feature_network.hpp"

#include <neural_style/settings.hpp>

#include <torch/types.h>

namespace neural_style {

/// The type for a precision on that device. `automatic` is bfloat16 on CPUs that have instructions for it and
/// where it wins a race of about 50 ms against float32; on other devices it is `fastest_type`. Errors:
/// Failure(invalid_request) for float16 on a CPU, where LibTorch has no fast convolutions for it.
torch::ScalarType chosen_type(Precision precision, const FeatureNetwork& network, torch::Device device);

} // namespace neural_style
