// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "style_catalog.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace neural_style;
using namespace neural_style::plugin;
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
    CHECK(catalog->named("waves")->file == folder.path() / "waves.jpg");
    CHECK(catalog->named("nothing") == nullptr);
    CHECK(catalog->names() == "waves, night");
    CHECK(display_title(*catalog->named("waves")) == "Waves (Uehara Konen, 1910)");
    CHECK(display_title(*catalog->named("night")) == "night");
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
    CHECK(catalog->named("starry-night"));
    for (const auto& style : catalog->styles())
        CHECK(fs::is_regular_file(style.file));
}

void the_data_folder_is_the_first_that_has_styles() {
    Folder environment("[]"), program("[]");
    CHECK(data_folder(environment.path(), program.path(), "/installed") == "/installed");
    fs::create_directories(program.path() / "data/styles");
    CHECK(data_folder(environment.path(), program.path(), "/installed") == program.path() / "data");
    fs::create_directories(environment.path() / "styles");
    CHECK(data_folder(environment.path(), program.path(), "/installed") == environment.path());
    CHECK(data_folder("", program.path(), "/installed") == program.path() / "data");
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_bundled_style_is_found_by_its_name),
        TEST(a_missing_or_damaged_catalogue_is_an_error),
        TEST(entries_that_leave_the_folder_or_have_no_name_are_left_out),
        TEST(the_shipped_catalogue_names_files_that_exist_and_the_default),
        TEST(the_data_folder_is_the_first_that_has_styles),
    });
}
