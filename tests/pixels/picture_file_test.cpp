// SPDX-License-Identifier: GPL-3.0-or-later
#include "buffer_pixels.hpp"
#include "cmocka.hpp"
#include "picture_file.hpp"
#include "picture_kind.hpp"
#include "test_buffer.hpp"
#include "test_folder.hpp"

#include <exiv2/exiv2.hpp>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <unistd.h>

using namespace neural_style;
using namespace tests;

namespace {

const std::array kinds{"png", "jpg", "tiff", "webp", "exr"};

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

/// Noise, so that the compressed file stays long.
struct Noise : Buffer {
    explicit Noise(const Babl* format, int width = 90, int height = 70) : Buffer(format, width, height) {
        set_bytes(random_bytes(format, std::size_t(width) * height));
    }
};

void save(GeglBuffer* buffer, const std::string& kind, const std::filesystem::path& path) {
    GObjectPointer<GeglNode> graph(gegl_node_new());
    GeglNode* source =
        gegl_node_new_child(graph.get(), "operation", "gegl:buffer-source", "buffer", buffer, nullptr);
    GeglNode* sink = gegl_node_new_child(graph.get(), "operation", ("gegl:" + kind + "-save").c_str(), "path",
                                         path.c_str(), nullptr);
    gegl_node_link(source, sink);
    gegl_node_process(sink);
}

std::filesystem::path saved_noise(const Folder& folder, const std::string& kind,
                                  const char* format = "R'G'B' u8") {
    const auto path = folder.path / ("noise." + kind);
    save(Noise(babl_format(format), 90, 70).gegl, kind, path);
    return path;
}

std::string refusal(ReaderProcess& reader, const std::filesystem::path& path) {
    const auto picture = load_picture(reader, path);
    if (picture)
        throw std::runtime_error(path.string() + " was loaded");
    CHECK(picture.error().code == ErrorCode::bad_picture);
    CHECK(picture.error().message.find(path.filename().string()) != std::string::npos);
    return picture.error().message;
}

void every_kind_is_loaded_whatever_its_name() {
    const Folder folder;
    ReaderProcess reader;
    for (const std::string kind : kinds) {
        const auto path = saved_noise(folder, kind);
        std::filesystem::rename(path, folder.path / "picture");
        const auto picture = load_picture(reader, folder.path / "picture");
        CHECK(picture);
        const GeglRectangle extent = *gegl_buffer_get_extent(picture->buffer.get());
        CHECK(extent.x == 0 && extent.y == 0 && extent.width == 90 && extent.height == 70);
    }
}

void sixteen_bits_stay_sixteen_bits() {
    const Folder folder;
    ReaderProcess reader;
    for (const std::string kind : {"png", "tiff"}) {
        const Noise source(babl_format("R'G'B'A u16"));
        save(source.gegl, kind, folder.path / kind);
        const auto picture = load_picture(reader, folder.path / kind);
        CHECK(picture);
        CHECK(gegl_buffer_get_format(picture->buffer.get()) == babl_format("R'G'B'A u16"));
        std::vector<std::byte> loaded(source.bytes().size());
        const GeglRectangle extent = source.extent();
        gegl_buffer_get(picture->buffer.get(), &extent, 1.0, nullptr, loaded.data(), GEGL_AUTO_ROWSTRIDE,
                        GEGL_ABYSS_NONE);
        CHECK(loaded == source.bytes());
    }
}

void the_profile_is_honoured() {
    const Folder folder;
    ReaderProcess reader;
    Buffer source(format_of("R'G'B'", "u8", "Adobish"), 16, 16);
    GeglColor* color = gegl_color_new("rgb(0.2,0.6,0.3)");
    const GeglRectangle extent = source.extent();
    gegl_buffer_set_color(source.gegl, &extent, color);
    g_object_unref(color);
    const auto expected = read_pixels(source.gegl, extent);
    for (const std::string kind : {"png", "jpg", "tiff"}) {
        save(source.gegl, kind, folder.path / kind);
        const auto picture = load_picture(reader, folder.path / kind);
        CHECK(picture);
        CHECK(babl_format_get_space(gegl_buffer_get_format(picture->buffer.get())) != babl_space("sRGB"));
        const auto pixels = read_pixels(picture->buffer.get(), extent);
        // Two 8-bit steps: profiles have 16-bit fractions, and JPEG rounds.
        for (int c = 0; c < 3; ++c)
            CHECK_NEAR(pixels->image.pixel(8, 8)[c], expected->image.pixel(8, 8)[c], 2.0 / 255);
        // Without the profile the same bytes would be a much paler green.
        CHECK(pixels->image.pixel(8, 8)[1] - pixels->image.pixel(8, 8)[0] > 0.3f);
    }
}

/// A picture with four different corners, stored as in every orientation.
void all_eight_orientations_come_out_upright() {
    const Folder folder;
    ReaderProcess reader;
    const int width = 150, height = 40; // more than one block
    Buffer upright(babl_format("Y' u8"), width, height);
    std::vector<std::byte> bytes(std::size_t(width) * height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            bytes[std::size_t(y) * width + x] = std::byte((x * 7 + y * 31) % 251);
    for (int orientation = 1; orientation <= 8; ++orientation) {
        const bool swap = orientation >= 5;
        const int stored_width = swap ? height : width, stored_height = swap ? width : height;
        Buffer stored(babl_format("Y' u8"), stored_width, stored_height);
        std::vector<std::byte> turned(bytes.size());
        for (int row = 0; row < stored_height; ++row)
            for (int column = 0; column < stored_width; ++column) {
                // CIPA DC-008: the places of row 0 and column 0 in the upright picture.
                int x = 0, y = 0;
                switch (orientation) {
                case 1:
                    x = column;
                    y = row;
                    break;
                case 2:
                    x = width - 1 - column;
                    y = row;
                    break;
                case 3:
                    x = width - 1 - column;
                    y = height - 1 - row;
                    break;
                case 4:
                    x = column;
                    y = height - 1 - row;
                    break;
                case 5:
                    x = row;
                    y = column;
                    break;
                case 6:
                    x = width - 1 - row;
                    y = column;
                    break;
                case 7:
                    x = width - 1 - row;
                    y = height - 1 - column;
                    break;
                case 8:
                    x = row;
                    y = height - 1 - column;
                    break;
                }
                turned[std::size_t(row) * stored_width + column] = bytes[std::size_t(y) * width + x];
            }
        stored.set_bytes(turned);
        for (const std::string kind : {"png", "tiff"}) {
            const auto path = folder.path / kind;
            save(stored.gegl, kind, path);
            const auto image = Exiv2::ImageFactory::open(path.string());
            image->readMetadata();
            image->exifData()["Exif.Image.Orientation"] = std::uint16_t(orientation);
            image->writeMetadata();
            const auto picture = load_picture(reader, path);
            CHECK(picture);
            const GeglRectangle extent = *gegl_buffer_get_extent(picture->buffer.get());
            CHECK(extent.width == width && extent.height == height);
            std::vector<std::byte> loaded(bytes.size());
            gegl_buffer_get(picture->buffer.get(), &extent, 1.0, babl_format("Y' u8"), loaded.data(),
                            GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
            if (loaded != bytes)
                throw std::runtime_error(kind + " with orientation " + std::to_string(orientation));
        }
    }
}

void a_missing_file_and_a_folder_are_named() {
    const Folder folder;
    ReaderProcess reader;
    CHECK(refusal(reader, folder.path / "nowhere.jpg").find("does not exist") != std::string::npos);
    std::filesystem::create_directory(folder.path / "folder.png");
    CHECK(refusal(reader, folder.path / "folder.png").find("is a folder") != std::string::npos);
}

void an_empty_file_and_text_are_refused() {
    const Folder folder;
    ReaderProcess reader;
    for (const std::string kind : kinds) {
        write_bytes(folder.path / ("a." + kind), "");
        CHECK(refusal(reader, folder.path / ("a." + kind)).find("is empty") != std::string::npos);
        write_bytes(folder.path / ("a." + kind), "dear diary, today I painted a picture of a boat");
        CHECK(refusal(reader, folder.path / ("a." + kind)).find("not a picture") != std::string::npos);
    }
}

/// Wherever it is cut, at every size: no loader may loop, end the process, or return half a picture.
void a_file_cut_off_anywhere_is_refused() {
    const Folder folder;
    ReaderProcess reader;
    for (const std::string kind : kinds) {
        const auto path = saved_noise(folder, kind);
        const std::string whole = bytes_of(path);
        for (const std::size_t length :
             {std::size_t(5), std::size_t(17), std::size_t(30), std::size_t(200), whole.size() / 3,
              whole.size() / 2, whole.size() * 9 / 10, whole.size() - 40}) {
            write_bytes(path, whole.substr(0, length));
            // A TIFF may end in tags that are not needed to display it.
            if (kind == "tiff" && length == whole.size() - 40)
                continue;
            refusal(reader, path);
        }
    }
}

void flipped_bytes_in_the_middle_are_noticed_or_survived() {
    const Folder folder;
    ReaderProcess reader;
    for (const std::string kind : {"png", "exr", "webp"}) {
        const auto path = saved_noise(folder, kind);
        std::string bytes = bytes_of(path);
        for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 400; ++i)
            bytes[i] = char(bytes[i] ^ 0x5a);
        write_bytes(path, bytes);
        if (kind == "webp") // has no checksum, any bytes may be a picture
            (void)load_picture(reader, path);
        else
            refusal(reader, path);
    }
    std::mt19937 random(3);
    const auto path = saved_noise(folder, "jpg");
    const std::string whole = bytes_of(path);
    for (int round = 0; round < 60; ++round) {
        std::string bytes = whole;
        for (int i = 0; i < 6; ++i)
            bytes[3 + random() % (bytes.size() - 3)] = char(random());
        write_bytes(path, bytes);
        (void)load_picture(reader, path); // this test would end with the process
    }
}

std::string big_endian(std::uint32_t value) {
    return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
}

std::string png_chunk(const std::string& type, const std::string& data) {
    std::uint32_t crc = ~0u;
    for (const unsigned char byte : type + data) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return big_endian(std::uint32_t(data.size())) + type + data + big_endian(~crc);
}

/// A few bytes that claim 900 million pixels: refused before memory is allocated.
void a_picture_that_claims_to_be_enormous_is_refused() {
    const Folder folder;
    ReaderProcess reader;
    const auto path = folder.path / "bomb.png";
    write_bytes(path, std::string("\x89PNG\r\n\x1a\n") +
                          png_chunk("IHDR", big_endian(30000) + big_endian(30000) +
                                                std::string("\x08\x02\0\0\0", 5)) +
                          png_chunk("IDAT", "x") + png_chunk("IEND", ""));
    const std::string message = refusal(reader, path);
    CHECK(message.find("30000 x 30000") != std::string::npos);
    CHECK(message.find("300 megapixels") != std::string::npos);
}

std::string little_endian(std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text.push_back(char(value >> 8 * i));
    return text;
}

/// A TIFF of 17 000 x 17 000 doubles in one strip, with only a hundred bytes of it.
std::string tiff_of_nothing(std::uint32_t compression) {
    const std::array<std::array<std::uint32_t, 3>, 9> entries{{{256, 4, 17000}, // width
                                                               {257, 4, 17000}, // height
                                                               {258, 3, 64},    // bits per sample
                                                               {259, 3, compression},
                                                               {262, 3, 1},     // black is zero
                                                               {273, 4, 8},     // the strip's offset
                                                               {278, 4, 17000}, // rows in the strip
                                                               {279, 4, 100},   // its length
                                                               {339, 3, 3}}};   // floating point
    std::string text = "II*" + std::string(1, '\0') + little_endian(108, 4) + std::string(100, 'x');
    text += little_endian(entries.size(), 2);
    for (const auto& [tag, type, value] : entries)
        text +=
            little_endian(tag, 2) + little_endian(type, 2) + little_endian(1, 4) + little_endian(value, 4);
    return text + little_endian(0, 4);
}

/// The most memory that a process started and awaited by this one, or by those, has used, in bytes.
std::uint64_t most_memory_of_readers() {
    rusage use{};
    getrusage(RUSAGE_CHILDREN, &use);
    return std::uint64_t(use.ru_maxrss) << 10;
}

void a_file_takes_no_more_memory_than_it_can_fill() {
#ifdef __SANITIZE_ADDRESS__
    skip_test("the address sanitizer needs memory of its own");
#endif
    const Folder folder;
    std::vector<std::filesystem::path> files;
    for (const std::uint32_t compression : {1, 5, 8}) { // none, LZW, deflate
        files.push_back(folder.path / ("nothing-" + std::to_string(compression) + ".tiff"));
        write_bytes(files.back(), tiff_of_nothing(compression));
    }
    const auto webp = bytes_of(saved_noise(folder, "webp"));
    files.push_back(folder.path / "long.webp");
    write_bytes(files.back(), webp);
    std::filesystem::resize_file(files.back(), std::uint64_t(3) << 30); // uses no disk blocks
    files.push_back(folder.path / "claims.webp");
    write_bytes(files.back(), webp.substr(0, 4) + little_endian((3u << 30) - 8, 4) + webp.substr(8));
    std::filesystem::resize_file(files.back(), std::uint64_t(3) << 30);

    {
        ReaderProcess reader;
        for (const auto& file : files) {
            const auto picture = load_picture(reader, file);
            const bool tiff =
                file.extension() == ".tiff"; // a WebP ends where its chunks do, whatever follows
            CHECK(picture ? !tiff : picture.error().message.contains(file.string()));
        }
    }
    CHECK(most_memory_of_readers() < std::uint64_t(400) << 20);
}

void a_missing_reader_is_named() {
    const Folder folder;
    const auto picture = saved_noise(folder, "png");
    const std::string installed = std::getenv("NEURAL_STYLE_READER");
    setenv("NEURAL_STYLE_READER", (folder.path / "missing").c_str(), 1);
    const auto loaded = load_picture(picture);
    setenv("NEURAL_STYLE_READER", installed.c_str(), 1);
    CHECK(!loaded && loaded.error().message.contains("neural-style-reader"));
}

void a_picture_of_one_pixel_is_loaded() {
    const Folder folder;
    ReaderProcess reader;
    for (const std::string kind : kinds) {
        save(Noise(babl_format("R'G'B' u8"), 1, 1).gegl, kind, folder.path / kind);
        CHECK(load_picture(reader, folder.path / kind));
    }
}

template <typename Value>
std::vector<Value> values_of(const Picture& picture, const char* format) {
    const GeglRectangle extent = *gegl_buffer_get_extent(picture.buffer.get());
    const int channels = babl_format_get_n_components(babl_format(format));
    std::vector<Value> values(std::size_t(extent.width) * std::size_t(extent.height) * std::size_t(channels));
    gegl_buffer_get(picture.buffer.get(), &extent, 1.0, babl_format(format), values.data(),
                    GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
    return values;
}

void a_picture_with_more_pixels_than_are_enough_is_averaged_while_it_is_read() {
    const Folder folder;
    ReaderProcess reader;
    for (const std::string kind : {"png", "tiff"}) {
        const Noise source(babl_format("R'G'B' u8"), 91, 70);
        save(source.gegl, kind, folder.path / kind);
        const auto small = load_picture(reader, folder.path / kind, {.enough_pixels = 91 * 70 / 9});
        CHECK(small);
        const GeglRectangle extent = *gegl_buffer_get_extent(small->buffer.get());
        CHECK(extent.width == 31 && extent.height == 24);
        const auto values = values_of<std::uint8_t>(*small, "R'G'B' u8");
        const auto bytes = source.bytes();
        for (int y = 0; y < 24; ++y)
            for (int x = 0; x < 31; ++x)
                for (int c = 0; c < 3; ++c) {
                    double sum = 0;
                    int count = 0;
                    for (int v = 3 * y; v < std::min(70, 3 * y + 3); ++v)
                        for (int u = 3 * x; u < std::min(91, 3 * x + 3); ++u, ++count)
                            sum += double(bytes[std::size_t(v * 91 + u) * 3 + std::size_t(c)]);
                    CHECK_NEAR(values[std::size_t(y * 31 + x) * 3 + std::size_t(c)], sum / count, 0.51);
                }
    }
}

void up_to_four_times_the_pixels_that_are_enough_every_pixel_is_kept() {
    const Folder folder;
    ReaderProcess reader;
    const Noise source(babl_format("R'G'B' u16"), 90, 70);
    save(source.gegl, "png", folder.path / "png");
    const auto picture = load_picture(reader, folder.path / "png", {.enough_pixels = 90 * 70 / 4 + 1});
    CHECK(picture);
    const auto values = values_of<std::uint16_t>(*picture, "R'G'B' u16");
    CHECK(std::ranges::equal(std::as_bytes(std::span(values)), source.bytes()));
}

void hidden_colours_do_not_show_where_a_picture_is_made_smaller() {
    const Folder folder;
    ReaderProcess reader;
    Buffer source(babl_format("R'G'B'A u8"), 60, 60);
    std::vector<std::byte> bytes;
    for (int i = 0; i < 60 * 60; ++i)
        for (const int value : i % 2 ? std::array{200, 100, 50, 255} : std::array{0, 255, 255, 0})
            bytes.push_back(std::byte(value));
    source.set_bytes(bytes);
    save(source.gegl, "png", folder.path / "png");
    const auto small = load_picture(reader, folder.path / "png", {.enough_pixels = 30 * 30});
    CHECK(small);
    const auto values = values_of<std::uint8_t>(*small, "R'G'B'A u8");
    CHECK(values.size() == 30 * 30 * 4);
    for (std::size_t i = 0; i < values.size(); i += 4) {
        CHECK(values[i] == 200 && values[i + 1] == 100 && values[i + 2] == 50);
        CHECK_NEAR(values[i + 3], 127.5, 0.51);
    }
}

void turned_and_linear_pictures_are_made_smaller_too() {
    const Folder folder;
    ReaderProcess reader;
    const auto turned = folder.path / "turned.jpg";
    save(Noise(babl_format("R'G'B' u8"), 120, 80).gegl, "jpg", turned);
    const auto image = Exiv2::ImageFactory::open(turned.string());
    image->readMetadata();
    image->exifData()["Exif.Image.Orientation"] = std::uint16_t(6);
    image->writeMetadata();
    const auto small = load_picture(reader, turned, {.enough_pixels = 60 * 40});
    CHECK(small && gegl_buffer_get_width(small->buffer.get()) == 40 &&
          gegl_buffer_get_height(small->buffer.get()) == 60);
    Buffer bright(babl_format("RGB float"), 64, 64);
    std::vector<float> light(64 * 64 * 3);
    for (std::size_t i = 0; i < light.size(); ++i)
        light[i] = i / 3 % 2 ? 4.0f : 0.0f;
    const auto all = std::as_bytes(std::span(light));
    bright.set_bytes({all.begin(), all.end()});
    save(bright.gegl, "exr", folder.path / "exr");
    const auto mean = load_picture(reader, folder.path / "exr", {.enough_pixels = 32 * 32});
    CHECK(mean && gegl_buffer_get_width(mean->buffer.get()) == 32);
    for (const float value : values_of<float>(*mean, "RGB float"))
        CHECK_NEAR(value, 2.0, 1e-3);
}

void names_tell_the_kind() {
    CHECK(kind_of_name("a.PNG") == PictureKind::png);
    CHECK(kind_of_name("b/a.jpeg") == PictureKind::jpeg);
    CHECK(kind_of_name("a.tif") == PictureKind::tiff);
    CHECK(kind_of_name("a.webp") == PictureKind::webp);
    CHECK(kind_of_name("a.exr") == PictureKind::exr);
    CHECK(!kind_of_name("a.xcf"));
    CHECK(!kind_of_name("png"));
}

} // namespace

int main(int argc, char** argv) {
    gegl_init(&argc, &argv);
    const int failed = tests::run_tests({
        TEST(every_kind_is_loaded_whatever_its_name),
        TEST(sixteen_bits_stay_sixteen_bits),
        TEST(the_profile_is_honoured),
        TEST(all_eight_orientations_come_out_upright),
        TEST(a_missing_file_and_a_folder_are_named),
        TEST(a_file_takes_no_more_memory_than_it_can_fill),
        TEST(an_empty_file_and_text_are_refused),
        TEST(a_file_cut_off_anywhere_is_refused),
        TEST(flipped_bytes_in_the_middle_are_noticed_or_survived),
        TEST(a_picture_that_claims_to_be_enormous_is_refused),
        TEST(a_missing_reader_is_named),
        TEST(a_picture_of_one_pixel_is_loaded),
        TEST(a_picture_with_more_pixels_than_are_enough_is_averaged_while_it_is_read),
        TEST(up_to_four_times_the_pixels_that_are_enough_every_pixel_is_kept),
        TEST(hidden_colours_do_not_show_where_a_picture_is_made_smaller),
        TEST(turned_and_linear_pictures_are_made_smaller_too),
        TEST(names_tell_the_kind),
    });
    gegl_exit();
    return failed;
}
