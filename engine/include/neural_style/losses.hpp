// SPDX-License-Identifier: GPL-3.0-or-later
/// What an optimisation minimises: the sum of a few named terms. Progress, the wire and the table of losses
/// iterate over the list; a new loss gets its name here.
///
///     Losses losses;
///     losses[LossTerm::style] = {.weight = 10, .value = 2.5};
///     show(losses.total());
#pragma once

#include "neural_style/settings.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace neural_style {

/// In the order in which they are listed.
enum class LossTerm {
    content,
    style,     ///< for dreams: minus the activity of their layers
    tv,        ///< total variation, and the term against weave
    neighbors, ///< distances from the style's matched features
    motion,    ///< distances from the moved painting of a film's earlier frames
};
template <>
inline constexpr std::array<std::string_view, 5> names<LossTerm>{"content", "style", "tv", "neighbors",
                                                                 "motion"};

struct Loss {
    double weight = 0; ///< 0: not used
    double value = 0;  ///< contribution to the sum, weight included; NaN if it could not be computed

    bool operator==(const Loss&) const = default;
};

struct Losses {
    std::array<Loss, names<LossTerm>.size()> terms{}; ///< in the order of the enum

    Loss& operator[](LossTerm term) { return terms[std::size_t(term)]; }
    const Loss& operator[](LossTerm term) const { return terms[std::size_t(term)]; }
    double total() const {
        double sum = 0;
        for (const auto& term : terms)
            sum += term.value;
        return sum;
    }
    /// Calls `visit(name, loss)` for each term.
    template <typename Visit>
    void each(Visit visit) const {
        for (std::size_t i = 0; i < terms.size(); ++i)
            visit(names<LossTerm>[i], terms[i]);
    }
    bool operator==(const Losses&) const = default;
};

} // namespace neural_style
