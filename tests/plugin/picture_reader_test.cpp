// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "fake_host.hpp"
#include "picture_reader.hpp"
#include "test_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

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

fs::path mural_in(const tests::Folder& folder) {
    const auto file = folder.path / "mural.jpg";
    fs::copy_file(starry_night(), file);
    return file;
}

/// A reader, and the files that its editor was asked for.
struct Desk {
    std::vector<std::string> asked;
    PictureReader reader;

    explicit Desk(const fs::path& cache = {})
        : reader({.cache = cache,
                  .bundled = starry_night().parent_path(),
                  .read_file = [this](const fs::path& file, int longest) {
                      asked.push_back(file.filename());
                      return tests::picture_in_file(file, longest);
                  }}) {}
};

int longest_side(const SmallPicture& picture) {
    return std::max(gdk_pixbuf_get_width(picture.pixels.get()), gdk_pixbuf_get_height(picture.pixels.get()));
}

void a_bundled_painting_is_read_small_and_its_size_is_known() {
    Desk desk;
    const auto picture = read(desk.reader, starry_night(), 100);
    CHECK(*picture && (*picture)->width > 100 && longest_side(**picture) == 100);
    CHECK(desk.asked.empty());
}

void any_other_file_is_read_by_the_editor() {
    const tests::Folder folder;
    Desk desk;
    const auto bundled = read(desk.reader, starry_night(), 100);
    const auto mine = read(desk.reader, mural_in(folder), 100);
    CHECK(desk.asked == std::vector<std::string>{"mural.jpg"});
    CHECK(*mine && (*mine)->width == (*bundled)->width && longest_side(**mine) == 100);
    const auto* one = gdk_pixbuf_read_pixels((*bundled)->pixels.get());
    const auto* other = gdk_pixbuf_read_pixels((*mine)->pixels.get());
    CHECK(std::equal(one, one + 100 * 3, other));
}

void what_the_editor_says_of_a_file_is_told() {
    const tests::Folder folder;
    std::ofstream(folder.path / "text.png") << "This is no picture.";
    Desk desk(folder.path / "cache");
    for (int i = 0; i < 2; ++i) { // and not cached
        const auto picture = read(desk.reader, folder.path / "text.png", 100);
        CHECK(!*picture && picture->error().message == "text.png is no picture.");
    }
    CHECK(desk.asked.size() == 2);
}

void a_thumbnail_is_kept_and_belongs_to_the_file_as_it_was() {
    const tests::Folder folder;
    const auto file = mural_in(folder);
    Desk desk(folder.path / "cache");
    const auto first = read(desk.reader, file, 100);
    CHECK(*first && !fs::is_empty(folder.path / "cache"));
    const auto second = read(desk.reader, file, 100); // from the cache
    CHECK(*second && (*second)->width == (*first)->width && (*second)->height == (*first)->height);
    CHECK(desk.asked.size() == 1);
    std::ofstream(file) << "no picture any more";
    CHECK(!*read(desk.reader, file, 100));
}

void a_file_that_a_preview_has_read_needs_no_other_reading_for_its_thumbnail() {
    const tests::Folder folder;
    const auto file = mural_in(folder);
    Desk desk(folder.path / "cache");
    const auto large = read(desk.reader, file, 2 * PictureReader::cached_longest);
    const auto small = read(desk.reader, file, PictureReader::cached_longest);
    CHECK(desk.asked.size() == 1);
    CHECK(longest_side(**large) == 2 * PictureReader::cached_longest);
    CHECK(longest_side(**small) == PictureReader::cached_longest && (*small)->width == (*large)->width);
}

void a_large_file_is_read_only_when_it_is_urgent() {
    const tests::Folder folder;
    const auto large = mural_in(folder), small = folder.path / "small.jpg";
    fs::copy_file(large, small);
    fs::resize_file(large, std::uintmax_t(65) << 20);
    Desk desk(folder.path / "cache");
    bool shown = false;
    desk.reader.read(large, 100, [&](const auto& picture) { shown = picture.has_value(); });
    CHECK(*read(desk.reader, small, 100));
    CHECK(!shown && desk.asked == std::vector<std::string>{"small.jpg"});
    desk.reader.read(
        large, PictureReader::cached_longest, [](const auto&) {}, /*urgent=*/true);
    wait_until([&] { return shown; });
}

void an_urgent_file_comes_before_those_that_wait() {
    const tests::Folder folder;
    const auto file = mural_in(folder);
    Desk desk;
    constexpr int files = 8;
    int done = 0;
    for (int i = 0; i < files; ++i) {
        const auto waiting = folder.path / std::to_string(i);
        fs::copy_file(file, waiting);
        desk.reader.read(waiting, 50, [&](const auto&) {
            if (++done == 1)
                desk.reader.read(
                    file, 50, [&](const auto&) { ++done; }, /*urgent=*/true);
        });
    }
    wait_until([&] { return done == files + 1; });
    CHECK(desk.asked.back() == std::to_string(files - 1));
}

void nobody_is_called_after_the_end() {
    const tests::Folder folder;
    const auto file = mural_in(folder);
    bool called = false;
    {
        Desk desk;
        for (int i = 0; i < 5; ++i)
            for (const auto& one : {starry_night(), file})
                desk.reader.read(one, 50, [&](const auto&) { called = true; });
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
        TEST(a_bundled_painting_is_read_small_and_its_size_is_known),
        TEST(any_other_file_is_read_by_the_editor),
        TEST(what_the_editor_says_of_a_file_is_told),
        TEST(a_thumbnail_is_kept_and_belongs_to_the_file_as_it_was),
        TEST(a_file_that_a_preview_has_read_needs_no_other_reading_for_its_thumbnail),
        TEST(a_large_file_is_read_only_when_it_is_urgent),
        TEST(an_urgent_file_comes_before_those_that_wait),
        TEST(nobody_is_called_after_the_end),
    });
}
