// SPDX-License-Identifier: GPL-3.0-or-later
/// Processes that paint one picture together, each a strip of its rows.
///
///     double sum = own;
///     ranks.sum({&sum, 1});                                  // the same bits for everyone
///     ranks.exchange(last_rows, ranks.rank() + 1, rows_above, ranks.rank() - 1);
///
/// All of them make the same calls in the same order, and each call waits for the others.
#pragma once

#include <span>

namespace neural_style {

class Ranks {
  public:
    virtual ~Ranks() = default;

    virtual int rank() const = 0; ///< 0..count() - 1
    virtual int count() const = 0;
    virtual int count_here() const = 0; ///< of those on this computer, with this one
    /// Adds up everybody's values, as many each, and gives the sums to all. Errors: an exception with a
    /// sentence for people if one of them does not answer; likewise below.
    virtual void sum(std::span<double> values) = 0;
    /// Sends to the rank `to` while it receives from the rank `from`; one that is out of range is nobody, and
    /// nothing goes there or comes from there.
    virtual void exchange(std::span<const float> sent, int to, std::span<float> received, int from) = 0;

    /// Gives rank 0's values to all others, which leave their cores to it as long as they wait.
    void hand_out(std::span<float> values) {
        if (rank() > 0)
            return exchange({}, -1, values, 0);
        for (int other = 1; other < count(); ++other)
            exchange(values, other, {}, -1);
    }
};

} // namespace neural_style
