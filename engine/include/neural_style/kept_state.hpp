// SPDX-License-Identifier: GPL-3.0-or-later
/// Where what is painted so far is kept between two scales, so that a painting that was ended goes on.
///
///     if (auto kept = state.keep(7, numbers, pictures); !kept)
///         return report(kept.error());
///     auto recalled = state.recall(7, numbers, pictures); // by another process, days later
#pragma once

#include "neural_style/error.hpp"

#include <span>
#include <vector>

namespace neural_style {

class KeptState {
  public:
    virtual ~KeptState() = default;

    /// Whether this painting's state before that scale is there.
    virtual bool has(int scale) const = 0;
    /// Keeps it, instead of any before an earlier scale once `forget_before` is called. Errors: not_written.
    virtual Result<void> keep(int scale, std::span<const double> numbers,
                              const std::vector<std::span<float>>& pictures) = 0;
    /// The inverse, of which has() is true; there must be as many numbers and values as were kept. Errors:
    /// bad_picture.
    virtual Result<void> recall(int scale, std::span<double> numbers,
                                const std::vector<std::span<float>>& pictures) = 0;
    virtual void forget_before(int scale) = 0;
};

} // namespace neural_style
