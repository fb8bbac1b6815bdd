// SPDX-License-Identifier: GPL-3.0-or-later
#include "amount.hpp"

#include <cstddef>

namespace neural_style {

Amount::Amount(const torch::Tensor& element) {
    if (element.is_cpu())
        value_ = element.item<double>();
    else
        there_ = element.reshape({}).to(torch::kFloat64);
}

Amount::operator double() const {
    return is_known() ? value_ : there_.item<double>();
}

torch::Tensor Amount::on(torch::Device device) const {
    if (!is_known())
        return there_;
    return torch::full({}, value_, torch::TensorOptions(device).dtype(torch::kFloat64));
}

Amount& Amount::operator+=(const Amount& other) {
    if (other.is_known() && is_known())
        value_ += other.value_;
    else if (other.is_known())
        there_ = there_ + other.value_;
    else
        there_ = is_known() ? other.there_ + value_ : there_ + other.there_;
    return *this;
}

Amount Amount::with(double value, double factor) const {
    if (is_known())
        return value;
    Amount result;
    result.there_ = there_ * factor;
    return result;
}

std::vector<double> read(std::span<const Amount> amounts) {
    std::vector<torch::Tensor> there;
    for (const auto& amount : amounts)
        if (!amount.is_known())
            there.push_back(amount.on(torch::kCPU));
    const auto here = there.empty() ? torch::Tensor() : torch::stack(there).to(torch::kCPU);
    std::vector<double> values;
    std::int64_t next = 0;
    for (const auto& amount : amounts)
        values.push_back(amount.is_known() ? double(amount) : here[next++].item<double>());
    return values;
}

} // namespace neural_style
