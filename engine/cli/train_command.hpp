// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style train`: makes feature networks, decoders and networks of one style.
#pragma once

#include "exit_status.hpp"
#include "train_arguments.hpp"

#include <stop_token>

namespace neural_style::cli {

/// GEGL must be initialised; it reads the photos.
ExitStatus train(TrainArguments arguments, const std::stop_token& stop);

} // namespace neural_style::cli
