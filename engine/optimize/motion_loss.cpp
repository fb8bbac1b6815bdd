// SPDX-License-Identifier: GPL-3.0-or-later
#include "motion_loss.hpp"

namespace neural_style {

Amount MotionLoss::evaluate(const torch::Tensor& picture, bool, torch::Tensor* gradient) const {
    const double weight = measure_ == Measure::sums ? weight_ : weight_ / double(picture.numel());
    auto differences = picture - moved_;
    const auto trusted = differences * trusted_;
    const auto loss = weight * Amount(differences.mul_(trusted).sum(torch::kFloat64));
    if (gradient)
        gradient->add_(trusted, 2 * weight);
    return loss;
}

} // namespace neural_style
