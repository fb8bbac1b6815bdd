// SPDX-License-Identifier: GPL-3.0-or-later
/// Measures durations.
///
///     double s = seconds([&] { feature_network.forward(picture, deepest, {}); });
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

template <typename Work>
double seconds(Work work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> values) {
    std::ranges::sort(values);
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Named pieces of work, in the order of measurement.
using Pieces = std::vector<std::pair<std::string, std::function<void()>>>;

/// The median of each in seconds, over `rounds` rounds of all pieces, so that a noisy machine affects them
/// alike. A first round is not counted: it fills caches and prepares kernels.
inline std::vector<std::pair<std::string, double>> medians(const Pieces& pieces, int rounds) {
    std::vector<std::vector<double>> times(pieces.size());
    for (int round = 0; round <= rounds; ++round)
        for (std::size_t i = 0; i < pieces.size(); ++i)
            if (const double took = seconds(pieces[i].second); round > 0)
                times[i].push_back(took);
    std::vector<std::pair<std::string, double>> result;
    for (std::size_t i = 0; i < pieces.size(); ++i)
        result.emplace_back(pieces[i].first, median(times[i]));
    return result;
}

} // namespace bench
