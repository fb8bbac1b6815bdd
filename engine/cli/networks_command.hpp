// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style networks`: keeps networks that others have trained, for --network.
#pragma once

#include "exit_status.hpp"
#include "networks_arguments.hpp"

namespace neural_style::cli {

ExitStatus manage_networks(NetworksArguments arguments);

} // namespace neural_style::cli
