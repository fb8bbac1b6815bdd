// SPDX-License-Identifier: GPL-3.0-or-later
#include "buffer_pixels.hpp"
#include "cmocka.hpp"
#include "image_file.hpp"
#include "picture_encoders.hpp"
#include "test_buffer.hpp"
#include "test_folder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <exiv2/exiv2.hpp>
#include <fcntl.h>
#include <unistd.h>

using namespace neural_style;
using namespace neural_style::cli;
using namespace tests;

namespace {

struct StoredPhoto {
    Picture picture;
    BufferPixels pixels;
    std::filesystem::path path;
};

/// A photo in memory, as if loaded from `path`, which need not exist.
StoredPhoto photo_of(const Babl* format, std::filesystem::path path, int width = 40, int height = 30) {
    const GeglRectangle extent{0, 0, width, height};
    StoredPhoto photo{{.buffer = GObjectPointer<GeglBuffer>(gegl_buffer_new(&extent, format))}, {}, path};
    const auto bytes = random_bytes(format, std::size_t(width) * height);
    gegl_buffer_set(photo.picture.buffer.get(), &extent, 0, nullptr, bytes.data(), GEGL_AUTO_ROWSTRIDE);
    photo.pixels = *read_pixels(photo.picture.buffer.get(), extent);
    return photo;
}

/// Writes the photo's own pixels as the painting.
Result<std::vector<std::string>> save(const StoredPhoto& photo, const std::filesystem::path& path) {
    return save_painting(
        {.path = path, .painting = photo.pixels.image, .alpha = photo.pixels.alpha, .photo = photo.picture});
}

std::vector<std::byte> bytes_in(GeglBuffer* buffer, const Babl* format) {
    const GeglRectangle extent = *gegl_buffer_get_extent(buffer);
    std::vector<std::byte> bytes(std::size_t(extent.width) * extent.height *
                                 babl_format_get_bytes_per_pixel(format));
    gegl_buffer_get(buffer, &extent, 1.0, format, bytes.data(), GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
    return bytes;
}

std::vector<float> srgb_in(GeglBuffer* buffer) {
    const auto bytes = bytes_in(buffer, babl_format("R'G'B'A float"));
    std::vector<float> samples(bytes.size() / sizeof(float));
    std::memcpy(samples.data(), bytes.data(), bytes.size());
    return samples;
}

bool files_in(const std::filesystem::path& folder) {
    return !std::filesystem::is_empty(folder);
}

std::string type_of(const Babl* format) {
    return babl_get_name(babl_format_get_type(format, 0));
}

void a_file_is_as_deep_as_the_photo_where_it_can_be() {
    const auto type = [](PictureKind kind, const char* photo) {
        return type_of(format_for(kind, babl_format(photo)));
    };
    CHECK(type(PictureKind::png, "R'G'B' u8") == "u8");
    CHECK(type(PictureKind::png, "R'G'B' u16") == "u16");
    CHECK(type(PictureKind::png, "RGBA float") == "u16");
    CHECK(type(PictureKind::jpeg, "R'G'B' u16") == "u8");
    CHECK(type(PictureKind::webp, "R'G'B' u16") == "u8");
    CHECK(type(PictureKind::tiff, "R'G'B' u16") == "u16");
    CHECK(type(PictureKind::tiff, "RGB float") == "float");
    CHECK(type(PictureKind::jpeg_xl, "R'G'B' u8") == "u8");
    CHECK(type(PictureKind::jpeg_xl, "R'G'B' u16") == "u16");
    CHECK(type(PictureKind::jpeg_xl, "RGB float") == "float");
    CHECK(type(PictureKind::avif, "R'G'B' u8") == "u8");
    CHECK(type(PictureKind::avif, "RGB float") == "u16");
    CHECK(type(PictureKind::exr, "R'G'B' u8") == "float");
}

void a_grey_or_cmyk_photo_becomes_a_coloured_painting() {
    for (const char* photo : {"Y' u8", "YA float", "cmyk u8"}) {
        const Babl* format = format_for(PictureKind::png, babl_format(photo));
        CHECK(babl_format_get_space(format) == babl_space("sRGB"));
        CHECK(babl_format_get_n_components(format) >= 3);
    }
}

void what_is_unchanged_is_written_to_the_last_bit() {
    const Folder folder;
    for (const char* name : {"R'G'B' u8", "R'G'B'A u8", "R'G'B' u16", "R'G'B'A u16"})
        for (const char* space : {"sRGB", "Adobish"})
            for (const char* kind : {"png", "tiff"}) {
                const Babl* format = babl_format_with_space(name, babl_space(space));
                const StoredPhoto photo = photo_of(format, folder.path / "none.tiff");
                const auto path = folder.path / (std::string("out.") + kind);
                const auto notes = save(photo, path);
                CHECK(notes && notes->empty());
                const auto loaded = load_picture(path);
                CHECK(loaded);
                const Babl* loaded_format = gegl_buffer_get_format(loaded->buffer.get());
                CHECK(type_of(loaded_format) == type_of(format));
                const auto before = bytes_in(photo.picture.buffer.get(), format);
                const auto after = bytes_in(loaded->buffer.get(), loaded_format);
                CHECK(before.size() == after.size());
                const std::size_t size = babl_format_get_bytes_per_pixel(format);
                for (std::size_t i = 0; i * size < before.size(); ++i)
                    if (photo.pixels.alpha.empty() || photo.pixels.alpha[i] > 0)
                        if (std::memcmp(&before[i * size], &after[i * size], size) != 0)
                            throw std::runtime_error(std::string(name) + " in " + space + " as " + kind);
            }
}

void a_floating_tiff_keeps_what_is_brighter_than_white() {
    const Folder folder;
    const Babl* format = babl_format("R'G'B' float");
    const StoredPhoto photo = photo_of(format, folder.path / "none.tiff");
    CHECK(save(photo, folder.path / "out.tiff"));
    const auto loaded = load_picture(folder.path / "out.tiff");
    CHECK(loaded);
    CHECK(bytes_in(loaded->buffer.get(), format) == bytes_in(photo.picture.buffer.get(), format));
}

void open_exr_keeps_what_is_brighter_than_white() {
    const Folder folder;
    const StoredPhoto photo = photo_of(babl_format("RGB float"), folder.path / "none.tiff");
    CHECK(save(photo, folder.path / "out.exr"));
    const auto loaded = load_picture(folder.path / "out.exr");
    CHECK(loaded);
    const auto before = srgb_in(photo.picture.buffer.get());
    const auto after = srgb_in(loaded->buffer.get());
    for (std::size_t i = 0; i < before.size(); ++i)
        CHECK_NEAR(before[i], after[i], 4e-3 * std::max(1.0f, std::abs(before[i])));
}

void the_profile_survives_in_every_kind() {
    const Folder folder;
    StoredPhoto photo = photo_of(format_of("R'G'B'", "u8", "Adobish"), folder.path / "none.tiff");
    // One colour, since JPEG and WebP mix neighbours.
    GeglColor* color = gegl_color_new("rgb(0.2,0.6,0.3)");
    const GeglRectangle extent{0, 0, 40, 30};
    gegl_buffer_set_color(photo.picture.buffer.get(), &extent, color);
    g_object_unref(color);
    photo.pixels = *read_pixels(photo.picture.buffer.get(), extent);
    const auto before = srgb_in(photo.picture.buffer.get());
    for (const char* kind : {"png", "jpg", "tiff", "webp", "exr"}) {
        const auto path = folder.path / (std::string("out.") + kind);
        CHECK(save(photo, path));
        const auto loaded = load_picture(path);
        CHECK(loaded);
        const Babl* space = babl_format_get_space(gegl_buffer_get_format(loaded->buffer.get()));
        CHECK(space != babl_space("sRGB"));
        const auto after = srgb_in(loaded->buffer.get());
        for (std::size_t i = 0; i < 3; ++i)
            CHECK_NEAR(after[i], before[i], 3.0 / 255);
    }
}

/// The photo's profile is embedded unchanged, with its author's texts, even if babl knows the space itself.
void the_profile_is_embedded_byte_by_byte() {
    const Folder folder;
    for (const char* space : {"sRGB", "Adobish"}) {
        int size = 0;
        const char* icc = babl_space_get_icc(babl_space(space), &size);
        std::vector<std::byte> profile(size);
        std::memcpy(profile.data(), icc, size);
        const std::string words = "babl profile";
        const auto at = std::ranges::search(profile, words, {}, {}, [](char c) { return std::byte(c); });
        CHECK(!at.empty());
        at.front() = std::byte('B');
        StoredPhoto photo = photo_of(format_of("R'G'B'", "u8", space), folder.path / "none.tiff");
        photo.picture.profile = profile;
        for (const char* kind : {"png", "jpg", "tiff", "webp"}) {
            const auto path = folder.path / (std::string("out.") + kind);
            const auto notes = save(photo, path);
            CHECK(notes && notes->empty());
            const auto loaded = load_picture(path);
            CHECK(loaded);
            if (loaded->profile != profile)
                throw std::runtime_error(std::string(space) + " in " + kind);
        }
    }
}

void a_profile_of_other_colours_is_left_out() {
    const Folder folder;
    StoredPhoto photo = photo_of(babl_format("Y' u8"), folder.path / "none.tiff");
    photo.picture.profile.assign(200, std::byte(0));
    std::memcpy(photo.picture.profile.data() + 16, "GRAY", 4);
    CHECK(save(photo, folder.path / "out.png"));
    CHECK(load_picture(folder.path / "out.png")->profile.empty());
}

void jpeg_stands_on_white_and_says_so() {
    const Folder folder;
    StoredPhoto photo = photo_of(babl_format("R'G'B'A u8"), folder.path / "none.tiff");
    std::ranges::fill(photo.pixels.image.span(), 0.0f);
    std::ranges::fill(photo.pixels.alpha, 0.25f);
    const auto notes = save(photo, folder.path / "out.jpg");
    CHECK(notes && notes->size() == 1);
    CHECK(notes->front().find("white") != std::string::npos);
    for (const float sample : srgb_in(load_picture(folder.path / "out.jpg")->buffer.get()))
        CHECK(std::abs(sample - 0.75f) < 0.02f || sample == 1.0f); // the last is alpha
}

void transparency_is_kept_where_the_kind_has_it() {
    const Folder folder;
    const StoredPhoto photo = photo_of(babl_format("R'G'B'A u8"), folder.path / "none.tiff");
    for (const char* kind : {"png", "tiff", "webp", "exr"}) {
        const auto path = folder.path / (std::string("out.") + kind);
        const auto notes = save(photo, path);
        CHECK(notes && notes->empty());
        const auto after = srgb_in(load_picture(path)->buffer.get());
        for (std::size_t i = 0; i < photo.pixels.alpha.size(); ++i)
            CHECK_NEAR(after[i * 4 + 3], photo.pixels.alpha[i], 1.0 / 255);
    }
}

/// A rotated photo file with EXIF, XMP and IPTC.
StoredPhoto photo_with_metadata(const Folder& folder, const std::string& kind) {
    StoredPhoto photo = photo_of(babl_format("R'G'B' u8"), folder.path / ("photo." + kind));
    const StoredPhoto plain = photo_of(babl_format("R'G'B' u8"), folder.path / "none.tiff");
    CHECK(save(plain, photo.path));
    const auto image = Exiv2::ImageFactory::open(photo.path.string());
    image->readMetadata();
    image->exifData()["Exif.Image.Artist"] = "Ada";
    image->exifData()["Exif.Image.Orientation"] = std::uint16_t(6);
    image->exifData()["Exif.Photo.PixelXDimension"] = std::uint32_t(40);
    image->exifData()["Exif.Photo.PixelYDimension"] = std::uint32_t(30);
    image->xmpData()["Xmp.dc.source"] = "boat";
    image->xmpData()["Xmp.tiff.Orientation"] = "6";
    image->iptcData()["Iptc.Application2.City"] = "Arles";
    image->writeMetadata();
    ReaderProcess reader;
    photo.picture.metadata = load_picture(reader, photo.path, {.metadata = true})->metadata;
    return photo;
}

/// One value of a file's metadata as text; empty if it does not exist.
std::string tag_of(const std::filesystem::path& path, const std::string& tag) {
    const auto image = Exiv2::ImageFactory::open(path.string());
    image->readMetadata();
    const auto value = [&](const auto& data, const auto& key) {
        const auto found = data.findKey(key);
        return found == data.end() ? std::string() : found->toString();
    };
    if (tag.starts_with("Exif."))
        return value(image->exifData(), Exiv2::ExifKey(tag));
    if (tag.starts_with("Xmp."))
        return value(image->xmpData(), Exiv2::XmpKey(tag));
    return value(image->iptcData(), Exiv2::IptcKey(tag));
}

void metadata_travel_between_all_kinds_that_hold_them() {
    const Folder folder;
    for (const std::string from : {"jpg", "png", "tiff", "webp"}) {
        const StoredPhoto photo = photo_with_metadata(folder, from);
        for (const std::string to : {"jpg", "png", "tiff", "webp"}) {
            const auto path = folder.path / ("out." + to);
            const auto notes = save(photo, path);
            CHECK(notes && notes->empty());
            const auto expect = [&](const char* tag, const std::string& value) {
                if (const std::string found = tag_of(path, tag); found != value)
                    throw std::runtime_error(from + " to " + to + ": " + tag + " is \"" + found + "\"");
            };
            expect("Exif.Image.Artist", "Ada");
            expect("Xmp.dc.source", "boat");
            if (from != "webp" && to != "webp") // has no place for IPTC
                expect("Iptc.Application2.City", "Arles");
            // The pixels were rotated, so nobody may rotate them again.
            expect("Exif.Image.Orientation", "1");
            expect("Xmp.tiff.Orientation", "1");
            const auto loaded = load_picture(path);
            CHECK(loaded);
            CHECK(gegl_buffer_get_width(loaded->buffer.get()) == 40);
        }
    }
}

void a_smaller_painting_tells_its_own_size() {
    const Folder folder;
    const StoredPhoto photo = photo_with_metadata(folder, "jpg");
    const Image painting(20, 15);
    CHECK(save_painting(
        {.path = folder.path / "out.jpg", .painting = painting, .alpha = {}, .photo = photo.picture}));
    CHECK(tag_of(folder.path / "out.jpg", "Exif.Photo.PixelXDimension") == "20");
    CHECK(tag_of(folder.path / "out.jpg", "Exif.Photo.PixelYDimension") == "15");
}

void open_exr_says_that_it_holds_no_metadata() {
    const Folder folder;
    const StoredPhoto photo = photo_with_metadata(folder, "jpg");
    const auto notes = save(photo, folder.path / "out.exr");
    CHECK(notes && notes->size() == 1);
    CHECK(notes->front().find("EXIF") != std::string::npos);
}

/// Files of more than 4 GB are too large for a test, but not what they are made of.
void a_big_tiff_is_one_and_has_the_pixels() {
    CHECK(!needs_big_tiff(4'200'000'000) && needs_big_tiff(4'290'000'000) && needs_big_tiff(8'000'000'000));
    const Folder folder;
    const Babl* format = babl_format("R'G'B'A float");
    const StoredPhoto photo = photo_of(format, folder.path / "none.tiff");
    const auto path = folder.path / "out.tiff";
    const int file = open(path.c_str(), O_RDWR | O_CREAT, 0600);
    CHECK(encode_tiff({.buffer = photo.picture.buffer.get(), .dots_per_inch = 300}, file, true) == "");
    std::array<char, 4> head{};
    CHECK(pread(file, head.data(), head.size(), 0) == 4 && head[2] == 43);
    close(file);
    const auto loaded = load_picture(path);
    CHECK(loaded);
    CHECK_NEAR(loaded->dots_per_inch, 300, 1e-3);
    CHECK(bytes_in(loaded->buffer.get(), format) == bytes_in(photo.picture.buffer.get(), format));
}

void a_side_too_long_for_the_kind_is_refused() {
    const Folder folder;
    const StoredPhoto photo = photo_of(babl_format("R'G'B' u8"), folder.path / "none.tiff");
    const Image wide(20000, 1);
    const auto saved = save_painting(
        {.path = folder.path / "out.webp", .painting = wide, .alpha = {}, .photo = photo.picture});
    CHECK(!saved);
    CHECK(saved.error().message.find("16383") != std::string::npos);
    CHECK(!files_in(folder.path));
}

void an_unknown_ending_is_refused() {
    const Folder folder;
    const StoredPhoto photo = photo_of(babl_format("R'G'B' u8"), folder.path / "none.tiff");
    CHECK(save(photo, folder.path / "out.bmp").error().code == ErrorCode::invalid_request);
}

} // namespace

int main(int argc, char** argv) {
    gegl_init(&argc, &argv);
    const int failed = tests::run_tests({
        TEST(a_file_is_as_deep_as_the_photo_where_it_can_be),
        TEST(a_grey_or_cmyk_photo_becomes_a_coloured_painting),
        TEST(what_is_unchanged_is_written_to_the_last_bit),
        TEST(a_floating_tiff_keeps_what_is_brighter_than_white),
        TEST(open_exr_keeps_what_is_brighter_than_white),
        TEST(the_profile_survives_in_every_kind),
        TEST(the_profile_is_embedded_byte_by_byte),
        TEST(a_profile_of_other_colours_is_left_out),
        TEST(jpeg_stands_on_white_and_says_so),
        TEST(transparency_is_kept_where_the_kind_has_it),
        TEST(metadata_travel_between_all_kinds_that_hold_them),
        TEST(a_smaller_painting_tells_its_own_size),
        TEST(open_exr_says_that_it_holds_no_metadata),
        TEST(a_big_tiff_is_one_and_has_the_pixels),
        TEST(a_side_too_long_for_the_kind_is_refused),
        TEST(an_unknown_ending_is_refused),
    });
    gegl_exit();
    return failed;
}
