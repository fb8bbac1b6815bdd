// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "style_catalog.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace neural_style;
namespace fs = std::filesystem;

namespace {

/// A folder with a catalogue of that text.
class Folder {
  public:
    explicit Folder(const std::string& catalog) {
        std::string pattern = (fs::temp_directory_path() / "neural-style-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
        std::ofstream(path_ / "catalog.json") << catalog;
    }
    ~Folder() { fs::remove_all(path_); }
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

void a_bundled_style_is_found_by_its_name() {
    Folder folder(
        R"([{"name": "waves", "file": "waves.jpg", "title": "Waves", "painter": "Uehara Konen", "year": "1910"},
                      {"name": "night", "file": "night.jpg"}])");
    const auto catalog = StyleCatalog::read(folder.path());
    CHECK(catalog);
    CHECK(catalog->find("waves")->file == folder.path() / "waves.jpg");
    const auto nothing = catalog->find("nothing");
    CHECK(!nothing && nothing.error().code == ErrorCode::invalid_request);
    CHECK(nothing.error().message.contains("waves, night"));
    CHECK(catalog->names() == "waves, night");
    CHECK(display_title(*catalog->find("waves")) == "Waves (Uehara Konen, 1910)");
    CHECK(display_title(*catalog->find("night")) == "night");
}

void a_missing_or_damaged_catalogue_is_an_error() {
    CHECK(!StyleCatalog::read("/nowhere"));
    for (const char* text : {"", "{", "{}", "null", "\"text\""}) {
        Folder folder(text);
        const auto catalog = StyleCatalog::read(folder.path());
        CHECK(!catalog && catalog.error().code == ErrorCode::bad_picture);
    }
}

void entries_that_leave_the_folder_or_have_no_name_are_left_out() {
    Folder folder(
        R"([{"name": "a", "file": "../secret.jpg"}, {"name": "b", "file": "/etc/passwd"}, {"file": "c.jpg"},
                      {"name": "d", "file": ".."}, {"name": "e"}, {"name": 7, "file": "f.jpg"}, 3,
                      {"name": "good", "file": "good.jpg", "title": 5}])");
    const auto catalog = StyleCatalog::read(folder.path());
    CHECK(catalog);
    CHECK(catalog->names() == "good");
}

void the_shipped_catalogue_names_files_that_exist_and_the_default() {
    const char* data = std::getenv("NEURAL_STYLE_DATA");
    CHECK(data);
    const auto catalog = StyleCatalog::read(fs::path(data) / "styles");
    CHECK(catalog);
    CHECK(catalog->find("starry-night"));
    for (const auto& style : catalog->styles())
        CHECK(fs::is_regular_file(style.file));
}

void a_text_means_a_file_or_a_bundled_painting() {
    Folder folder(R"([{"name": "waves", "file": "waves.jpg"}])");
    CHECK(*style_file("waves", folder.path()) == folder.path() / "waves.jpg");
    CHECK(*style_file("my/waves", "/nowhere") == "my/waves");
    CHECK(*style_file("waves.png", "/nowhere") == "waves.png");
    CHECK(is_file_name("./waves") && is_file_name("waves.jpg") && !is_file_name("waves"));
    CHECK(style_file("monet", folder.path()).error().message.contains("waves"));
    CHECK(style_file("waves", "/nowhere").error().code == ErrorCode::bad_picture);
    // One that exists goes before a bundled one of the same name.
    std::ofstream(folder.path() / "waves") << "x";
    const auto here = fs::current_path();
    fs::current_path(folder.path());
    const auto file = style_file("waves", folder.path());
    fs::current_path(here);
    CHECK(file && *file == "waves");
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_bundled_style_is_found_by_its_name),
        TEST(a_missing_or_damaged_catalogue_is_an_error),
        TEST(entries_that_leave_the_folder_or_have_no_name_are_left_out),
        TEST(the_shipped_catalogue_names_files_that_exist_and_the_default),
        TEST(a_text_means_a_file_or_a_bundled_painting),
    });
}
