// SPDX-License-Identifier: GPL-3.0-or-later
/// Pictures keep their samples, their names and their order.
#include "cmocka.hpp"
#include "picture.hpp"

#include <cmath>
#include <limits>

using namespace neural_style;
using namespace neural_style::protocol;

namespace {

Bytes bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return Bytes(bytes.begin(), bytes.end());
}

Picture pattern(Sample sample, int width, int height) {
    Picture picture{.sample = sample,
                    .width = width,
                    .height = height,
                    .bytes = Bytes(picture_bytes(sample, width, height))};
    std::uint32_t state = 1;
    for (std::byte& byte : picture.bytes)
        byte = std::byte((state = state * 1664525 + 1013904223) >> 24);
    return picture;
}

/// Test vectors of RFC 9923 (FNV), appendix C.
void the_hash_is_fnv_1a() {
    auto hash = [](std::string_view text) {
        ContentHash hash;
        hash.add(bytes_of(text));
        return hash.value();
    };
    CHECK(hash("") == 0xcbf29ce484222325);
    CHECK(hash("a") == 0xaf63dc4c8601ec8c);
    CHECK(hash("foobar") == 0x85944171f73967e8);
}

void a_name_tells_kind_size_and_content() {
    const Picture picture{.sample = Sample::u8, .width = 2, .height = 1, .bytes = bytes_of("foobar")};
    CHECK(picture_name(picture) == "u8-2x1x3-85944171f73967e8");
    const auto described = described_by("u8-2x1x3-85944171f73967e8");
    CHECK(described && described->sample == Sample::u8 && described->width == 2 && described->height == 1 &&
          described->channels == 3 && described->hash == 0x85944171f73967e8);
}

void a_mask_has_one_value_a_pixel_and_says_so_in_its_name() {
    const Picture mask{
        .sample = Sample::u8, .width = 2, .height = 3, .channels = 1, .bytes = bytes_of("foobar")};
    CHECK(picture_name(mask) == "u8-2x3x1-85944171f73967e8");
    CHECK(described_by(picture_name(mask))->channels == 1);
    CHECK(picture_bytes(Sample::u16, 2, 3, 1) == 12);
    PictureAssembly assembly;
    CHECK(assembly.add(chunk_at(mask, 0)));
    CHECK(assembly.complete() && assembly.take() == mask);
}

void what_is_no_name_is_not_read() {
    for (const char* text : {"",
                             "-",
                             "u8",
                             "u8-2x1",
                             "u8-2x1x3",
                             "u8-2x1x3-",
                             "u8-2x1-85944171f73967e8",
                             "u9-2x1x3-85944171f73967e8",
                             "u8-0x1x3-85944171f73967e8",
                             "u8-2x-1x3-85944171f73967e8",
                             "u8-02x1x3-85944171f73967e8",
                             "u8-2x1x3-85944171f73967e",
                             "u8-2x1x3-85944171F73967E8",
                             "u8-2x1x3-85944171f73967e8 ",
                             "u8-99999999999x1x3-85944171f73967e8",
                             "u8-20001x20000x3-85944171f73967e8",
                             "u8-+2x1x3-85944171f73967e8",
                             "x--",
                             "xx--",
                             "u8-2-1x3x85944171f73967e8",
                             "u8-2x1x0-85944171f73967e8",
                             "u8-2x1x2-85944171f73967e8",
                             "u8-2x1x4-85944171f73967e8",
                             "u8-2x1x03-85944171f73967e8",
                             "u8-2x1x3x3-85944171f73967e8"})
        CHECK(!described_by(text));
}

void integer_samples_come_back_exactly() {
    Bytes all;
    for (int value = 0; value < 65536; ++value) {
        all.push_back(std::byte(value & 255));
        all.push_back(std::byte(value >> 8));
    }
    CHECK(pack(unpack(all, Sample::u16), Sample::u16) == all);
    CHECK(pack(unpack(all, Sample::u8), Sample::u8) == all);
    CHECK(unpack(all, Sample::u16)[65535] == 1.0f);
}

