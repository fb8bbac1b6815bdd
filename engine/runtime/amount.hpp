// SPDX-License-Identifier: GPL-3.0-or-later
/// A number that stays on the device that computes it until it is read: reading waits for that device.
///
///     Amount loss = 0.5 * Amount(differences.square().sum());
///     loss += other;                    // still there
///     if (double(loss) < best) …        // waits
///
/// On the CPU it is read at once, and all this is arithmetic of double.
#pragma once

#include <span>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class Amount {
  public:
    Amount(double value = 0) : value_(value) {}
    /// Of a tensor of one element.
    explicit Amount(const torch::Tensor& element);

    /// Waits where it is not known.
    operator double() const;
    bool is_known() const { return !there_.defined(); }
    /// As float64, where `device` is what computed it, or where it is known.
    torch::Tensor on(torch::Device device) const;

    Amount& operator+=(const Amount& other);
    friend Amount operator*(double factor, const Amount& amount) {
        return amount.with(factor * amount.value_, factor);
    }
    friend Amount operator/(const Amount& amount, double divisor) {
        return amount.with(amount.value_ / divisor, 1 / divisor);
    }

  private:
    Amount with(double value, double factor) const;

    double value_ = 0;
    torch::Tensor there_; // float64, no dimensions; undefined: `value_` is it
};

/// All of them, with one wait at the most; they have been computed on one device.
std::vector<double> read(std::span<const Amount> amounts);

} // namespace neural_style
