// SPDX-License-Identifier: GPL-3.0-or-later
#include "direct_samples.hpp"

#include "sample_depth.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

namespace neural_style {
namespace {

template <typename Sample>
constexpr float one = float(std::numeric_limits<Sample>::max());

template <typename Sample>
void expand(const std::byte* samples, std::size_t count, float* floats) {
    const auto* values = reinterpret_cast<const Sample*>(samples);
    for (std::size_t i = 0; i < count; ++i)
        floats[i] = float(values[i]) / one<Sample>;
}

template <typename Sample>
void round_all(const float* floats, std::size_t count, std::byte* samples) {
    auto* values = reinterpret_cast<Sample*>(samples);
    for (std::size_t i = 0; i < count; ++i) {
        const float value = floats[i] > 0 ? floats[i] : 0; // also for NaN
        values[i] = Sample(std::lrint((value < 1 ? value : 1) * one<Sample>));
    }
}

} // namespace

std::optional<DirectSamples> DirectSamples::of(const Babl* format) {
    const SampleDepth depth = sample_depth(format);
    const int colors = babl_format_get_n_components(format) - (babl_format_has_alpha(format) ? 1 : 0);
    if (depth == SampleDepth::f32 || colors != 3)
        return std::nullopt;
    return DirectSamples(depth == SampleDepth::u16);
}

void DirectSamples::to_floats(const std::byte* samples, std::size_t count, float* floats) const {
    wide_ ? expand<std::uint16_t>(samples, count, floats) : expand<std::uint8_t>(samples, count, floats);
}

void DirectSamples::from_floats(const float* floats, std::size_t count, std::byte* samples) const {
    wide_ ? round_all<std::uint16_t>(floats, count, samples)
          : round_all<std::uint8_t>(floats, count, samples);
}

} // namespace neural_style
