// SPDX-License-Identifier: GPL-3.0-or-later
/// `neural-style styles`: lists the bundled paintings.
#pragma once

#include "arguments.hpp"
#include "exit_status.hpp"

namespace neural_style::cli {

ExitStatus list_styles(const ListArguments& arguments);

} // namespace neural_style::cli
