// SPDX-License-Identifier: GPL-3.0-or-later
#include "shot_shards.hpp"

#include <cstddef>

namespace neural_style::cli {

std::vector<Shot> shots_of(const std::vector<Shot>& shots, Shard shard) {
    std::vector<Shot> mine;
    for (const auto& shot : shots) {
        // Where its middle is.
        const std::size_t part = (shot.begin + shot.end) * std::size_t(shard.parts) / (2 * shots.back().end);
        if (part + 1 == std::size_t(shard.part))
            mine.push_back(shot);
    }
    return mine;
}

} // namespace neural_style::cli
