// SPDX-License-Identifier: GPL-3.0-or-later
/// Losses that may still be on their way from the device that computes them.
///
///     PendingLosses pending = …;
///     Losses losses = pending.known(read(pending.values));   // waits
#pragma once

#include "amount.hpp"

#include <neural_style/losses.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace neural_style {

struct PendingLosses {
    static constexpr std::size_t terms = names<LossTerm>.size();
    std::array<double, terms> weights{}; ///< in the order of the enum, as `values`
    std::array<Amount, terms> values{};

    PendingLosses() = default;
    /// Which are known.
    PendingLosses(const Losses& losses);

    void add(LossTerm term, double weight, const Amount& value);
    Amount total() const;
    /// Given what read() makes of the values.
    Losses known(std::span<const double> values) const;
};

} // namespace neural_style
