// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style train`: makes feature networks, decoders and networks of one style.
#pragma once

#include "exit_status.hpp"
#include "train_arguments.hpp"

#include <filesystem>
#include <stop_token>

namespace neural_style::cli {

/// Where it is told what came of training a network.
std::filesystem::path report_of(const std::filesystem::path& network);

/// GEGL must be initialised; it reads the photos.
ExitStatus train(TrainArguments arguments, const std::stop_token& stop);

} // namespace neural_style::cli
