// SPDX-License-Identifier: GPL-3.0-or-later
/// The first message, shortened to fit the wire however many trained styles there are.
///
///     const std::size_t left_out = shorten_to_fit(hello);
///     outbox.post(hello);
#pragma once

#include "message.hpp"

#include <cstddef>

namespace neural_style::worker {

/// Drops as few trained styles as necessary, from the end, and returns their number.
std::size_t shorten_to_fit(protocol::Hello& hello);

} // namespace neural_style::worker
