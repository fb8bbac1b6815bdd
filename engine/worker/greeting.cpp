// SPDX-License-Identifier: GPL-3.0-or-later
#include "greeting.hpp"

#include "codec.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <ranges>
#include <utility>

namespace neural_style::worker {

std::size_t shorten_to_fit(protocol::Hello& hello) {
    const auto trained = std::exchange(hello.trained_styles, {});
    const auto too_many = [&](std::size_t count) {
        hello.trained_styles.assign(trained.begin(), trained.begin() + std::ptrdiff_t(count));
        return !protocol::encode(hello);
    };
    const auto counts = std::views::iota(std::size_t(1), trained.size() + 1);
    const auto fitting =
        std::size_t(std::ranges::partition_point(counts, std::not_fn(too_many)) - counts.begin());
    hello.trained_styles.assign(trained.begin(), trained.begin() + std::ptrdiff_t(fitting));
    return trained.size() - fitting;
}

} // namespace neural_style::worker
