// SPDX-License-Identifier: GPL-3.0-or-later
#include "direct_samples.hpp"

#include "sample_depth.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

namespace neural_style {
namespace {

template <typename Value>
void round_all(const float* floats, std::size_t count, std::byte* samples) {
    constexpr float one = float(std::numeric_limits<Value>::max());
    auto* values = reinterpret_cast<Value*>(samples);
    for (std::size_t i = 0; i < count; ++i) {
        const float value = floats[i] > 0 ? floats[i] : 0; // NaN too
        values[i] = Value(std::lrint((value < 1 ? value : 1) * one));
    }
}

} // namespace

std::optional<DirectSamples> DirectSamples::of(const Babl* format) {
    const Sample sample = sample_depth(format);
    const int colors = babl_format_get_n_components(format) - (babl_format_has_alpha(format) ? 1 : 0);
    if (sample == Sample::f32 || colors != 3)
        return std::nullopt;
    return DirectSamples(sample);
}

void DirectSamples::to_floats(const std::byte* samples, std::size_t count, float* floats) const {
    unpack(samples, sample_, count, floats);
}

void DirectSamples::from_floats(const float* floats, std::size_t count, std::byte* samples) const {
    sample_ == Sample::u16 ? round_all<std::uint16_t>(floats, count, samples)
                           : round_all<std::uint8_t>(floats, count, samples);
}

} // namespace neural_style
