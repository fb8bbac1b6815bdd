// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample_depth.hpp"

#include <array>
#include <string_view>

namespace neural_style {

Sample sample_depth(const Babl* format) {
    // The perceptual curve (R~G~B~) of the sRGB space is the sRGB curve itself.
    constexpr std::array<std::string_view, 8> encoded_models{"R'G'B'", "R'G'B'A", "R~G~B~", "R~G~B~A",
                                                             "Y'",     "Y'A",     "Y~",     "Y~A"};
    if (babl_format_is_palette(format) || babl_format_get_space(format) != babl_space("sRGB"))
        return Sample::f32;
    const std::string_view model = babl_get_name(babl_format_get_model(format));
    bool encoded = false;
    for (const auto name : encoded_models)
        encoded = encoded || name == model;
    if (!encoded)
        return Sample::f32;
    const Babl* type = babl_format_get_type(format, 0);
    if (type == babl_type("u8"))
        return Sample::u8;
    if (type == babl_type("u16"))
        return Sample::u16;
    return Sample::f32;
}

} // namespace neural_style