void float_samples_come_back_exactly() {
    const std::vector<float> samples{0, -0.5f, 1.5f, 1e-40f, std::numeric_limits<float>::infinity(), 0.1f};
    CHECK(unpack(pack(samples, Sample::f32), Sample::f32) == samples);
    CHECK(pack(std::vector{1.0f}, Sample::f32) ==
          (Bytes{std::byte{0}, std::byte{0}, std::byte{0x80}, std::byte{0x3f}}));
}

void what_no_integer_can_hold_is_clamped() {
    const std::vector<float> samples{-1, 2, NAN, INFINITY, -INFINITY, 0.5f};
    const Bytes expected{std::byte{0},   std::byte{255}, std::byte{0},
                         std::byte{255}, std::byte{0},   std::byte{128}};
    CHECK(pack(samples, Sample::u8) == expected);
}

void chunks_make_the_picture_again() {
    // More than one chunk, but not a multiple.
    const Picture picture = pattern(Sample::u16, 700, 301);
    PictureAssembly assembly;
    std::size_t chunks = 0;
    for (std::uint64_t offset = 0; offset < picture.bytes.size(); offset += chunk_bytes, ++chunks) {
        CHECK(!assembly.complete());
        CHECK(assembly.add(chunk_at(picture, offset)));
    }
    CHECK(chunks == 2);
    CHECK(assembly.complete());
    ContentHash hash;
    hash.add(picture.bytes);
    CHECK(assembly.hash() == hash.value());
    CHECK(assembly.take() == picture);
    CHECK(!assembly.complete());
    CHECK(assembly.add(chunk_at(picture, 0)));
}

void chunks_out_of_order_are_refused() {
    const Picture picture = pattern(Sample::u8, 40, 10);
    auto piece = [&](std::uint64_t offset, std::size_t length) {
        Chunk chunk = chunk_at(picture, offset);
        chunk.bytes.resize(length);
        return chunk;
    };
    auto refused = [](const Result<void>& added) {
        return !added && added.error().code == ErrorCode::bad_message;
    };
    PictureAssembly assembly;
    CHECK(refused(assembly.add(piece(100, 100))));
    CHECK(assembly.add(piece(0, 100)));
    CHECK(refused(assembly.add(piece(0, 100))));
    CHECK(refused(assembly.add(piece(99, 100))));
    CHECK(refused(assembly.add(piece(101, 100))));
    CHECK(refused(assembly.add(piece(100, 1101))));
    CHECK(refused(assembly.add(piece(100, 0))));
    Chunk wider = piece(100, 100);
    wider.width = 41;
    CHECK(refused(assembly.add(wider)));
    Chunk deeper = piece(100, 100);
    deeper.sample = Sample::u16;
    CHECK(refused(assembly.add(deeper)));
    Chunk mask = piece(100, 100);
    mask.channels = 1;
    CHECK(refused(assembly.add(mask)));
    CHECK(assembly.bytes_arrived() == 100);
    CHECK(assembly.add(piece(100, 1100)));
    CHECK(assembly.complete());
    CHECK(refused(assembly.add(piece(1200, 1))));
}

void sizes_beyond_the_limit_are_refused() {
    CHECK(size_allowed(20000, 20000));
    CHECK(!size_allowed(20001, 20000));
    CHECK(!size_allowed(0, 5));
    CHECK(!size_allowed(5, -1));
    CHECK(!size_allowed(std::int64_t(1) << 40, 1));
    PictureAssembly assembly;
    CHECK(!assembly.add(
        {.sample = Sample::u8, .width = 20001, .height = 20000, .offset = 0, .bytes = Bytes(9)}));
    CHECK(!assembly.add(
        {.sample = Sample::u8, .width = 2, .height = 2, .channels = 2, .offset = 0, .bytes = Bytes(8)}));
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(the_hash_is_fnv_1a),
        TEST(a_name_tells_kind_size_and_content),
        TEST(a_mask_has_one_value_a_pixel_and_says_so_in_its_name),
        TEST(what_is_no_name_is_not_read),
        TEST(integer_samples_come_back_exactly),
        TEST(float_samples_come_back_exactly),
        TEST(what_no_integer_can_hold_is_clamped),
        TEST(chunks_make_the_picture_again),
        TEST(chunks_out_of_order_are_refused),
        TEST(sizes_beyond_the_limit_are_refused),
    });
}
