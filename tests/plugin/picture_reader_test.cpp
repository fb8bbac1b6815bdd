// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "picture_reader.hpp"
#include "test_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sys/stat.h>

using namespace neural_style;
using namespace neural_style::plugin;

namespace {

namespace fs = std::filesystem;

fs::path starry_night() {
    const char* data = std::getenv("NEURAL_STYLE_DATA");
    return fs::path(data ? data : "") / "styles" / "starry-night.jpg";
}

void wait_until(const auto& done) {
    while (!done())
        g_main_context_iteration(nullptr, TRUE);
}

std::optional<Result<SmallPicture>> read(PictureReader& reader, const fs::path& file, int longest) {
    std::optional<Result<SmallPicture>> answer;
    reader.read(file, longest, [&](const Result<SmallPicture>& picture) {
        answer.emplace(picture
                           ? Result<SmallPicture>(SmallPicture{.pixels = GObjectPointer<GdkPixbuf>(GDK_PIXBUF(
                                                                   g_object_ref(picture->pixels.get()))),
                                                               .width = picture->width,
                                                               .height = picture->height})
                           : std::unexpected(picture.error()));
    });
    wait_until([&] { return answer.has_value(); });
    return answer;
}

void a_picture_is_read_small_and_its_size_is_known() {
    PictureReader reader;
    const auto picture = read(reader, starry_night(), 100);
    CHECK(*picture && (*picture)->width > 100);
    CHECK(std::max(gdk_pixbuf_get_width((*picture)->pixels.get()),
                   gdk_pixbuf_get_height((*picture)->pixels.get())) == 100);
}

void a_thumbnail_is_kept_and_belongs_to_the_file_as_it_was() {
    const tests::Folder folder;
    const auto file = folder.path / "painting.jpg";
    fs::copy_file(starry_night(), file);
    PictureReader reader(folder.path / "cache");
    const auto first = read(reader, file, 100);
    CHECK(*first && !fs::is_empty(folder.path / "cache"));
    const auto second = read(reader, file, 100); // from the cache
    CHECK(*second && (*second)->width == (*first)->width && (*second)->height == (*first)->height);
    std::ofstream(file) << "no picture any more";
    CHECK(!*read(reader, file, 100));
}

void what_is_no_picture_gets_a_sentence() {
    const tests::Folder folder;
    PictureReader reader;
    std::ofstream(folder.path / "text.png") << "This is no picture.";
    std::ofstream(folder.path / "empty.jpg");
    std::ofstream cut(folder.path / "cut.jpg", std::ios::binary);
    std::ifstream whole(starry_night(), std::ios::binary);
    std::string begin(400, '\0');
    whole.read(begin.data(), 400);
    cut << begin;
    cut.close();
    CHECK(mkfifo((folder.path / "pipe.png").c_str(), 0600) == 0); // would block for ever
    for (const char* name : {"text.png", "empty.jpg", "cut.jpg", "pipe.png", "missing.png"}) {
        const auto picture = read(reader, folder.path / name, 100);
        CHECK(!*picture && picture->error().message.contains(name));
    }
}

/// A PNG whose header claims 40000 x 40000.
void a_picture_that_is_too_large_is_not_decoded() {
    const tests::Folder folder;
    const auto file = folder.path / "huge.png";
    const unsigned char head[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0, 0,    13,
                                  'I',  'H', 'D', 'R', 0,    0,    0x9c, 0x40, 0,    0, 0x9c, 0x40,
                                  8,    2,   0,   0,   0,    0x4c, 0x6c, 0x4b, 0x84, 0, 0,    0,
                                  0,    'I', 'D', 'A', 'T',  0x35, 0xaf, 0x06, 0x1e};
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(head), sizeof head);
    PictureReader reader;
    CHECK(!*read(reader, file, 100));
}

void nobody_is_called_after_the_end() {
    bool called = false;
    {
        PictureReader reader;
        for (int i = 0; i < 5; ++i)
            reader.read(starry_night(), 50, [&](const auto&) { called = true; });
    }
    for (int i = 0; i < 50; ++i) {
        g_usleep(10000);
        while (g_main_context_iteration(nullptr, FALSE)) {
        }
    }
    CHECK(!called);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_picture_is_read_small_and_its_size_is_known),
        TEST(a_thumbnail_is_kept_and_belongs_to_the_file_as_it_was),
        TEST(what_is_no_picture_gets_a_sentence),
        TEST(a_picture_that_is_too_large_is_not_decoded),
        TEST(nobody_is_called_after_the_end),
    });
}
