// SPDX-License-Identifier: GPL-3.0-or-later
#include "buffer_pixels.hpp"
#include "cmocka.hpp"
#include "hidden_colors.hpp"
#include "sample_depth.hpp"
#include "test_buffer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <new>
#include <random>

using namespace neural_style;
using namespace tests;

namespace {

/// Bytes currently held by C++ code, and their maximum since `watch_memory`.
std::size_t bytes_held = 0;
std::size_t bytes_peak = 0;

void watch_memory() {
    bytes_peak = bytes_held;
}

} // namespace

// Every allocation is preceded by its size, to track the peak.
void* operator new(std::size_t size) {
    auto* block = static_cast<std::size_t*>(std::malloc(size + alignof(std::max_align_t)));
    if (!block)
        throw std::bad_alloc();
    *block = size;
    bytes_held += size;
    bytes_peak = std::max(bytes_peak, bytes_held);
    return reinterpret_cast<std::byte*>(block) + alignof(std::max_align_t);
}

void operator delete(void* pointer) noexcept {
    if (!pointer)
        return;
    auto* block =
        reinterpret_cast<std::size_t*>(static_cast<std::byte*>(pointer) - alignof(std::max_align_t));
    bytes_held -= *block;
    std::free(block);
}

void operator delete(void* pointer, std::size_t) noexcept {
    operator delete(pointer);
}

