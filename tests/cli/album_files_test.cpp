// SPDX-License-Identifier: GPL-3.0-or-later
#include "album_files.hpp"
#include "album_names.hpp"
#include "cmocka.hpp"
#include "test_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace neural_style;
using namespace neural_style::cli;
using tests::Folder;

namespace fs = std::filesystem;

namespace {

/// A folder with such files, in which names are relative.
struct Files {
    Folder folder;
    fs::path before = fs::current_path();

    Files(std::vector<std::string> names) {
        fs::current_path(folder.path);
        for (const auto& name : names)
            write(name, name);
    }
    ~Files() { fs::current_path(before); }

    static void write(const fs::path& name, const std::string& text) {
        if (name.has_parent_path())
            fs::create_directories(name.parent_path());
        std::ofstream(name) << text;
    }
};

/// "photo>painting" of each.
std::vector<std::string> listed(const AlbumArguments& album, AlbumTarget target = {.output = "out"}) {
    const auto files = album_files(album, target);
    if (!files)
        throw std::runtime_error(files.error().message);
    std::vector<std::string> texts;
    for (const auto& file : *files)
        texts.push_back(file.photo.string() + ">" + file.painting.string());
    return texts;
}

std::string refusal(const AlbumArguments& album, AlbumTarget target = {.output = "out"}) {
    const auto files = album_files(album, target);
    if (files)
        throw std::runtime_error("was accepted");
    CHECK(files.error().code == ErrorCode::invalid_request);
    return files.error().message;
}

using Texts = std::vector<std::string>;

void named_photos_are_sorted_and_keep_the_ending_that_can_be_written() {
    const Files files({"b.JPG", "a.heic", "c d'\".tif"});
    CHECK(listed({.photos = {"c d'\".tif", "missing.png", "b.JPG", "a.heic", "./b.JPG"}}) ==
          (Texts{"a.heic>out/a.png", "b.JPG>out/b.JPG", "c d'\".tif>out/c d'\".tif",
                 "missing.png>out/missing.png"}));
}

void a_format_is_that_of_all() {
    const Files files({"a.jpg", "b.tif", "c.tiff"});
    CHECK(listed({.photos = {"a.jpg", "b.tif", "c.tiff"}}, {.output = "out", .kind = PictureKind::tiff}) ==
          (Texts{"a.jpg>out/a.tiff", "b.tif>out/b.tif", "c.tiff>out/c.tiff"}));
}

void a_folder_has_its_pictures_by_name() {
    const Files files({"in/b.png", "in/a.JPEG", "in/notes.txt", "in/.hidden.png", "in/below/c.png"});
    CHECK(listed({.photos = {"in"}}) == (Texts{"in/a.JPEG>out/a.JPEG", "in/b.png>out/b.png"}));
}

void folders_below_keep_their_tree() {
    const Files files({"in/b.png", "in/x/b.png", "in/x/y/c.png", "in/.git/d.png"});
    fs::create_directory_symlink("..", "in/x/round");
    CHECK(listed({.photos = {"in"}, .recursive = true}) ==
          (Texts{"in/b.png>out/b.png", "in/x/b.png>out/x/b.png", "in/x/y/c.png>out/x/y/c.png"}));
}

void the_output_folder_is_not_read() {
    const Files files({"in/a.png", "in/painted/a.png", "in/x/b.png"});
    CHECK(listed({.photos = {"in"}, .recursive = true}, {.output = "in/painted"}) ==
          (Texts{"in/a.png>in/painted/a.png", "in/x/b.png>in/painted/x/b.png"}));
}

void paintings_beside_their_photos_are_not_painted_again() {
    const Files files({"in/a.png", "in/b-painted.png"});
    const AlbumArguments album{.photos = {"in"}, .name = "{name}-painted.{ending}"};
    const Texts both{"in/a.png>in/a-painted.png", "in/b-painted.png>in/b-painted-painted.png"};
    CHECK(listed(album, {.output = "in"}) == both);
    Files::write("in/a-painted.png", "painting");
    Files::write("in/b-painted-painted.png", "painting");
    CHECK(listed(album, {.output = "in"}) == both);
}

void nothing_that_is_read_is_replaced() {
    const Files files({"a.png", "b.png", "in/a.png", "style/waves.png"});
    CHECK(refusal({.photos = {"a.png"}}, {.output = "."}).contains("a.png"));
    CHECK(refusal({.photos = {"in"}}, {.output = "in"}).contains("in/a.png"));
    Files::write("waves.png", "photo");
    CHECK(refusal({.photos = {"waves.png"}}, {.output = "style", .reads = {"style/waves.png"}})
              .contains("style/waves.png"));
    fs::create_directory("out");
    fs::create_symlink("../b.png", "out/a.png");
    CHECK(refusal({.photos = {"a.png", "b.png"}}).contains("out/a.png"));
    // Named, it is a photo, whoever made it.
    Files::write("a-painted.png", "photo");
    CHECK(refusal({.photos = {"a.png", "a-painted.png"}, .name = "{name}-painted.{ending}"}, {.output = "."})
              .contains("a-painted.png"));
}

void two_paintings_of_one_name_are_refused() {
    const Files files({"a.jpg", "a.png", "x/a.png"});
    const auto message = refusal({.photos = {"a.jpg", "a.png"}}, {.output = "out", .kind = PictureKind::png});
    CHECK(message.contains("a.jpg and a.png") && message.contains("{name}-{number}.{ending}"));
    CHECK(refusal({.photos = {"a.png", "x"}}).contains("out/a.png"));
    CHECK(listed({.photos = {"a.png", "x"}, .name = "{number}-{name}.{ending}"}) ==
          (Texts{"a.png>out/1-a.png", "x/a.png>out/2-a.png"}));
}

void a_list_has_lines_or_what_find_prints() {
    const Files files({"a b.png", "c\nd.png"});
    Files::write("lines", "a b.png\r\n\nmissing.png\n-");
    CHECK(listed({.list = "lines"}) ==
          (Texts{"./->out/-.png", "a b.png>out/a b.png", "missing.png>out/missing.png"}));
    Files::write("nul", std::string("c\nd.png\0a b.png\0", 16));
    CHECK(listed({.list = "nul"}) == (Texts{"a b.png>out/a b.png", "c\nd.png>out/c\nd.png"}));
    CHECK(refusal({.list = "none"}).contains("none"));
    Files::write("empty", "\n");
    CHECK(refusal({.list = "empty"}).contains("empty"));
}

void a_folder_without_pictures_is_told() {
    const Files files({"in/x/a.png", "in/notes.txt"});
    CHECK(refusal({.photos = {"in"}}).contains("--recursive"));
}

void without_an_output_nothing_can_clash() {
    const Files files({"in/a.png"});
    CHECK(listed({.photos = {"in"}}, {}) == (Texts{"in/a.png>"}));
}

void patterns_are_filled() {
    const auto name = [](const char* pattern) {
        return NamePattern::read(pattern, false)
            ->filled({.name = "boats", .ending = "jpg", .style = "waves", .number = "007"});
    };
    CHECK(name("") == "boats.jpg");
    CHECK(name("{name}-{style}.{ending}") == "boats-waves.jpg");
    CHECK(name("{number} {name}.png") == "007 boats.png");
    CHECK(NamePattern::read("{number} {name}.png", false)->kind() == PictureKind::png);
    for (const char* bad :
         {"{nam}.png", "{name.png", "{}", "all.png", "x/{name}.png", "{name}", "{name}.xcf"})
        CHECK(!NamePattern::read(bad, false));
    CHECK(NamePattern::read("{name}", true));
}

void shards_are_the_whole() {
    for (const std::size_t count : {0, 1, 7, 8, 100}) {
        std::size_t next = 0;
        for (int part = 1; part <= 8; ++part) {
            const auto range = range_of({.part = part, .parts = 8}, count);
            CHECK(range.begin == next && range.end - range.begin <= count / 8 + 1);
            next = range.end;
        }
        CHECK(next == count);
    }
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(named_photos_are_sorted_and_keep_the_ending_that_can_be_written),
        TEST(a_format_is_that_of_all),
        TEST(a_folder_has_its_pictures_by_name),
        TEST(folders_below_keep_their_tree),
        TEST(the_output_folder_is_not_read),
        TEST(paintings_beside_their_photos_are_not_painted_again),
        TEST(nothing_that_is_read_is_replaced),
        TEST(two_paintings_of_one_name_are_refused),
        TEST(a_list_has_lines_or_what_find_prints),
        TEST(a_folder_without_pictures_is_told),
        TEST(without_an_output_nothing_can_clash),
        TEST(patterns_are_filled),
        TEST(shards_are_the_whole),
    });
}
