// SPDX-License-Identifier: GPL-3.0-or-later
#include "pending_losses.hpp"

namespace neural_style {

PendingLosses::PendingLosses(const Losses& losses) {
    for (std::size_t i = 0; i < terms; ++i) {
        weights[i] = losses.terms[i].weight;
        values[i] = losses.terms[i].value;
    }
}

void PendingLosses::add(LossTerm term, double weight, const Amount& value) {
    weights[std::size_t(term)] += weight;
    values[std::size_t(term)] += value;
}

Amount PendingLosses::total() const {
    Amount sum;
    for (const auto& value : values)
        sum += value;
    return sum;
}

Losses PendingLosses::known(std::span<const double> read) const {
    Losses losses;
    for (std::size_t i = 0; i < terms; ++i)
        losses.terms[i] = {.weight = weights[i], .value = read[i]};
    return losses;
}

} // namespace neural_style