namespace {

/// Newly painted pixels have no source to fall back on.
void integers_up_to_16_bits_survive_without_a_source() {
    for (const char* space : {"sRGB", "Rec2020"})
        for (const char* model : {"RGB", "R'G'B'", "R~G~B~", "Y", "Y'", "RGBA", "R'G'B'A"})
            for (const char* type : {"u8", "u16"}) {
                const Babl* format = format_of(model, type, space);
                Buffer source(format, 64, 64);
                source.set_bytes(random_bytes(format, 4096));
                const auto pixels = read_pixels(source.gegl, source.extent());
                Buffer target(format, 64, 64);
                CHECK(write_pixels(target.gegl, 0, 0, pixels->image, pixels->alpha));
                const auto before = source.bytes();
                const auto after = target.bytes();
                const std::size_t size = babl_format_get_bytes_per_pixel(format);
                for (std::size_t i = 0; i < 4096; ++i)
                    if (pixels->alpha.empty() || pixels->alpha[i] >= hidden_alpha)
                        CHECK(std::memcmp(&before[i * size], &after[i * size], size) == 0);
            }
}

void srgb_floats_are_read_bit_by_bit() {
    const Babl* format = babl_format("R'G'B'A float");
    Buffer source(format, 3, 1);
    const std::vector<float> samples{-0.25f, 0.1f, 1.75f, 1.0f, 0.2f, 0.3f,
                                     0.4f,   0.5f, 12.0f, 0.0f, 1.0f, 0.01f};
    const GeglRectangle area = source.extent();
    gegl_buffer_set(source.gegl, &area, 0, format, samples.data(), GEGL_AUTO_ROWSTRIDE);
    const auto pixels = read_pixels(source.gegl, area);
    for (int i = 0; i < 3; ++i) {
        for (int c = 0; c < 3; ++c)
            CHECK(pixels->image.span()[i * 3 + c] == samples[i * 4 + c]);
        CHECK(pixels->alpha[i] == samples[i * 4 + 3]);
    }
}

void known_colours_arrive_as_srgb() {
    // Adobe RGB (1998) 0.4196, 0, 0.4902 is sRGB 0.4924, 0, 0.5036.
    Buffer adobe(babl_format_with_space("R'G'B' float", babl_space("Adobish")), 1, 1);
    const std::array<float, 3> color{0.4196f, 0.0f, 0.4902f};
    const GeglRectangle area = adobe.extent();
    gegl_buffer_set(adobe.gegl, &area, 0, nullptr, color.data(), GEGL_AUTO_ROWSTRIDE);
    const auto pixels = read_pixels(adobe.gegl, area);
    CHECK_NEAR(pixels->image.pixel(0, 0)[0], 0.4924, 2e-3);
    CHECK_NEAR(pixels->image.pixel(0, 0)[2], 0.5036, 2e-3);
    // Linear 0.5 is 0.7354 with the sRGB curve (IEC 61966-2-1).
    Buffer linear(babl_format("Y float"), 1, 1);
    const float half = 0.5f;
    gegl_buffer_set(linear.gegl, &area, 0, nullptr, &half, GEGL_AUTO_ROWSTRIDE);
    const auto bright = read_pixels(linear.gegl, area);
    for (const float sample : bright->image.span())
        CHECK_NEAR(sample, 0.735357, 1e-5);
}

void values_that_the_format_cannot_hold_are_clamped() {
    Image painting(2, 1);
    const std::array samples{-1.0f, 2.0f, 0.5f, 1.5f, -0.1f, 1.0f};
    std::ranges::copy(samples, painting.data());
    Buffer target(babl_format("R'G'B' u8"), 2, 1);
    CHECK(write_pixels(target.gegl, 0, 0, painting));
    const std::array<unsigned, 6> expected{0, 255, 128, 255, 0, 255};
    const auto bytes = target.bytes();
    for (std::size_t i = 0; i < 6; ++i)
        CHECK(std::to_integer<unsigned>(bytes[i]) == expected[i]);
}

void changed_pixels_are_the_paintings_and_keep_the_sources_alpha() {
    const Babl* format = babl_format("RGBA double");
    Buffer source(format, 4, 1);
    const double alpha = 0.1234567890123456; // more digits than a float has
    std::vector<double> samples;
    for (int i = 0; i < 4; ++i)
        samples.insert(samples.end(), {0.3333333333333333, 0.1, 0.2, alpha});
    const GeglRectangle area = source.extent();
    gegl_buffer_set(source.gegl, &area, 0, format, samples.data(), GEGL_AUTO_ROWSTRIDE);
    auto pixels = read_pixels(source.gegl, area);
    pixels->image.pixel(2, 0)[0] = 1.0f;
    Buffer target(format, 4, 1);
    CHECK(write_pixels(target.gegl, 0, 0, pixels->image, pixels->alpha, {.buffer = source.gegl}));
    std::array<double, 16> written{};
    gegl_buffer_get(target.gegl, &area, 1.0, format, written.data(), GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
    CHECK(written[0] == 0.3333333333333333);
    CHECK_NEAR(written[8], 1.0, 1e-6);
    for (int i = 0; i < 4; ++i)
        CHECK(written[i * 4 + 3] == alpha);
}

void hidden_red_does_not_bleed_into_what_is_read() {
    const Babl* format = babl_format("R'G'B'A u8");
    Buffer source(format, 100, 100);
    std::vector<std::byte> bytes(40000);
    for (int i = 0; i < 10000; ++i) {
        const bool visible = i % 100 < 30;
        const std::array<int, 4> color = visible ? std::array{0, 0, 255, 255} : std::array{255, 0, 0, 0};
        for (int c = 0; c < 4; ++c)
            bytes[i * 4 + c] = std::byte(color[c]);
    }
    source.set_bytes(bytes);
    const auto pixels = read_pixels(source.gegl, source.extent());
    for (int i = 0; i < 10000; ++i)
        CHECK_NEAR(pixels->image.span()[i * 3], 0.0, 1e-6);
    CHECK(pixels->alpha[10] == 1.0f);
    CHECK(pixels->alpha[99] == 0.0f);
}

void a_part_is_read_and_written_where_it_belongs() {
    const Babl* format = babl_format("R'G'B' u8");
    Buffer source(format, 20, 10, 100, 200);
    source.set_bytes(random_bytes(format, 200));
    const auto part = read_pixels(source.gegl, {105, 203, 4, 2});
    Buffer target(format, 20, 10, 100, 200);
    CHECK(write_pixels(target.gegl, 105, 203, part->image, {}, {source.gegl, 105, 203}));
    const auto before = source.bytes();
    const auto after = target.bytes();
    for (int y = 0; y < 10; ++y)
        for (int x = 0; x < 20; ++x)
            for (int c = 0; c < 3; ++c) {
                const bool inside = x >= 5 && x < 9 && y >= 3 && y < 5;
                const std::size_t i = (std::size_t(y) * 20 + x) * 3 + c;
                CHECK(after[i] == (inside ? before[i] : std::byte{0}));
            }
}

void sizes_that_do_not_fit_are_refused() {
    Buffer buffer(babl_format("R'G'B'A u8"), 4, 4);
    CHECK(read_pixels(buffer.gegl, {0, 0, 0, 4}).error().code == ErrorCode::invalid_request);
    const Image painting(4, 4);
    const std::vector<float> alpha(3);
    CHECK(write_pixels(buffer.gegl, 0, 0, painting, alpha).error().code == ErrorCode::invalid_request);
    CHECK(write_pixels(buffer.gegl, 0, 0, ImageView{}).error().code == ErrorCode::invalid_request);
}

/// Samples in a layer's own type are bit-identical to those converted from floats.
void samples_are_those_that_floats_would_have_become() {
    const GeglRectangle area{0, 0, 61, 47};
    for (const char* space : {"sRGB", "Adobish"})
        for (const char* model :
             {"RGB", "R'G'B'", "R~G~B~", "Y", "Y'", "RGBA", "R'G'B'A", "R~G~B~A", "Y'A", "YA"})
            for (const char* type : {"u8", "u16", "float"}) {
                Buffer source(format_of(model, type, space), area.width, area.height);
                source.set_bytes(random_bytes(source.format(), std::size_t(area.width) * area.height));
                const auto floats = read_pixels(source.gegl, area);
                const auto samples = read_samples(source.gegl, area);
                CHECK(floats && samples);
                CHECK(samples->image.sample == sample_depth(source.format()));
                CHECK(samples->image.bytes == pack(floats->image.span(), samples->image.sample));
                CHECK(samples->alpha.bytes == pack(floats->alpha, samples->image.sample));
                // And they are written back as a painting of floats would be.
                const Image painting = unpacked(samples->image);
                Buffer target(source.format(), area.width, area.height);
                CHECK(
                    write_pixels(target.gegl, 0, 0, samples->image, samples->alpha, {.buffer = source.gegl}));
                Buffer by_floats(source.format(), area.width, area.height);
                CHECK(write_pixels(by_floats.gegl, 0, 0, painting, floats->alpha, {.buffer = source.gegl}));
                CHECK(target.bytes() == by_floats.bytes());
                // Without a source, too.
                CHECK(write_samples(target.gegl, 0, 0, samples->image, samples->alpha));
                CHECK(write_pixels(by_floats.gegl, 0, 0, painting, floats->alpha));
                CHECK(target.bytes() == by_floats.bytes());
            }
}

void a_layer_of_8_bits_costs_its_own_bytes_and_no_floats() {
    const std::size_t megabyte = 1 << 20, pixels = 6000 * 4000;
    Buffer source(babl_format("R'G'B' u8"), 6000, 4000);
    watch_memory();
    const std::size_t at_start = bytes_held;
    const auto photo = read_samples(source.gegl, source.extent());
    CHECK(photo);
    CHECK(bytes_peak - at_start <= pixels * 3 + 16 * megabyte);
    watch_memory();
    const std::size_t before_writing = bytes_held;
    Buffer target(babl_format("R'G'B' u8"), 6000, 4000);
    CHECK(write_pixels(target.gegl, 0, 0, photo->image, photo->alpha, {.buffer = source.gegl}));
    CHECK(bytes_peak - before_writing <= 48 * megabyte);
}

/// 6000 x 4000 pixels with alpha, half of them hidden: the worst case.
void a_24_megapixel_layer_takes_no_more_than_promised() {
    const std::size_t megabyte = 1 << 20;
    const std::size_t pixels_count = 6000 * 4000;
    Buffer source(babl_format("R'G'B'A u8"), 6000, 4000);
    const GeglRectangle left{0, 0, 3000, 4000};
    GeglColor* color = gegl_color_new("rgb(0.2,0.4,0.6)");
    gegl_buffer_set_color(source.gegl, &left, color);
    g_object_unref(color);

    watch_memory();
    const std::size_t at_start = bytes_held;
    const gint64 start = g_get_monotonic_time();
    const auto pixels = read_pixels(source.gegl, source.extent());
    const gint64 read = g_get_monotonic_time();
    CHECK(pixels);
    CHECK(bytes_held - at_start <= pixels_count * 16 + megabyte);
    CHECK(bytes_peak - at_start <= std::size_t(double(pixels_count) * (16 + 5.4)) + 16 * megabyte);

    watch_memory();
    const std::size_t before_writing = bytes_held;
    Buffer target(babl_format("R'G'B'A u8"), 6000, 4000);
    CHECK(write_pixels(target.gegl, 0, 0, pixels->image, pixels->alpha, {.buffer = source.gegl}));
    CHECK(bytes_peak - before_writing <= 40 * megabyte);
    std::cerr << "24 megapixels: read in " << double(read - start) / 1e6 << " s, written in "
              << double(g_get_monotonic_time() - read) / 1e6 << " s\n";
}

} // namespace

int main(int argc, char** argv) {
    gegl_init(&argc, &argv);
    const int failed = tests::run_tests({
        TEST(integers_up_to_16_bits_survive_without_a_source),
        TEST(srgb_floats_are_read_bit_by_bit),
        TEST(known_colours_arrive_as_srgb),
        TEST(values_that_the_format_cannot_hold_are_clamped),
        TEST(samples_are_those_that_floats_would_have_become),
        TEST(a_layer_of_8_bits_costs_its_own_bytes_and_no_floats),
        TEST(changed_pixels_are_the_paintings_and_keep_the_sources_alpha),
        TEST(hidden_red_does_not_bleed_into_what_is_read),
        TEST(a_part_is_read_and_written_where_it_belongs),
        TEST(sizes_that_do_not_fit_are_refused),
        TEST(a_24_megapixel_layer_takes_no_more_than_promised),
    });
    gegl_exit();
    return failed;
}
