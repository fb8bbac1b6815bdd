// SPDX-License-Identifier: GPL-3.0-or-later
/// GeglBuffers of any format filled with known bytes, for the tests of pixels.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <gegl.h>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace tests {

/// Owns a buffer.
struct Buffer {
    GeglBuffer* gegl;

    Buffer(const Babl* format, int width, int height, int x = 0, int y = 0)
        : Buffer(format, GeglRectangle{x, y, width, height}) {}
    Buffer(const Babl* format, GeglRectangle extent) : gegl(gegl_buffer_new(&extent, format)) {}
    Buffer(const Buffer&) = delete;
    ~Buffer() { g_object_unref(gegl); }

    GeglRectangle extent() const { return *gegl_buffer_get_extent(gegl); }
    const Babl* format() const { return gegl_buffer_get_format(gegl); }

    std::vector<std::byte> bytes() const {
        const GeglRectangle area = extent();
        std::vector<std::byte> bytes(std::size_t(area.width) * area.height *
                                     babl_format_get_bytes_per_pixel(format()));
        gegl_buffer_get(gegl, &area, 1.0, nullptr, bytes.data(), GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
        return bytes;
    }
    void set_bytes(const std::vector<std::byte>& bytes) {
        const GeglRectangle area = extent();
        gegl_buffer_set(gegl, &area, 0, nullptr, bytes.data(), GEGL_AUTO_ROWSTRIDE);
    }
};

/// As from an embedded profile: three primaries and a gamma of 1.8.
inline const Babl* icc_space() {
    int length = 0;
    const char* profile = babl_space_get_icc(babl_space("Apple"), &length);
    const char* error = nullptr;
    const Babl* space = babl_space_from_icc(profile, length, BABL_ICC_INTENT_RELATIVE_COLORIMETRIC, &error);
    return space ? space : throw std::runtime_error("no space from the profile");
}

inline const Babl* format_of(const std::string& model, const std::string& type, const std::string& space) {
    return babl_format_with_space((model + " " + type).c_str(),
                                  space == "icc" ? icc_space() : babl_space(space.c_str()));
}

template <typename Sample>
void store(std::vector<std::byte>& bytes, std::size_t index, Sample sample) {
    std::memcpy(bytes.data() + index * sizeof sample, &sample, sizeof sample);
}

/// Any value that the type can hold, floats from -0.5 to 2; alpha 0, faint, half and full.
inline std::vector<std::byte> random_bytes(const Babl* format, std::size_t pixels) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> unit(0, 1);
    std::uniform_real_distribution<double> wide(-0.5, 2);
    const std::string type = babl_get_name(babl_format_get_type(format, 0));
    const bool alpha = babl_format_has_alpha(format);
    const std::size_t channels = babl_format_get_n_components(format);
    std::vector<std::byte> bytes(pixels * babl_format_get_bytes_per_pixel(format));
    for (std::size_t i = 0; i < pixels * channels; ++i) {
        const bool whole = type.starts_with("u");
        double value = whole || i % 5 ? unit(random) : wide(random);
        if (alpha && i % channels == channels - 1)
            value = std::array{0.0, 1.0, 1.0, 1.0 / 255, 0.5, unit(random)}[random() % 6];
        if (type == "u8")
            store(bytes, i, std::uint8_t(std::lround(value * 255)));
        else if (type == "u16")
            store(bytes, i, std::uint16_t(std::lround(value * 65535)));
        else if (type == "u32")
            store(bytes, i, std::uint32_t(std::llround(value * 4294967295.0)));
        else if (type == "half")
            store(bytes, i, _Float16(value));
        else if (type == "float")
            store(bytes, i, float(value));
        else
            store(bytes, i, value);
    }
    return bytes;
}

} // namespace tests
