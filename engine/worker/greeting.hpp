// SPDX-License-Identifier: GPL-3.0-or-later
/// The first message, shortened to fit the wire however many trained styles and networks there are.
///
///     const auto left_out = shorten_to_fit(hello);
///     outbox.post(hello);
#pragma once

#include "message.hpp"

#include <cstddef>

namespace neural_style::worker {

struct LeftOut {
    std::size_t trained_styles = 0, networks = 0;
};

/// Drops as few trained styles as necessary, from the end, then networks, but never the first. Returns how
/// many.
LeftOut shorten_to_fit(protocol::Hello& hello);

} // namespace neural_style::worker
