// SPDX-License-Identifier: GPL-3.0-or-later
/// The first message, made to fit the wire whatever stands in the folder of trained styles.
///
///     const std::size_t left_out = shorten_to_fit(hello);
///     outbox.post(hello);
#pragma once

#include "message.hpp"

#include <cstddef>

namespace neural_style::worker {

/// Leaves out as few trained styles as it takes, the last ones, and answers how many those are.
std::size_t shorten_to_fit(protocol::Hello& hello);

} // namespace neural_style::worker
