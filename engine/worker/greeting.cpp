// SPDX-License-Identifier: GPL-3.0-or-later
#include "greeting.hpp"

#include "codec.hpp"

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <vector>

namespace neural_style::worker {

namespace {

/// Cuts a list of the greeting, which keeps at least the first `least`; returns how many are left out.
template <typename Element>
std::size_t shorten(std::vector<Element>& list, std::size_t least, const protocol::Hello& hello) {
    const auto all = list;
    const auto fits = [&](std::size_t count) {
        list.assign(all.begin(), all.begin() + std::ptrdiff_t(count));
        return protocol::encode(hello).has_value();
    };
    const auto counts = std::views::iota(std::min(least, all.size()) + 1, all.size() + 1);
    const auto fitting = std::min(least, all.size()) +
                         std::size_t(std::ranges::partition_point(counts, fits) - counts.begin());
    list.assign(all.begin(), all.begin() + std::ptrdiff_t(fitting));
    return all.size() - fitting;
}

} // namespace

LeftOut shorten_to_fit(protocol::Hello& hello) {
    const std::size_t trained_styles = shorten(hello.trained_styles, 0, hello);
    return {.trained_styles = trained_styles, .networks = shorten(hello.networks, 1, hello)};
}

} // namespace neural_style::worker
