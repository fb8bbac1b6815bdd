// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "style_folder.hpp"
#include "test_folder.hpp"

#include <fstream>
#include <sstream>

using namespace neural_style::plugin;

namespace {

namespace fs = std::filesystem;

fs::path written(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return file;
}

std::string content(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

void a_folder_that_is_not_there_is_empty() {
    const tests::Folder folder;
    const StyleFolder mine(folder.path / "nowhere", {"png", "jpg", "xcf.gz"});
    CHECK(mine.files().empty() && mine.recent().empty() && mine.find("a.png").empty());
}

void an_added_picture_is_copied() {
    const tests::Folder folder;
    const StyleFolder mine(folder.path / "user", {"png", "jpg", "xcf.gz"});
    const auto original = written(folder.path / "mural.jpg", "one");
    const auto copy = mine.add(original);
    CHECK(copy && mine.holds(*copy) && !mine.holds(original));
    CHECK(mine.files() == std::vector{*copy} && content(*copy) == "one");
    // Adding it again, or from its own place, changes nothing.
    CHECK(*mine.add(original) == *copy && *mine.add(*copy) == *copy);
    CHECK(mine.files().size() == 1);
}

void another_picture_of_the_same_name_gets_a_number() {
    const tests::Folder folder;
    const StyleFolder mine(folder.path / "user", {"png", "jpg", "xcf.gz"});
    CHECK(mine.add(written(folder.path / "a/mural.jpg", "one")));
    const auto other = mine.add(written(folder.path / "b/mural.jpg", "two"));
    CHECK(other && other->filename() == "mural-2.jpg" && content(*other) == "two");
}

void what_is_no_picture_by_its_name_is_not_listed() {
    const tests::Folder folder;
    const StyleFolder mine(folder.path, {"png", "jpg", "xcf.gz"});
    written(folder.path / "styles/notes.txt", "x");
    written(folder.path / "styles/.hidden.png", "x");
    written(folder.path / "styles/broken.PNG", "not a picture");
    fs::create_directories(folder.path / "styles/folder.png");
    written(folder.path / "styles/layers.xcf.gz", "x");
    CHECK(mine.files().size() == 2 && mine.files()[0].filename() == "broken.PNG" &&
          mine.files()[1].filename() == "layers.xcf.gz");
}

void the_last_one_used_comes_first_and_what_is_gone_is_left_out() {
    const tests::Folder folder;
    const StyleFolder mine(folder.path / "user", {"png", "jpg", "xcf.gz"});
    const auto one = written(folder.path / "one.png", "1"), two = written(folder.path / "two.png", "2");
    mine.note(one);
    mine.note(two);
    mine.note(one);
    CHECK(mine.recent() == (std::vector{one, two}));
    CHECK(mine.find("two.png") == two);
    fs::remove(one);
    CHECK(mine.recent() == std::vector{two});
}

void the_list_does_not_grow_without_end() {
    const tests::Folder folder;
    const StyleFolder mine(folder.path / "user", {"png", "jpg", "xcf.gz"});
    for (int i = 0; i < 30; ++i)
        mine.note(written(folder.path / ("p" + std::to_string(i) + ".png"), "x"));
    CHECK(mine.recent().size() == StyleFolder::recent_max);
    CHECK(mine.recent()[0].filename() == "p29.png");
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_folder_that_is_not_there_is_empty),
        TEST(an_added_picture_is_copied),
        TEST(another_picture_of_the_same_name_gets_a_number),
        TEST(what_is_no_picture_by_its_name_is_not_listed),
        TEST(the_last_one_used_comes_first_and_what_is_gone_is_left_out),
        TEST(the_list_does_not_grow_without_end),
    });
}
