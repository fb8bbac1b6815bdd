// SPDX-License-Identifier: GPL-3.0-or-later
// All models and component types in one space, named by the first argument: babl's search for conversions
// slows down with the number of formats that a process has used.
#include "buffer_pixels.hpp"
#include "cmocka.hpp"
#include "hidden_colors.hpp"
#include "test_buffer.hpp"

using namespace neural_style;
using namespace tests;

namespace {

/// "sRGB" or another of babl's spaces, or "icc".
std::string space;

const std::array models{"RGB",     "R'G'B'",  "R~G~B~", "Y",   "Y'",  "Y~",      "RGBA",
                        "R'G'B'A", "R~G~B~A", "YA",     "Y'A", "Y~A", "RaGaBaA", "R'aG'aB'aA"};
const std::array types{"u8", "u16", "u32", "half", "float", "double"};

template <typename Visit>
void for_each_format(Visit visit) {
    for (const char* model : models)
        for (const char* type : types)
            visit(format_of(model, type, space), std::string(model) + " " + type + " in " + space);
}

/// Reads and writes back; throws the format's name and the first pixel that differs.
void check_echo(const Babl* format, const std::string& name) {
    const int width = 61, height = 150; // more than one band of rows, and of tiles
    Buffer source(format, width, height, -13, 7);
    source.set_bytes(random_bytes(format, std::size_t(width) * height));
    const auto pixels = read_pixels(source.gegl, source.extent());
    CHECK(pixels);
    Buffer target(format, width, height);
    CHECK(write_pixels(target.gegl, 0, 0, pixels->image, pixels->alpha, {source.gegl, -13, 7}));
    const auto before = source.bytes();
    const auto after = target.bytes();
    const std::size_t size = babl_format_get_bytes_per_pixel(format);
    const std::size_t alpha_size = size / babl_format_get_n_components(format);
    for (std::size_t i = 0; i < std::size_t(width) * height; ++i) {
        const bool visible = pixels->alpha.empty() || pixels->alpha[i] >= hidden_alpha;
        // For hidden pixels only alpha, the last component, has to be equal.
        const std::size_t first = visible ? 0 : size - alpha_size;
        if (std::memcmp(&before[i * size + first], &after[i * size + first], size - first) != 0)
            throw std::runtime_error(name + ": pixel " + std::to_string(i) + " changed");
    }
}

void an_unchanged_painting_is_exact_in_every_format() {
    for_each_format(check_echo);
}

/// GIMP's new layer has alpha even if the layer below has none.
void an_unchanged_painting_is_exact_on_a_layer_with_alpha() {
    for (const char* model : {"RGB", "R'G'B'", "R~G~B~", "Y", "Y'", "Y~"})
        for (const char* type : types) {
            const Babl* opaque = format_of(model, type, space);
            const Babl* with_alpha = format_of(std::string(model) + "A", type, space);
            Buffer source(opaque, 40, 40);
            source.set_bytes(random_bytes(opaque, 1600));
            const auto pixels = read_pixels(source.gegl, source.extent());
            Buffer target(with_alpha, 40, 40);
            CHECK(write_pixels(target.gegl, 0, 0, pixels->image, {}, {.buffer = source.gegl}));
            const auto before = source.bytes();
            const auto after = target.bytes();
            const std::size_t size = babl_format_get_bytes_per_pixel(opaque);
            const std::size_t target_size = babl_format_get_bytes_per_pixel(with_alpha);
            for (std::size_t i = 0; i < 1600; ++i)
                if (std::memcmp(&before[i * size], &after[i * target_size], size) != 0)
                    throw std::runtime_error(std::string(model) + " " + type + " in " + space +
                                             ": a component changed when alpha was added");
        }
}

} // namespace

int main(int argc, char** argv) {
    gegl_init(nullptr, nullptr);
    space = argc > 1 ? argv[1] : "sRGB";
    const int failed = tests::run_tests({
        TEST(an_unchanged_painting_is_exact_in_every_format),
        TEST(an_unchanged_painting_is_exact_on_a_layer_with_alpha),
    });
    gegl_exit();
    return failed;
}
