// SPDX-License-Identifier: GPL-3.0-or-later
#include "neighbors.hpp"

#include <algorithm>
#include <random>
#include <torch/types.h>

namespace neural_style {

namespace {

// Columns shorter than this have no direction.
constexpr double least_length = 1e-6;

torch::Tensor directions(const torch::Tensor& columns) {
    const auto centred = columns - columns.mean(0, true);
    return centred / centred.square().sum(1, true).sqrt().clamp_min(least_length);
}

} // namespace

torch::Tensor nearest_neighbors(const Seekers& seekers, const Sought& sought,
                                const Preferences& preferences) {
    const auto which = seekers.wanted.nonzero().squeeze(1).to(torch::kCPU);
    const auto result = torch::full({seekers.columns.size(0)}, -1, torch::kInt32);
    const auto positions = which.size(0), rows = sought.columns.size(0);
    if (positions == 0)
        return result;
    // -color |a - b|^2 = 2 color a b - color |b|^2 - a term that is the same for every row.
    const auto style = torch::cat({directions(sought.columns), sought.colors}, 1).t();
    const auto on_device = which.to(seekers.columns.device());
    const auto guide = torch::cat({directions(seekers.columns.index_select(0, on_device)),
                                   seekers.colors.index_select(0, on_device) * (2 * preferences.color)},
                                  1);
    auto against = (sought.colors.square().sum(1) * preferences.color).to(torch::kCPU).contiguous();
    const auto repeated = float(preferences.repeated * double(rows) / double(positions));

    // The row at each position of the style, and the inverse.
    std::vector<std::int32_t> row_at(std::size_t(sought.height) * std::size_t(sought.width), -1);
    const auto place = sought.position.to(torch::kCPU).contiguous();
    const auto* place_of = place.data_ptr<std::int64_t>();
    for (std::int64_t row = 0; row < rows; ++row)
        row_at[std::size_t(place_of[row])] = std::int32_t(row);

    auto* const found = result.data_ptr<std::int32_t>();
    auto* const bias = against.data_ptr<float>();
    const auto at_once = std::max<std::int64_t>(1, std::int64_t(most_compared / double(rows)));
    for (std::int64_t first = 0; first < positions; first += at_once) {
        const auto count = std::min(at_once, positions - first);
        const auto alike = torch::matmul(guide.narrow(0, first, count), style).to(torch::kCPU).contiguous();
        for (std::int64_t i = 0; i < count; ++i) {
            const auto* const here = alike.data_ptr<float>() + i * rows;
            const auto at = which.data_ptr<std::int64_t>()[first + i];
            float best = here[0] - bias[0];
            std::int64_t row = 0;
            for (std::int64_t j = 1; j < rows; ++j)
                if (const float value = here[j] - bias[j]; value > best) {
                    best = value;
                    row = j;
                }
            const auto go_on = [&](std::int64_t neighbor, int down, int across) {
                if (found[neighbor] < 0)
                    return;
                const auto y = place_of[found[neighbor]] / sought.width + down;
                const auto x = place_of[found[neighbor]] % sought.width + across;
                if (y >= sought.height || x >= sought.width)
                    return;
                const auto next = row_at[std::size_t(y * sought.width + x)];
                if (next < 0)
                    return;
                if (const float value = here[next] - bias[next] + float(preferences.adjacent); value > best) {
                    best = value;
                    row = next;
                }
            };
            if (at % seekers.width > 0)
                go_on(at - 1, 0, 1);
            if (at >= seekers.width)
                go_on(at - seekers.width, 1, 0);
            found[at] = std::int32_t(row);
            bias[row] += repeated;
        }
    }
    return result;
}

std::vector<std::int64_t> drawn(std::int64_t total, std::int64_t count, std::uint64_t seed) {
    // Selection sampling (Knuth, The Art of Computer Programming, section 3.4.2, algorithm S).
    std::mt19937_64 generator(seed);
    std::vector<std::int64_t> chosen;
    for (std::int64_t i = 0; i < total && std::int64_t(chosen.size()) < count; ++i)
        if (generator() % std::uint64_t(total - i) < std::uint64_t(count - std::int64_t(chosen.size())))
            chosen.push_back(i);
    return chosen;
}

} // namespace neural_style
