// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "style_catalog.hpp"

#include <neural_style/settings.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

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
                      {"name": "g.jpg", "file": "g.jpg"}, {"name": "h/h", "file": "h.jpg"},
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

void a_painting_has_the_settings_that_suit_it() {
    Folder folder(
        R"([{"name": "waves", "file": "waves.jpg", "settings": {"stroke-size": 150, "detail": 0.25}},
            {"name": "night", "file": "night.jpg"},
            {"name": "odd", "file": "odd.jpg", "settings": ["detail"]},
            {"name": "wrong", "file": "wrong.jpg", "settings":
                {"stroke-size": 5000, "strength": -1, "detail": "much", "seed": 3, "mood": 1}}])");
    const auto catalog = StyleCatalog::read(folder.path());
    CHECK(catalog);
    const auto settings = catalog->find("waves")->settings;
    CHECK(settings == (SuitedSettings{{"detail", 0.25}, {"stroke-size", 150}}));
    CHECK(words_of(settings) == "detail 0.25, stroke-size 150");
    for (const char* name : {"night", "odd", "wrong"})
        CHECK(catalog->find(name)->settings.empty());
    CHECK(words_of({}).empty());
}

void what_suits_no_painting_in_particular_is_the_default() {
    const Settings defaults;
    CHECK(suitable_settings().at("strength") == defaults.strength);
    CHECK(suitable_settings().at("stroke-size") == defaults.stroke_size);
    CHECK(suitable_settings().at("detail") == defaults.detail);
}

void the_shipped_settings_are_modest_and_none_is_lost() {
    const auto folder = fs::path(std::getenv("NEURAL_STYLE_DATA")) / "styles";
    const auto catalog = StyleCatalog::read(folder);
    CHECK(catalog);
    std::ifstream file(folder / "catalog.json");
    std::size_t written = 0, read = 0;
    for (const auto& entry : nlohmann::json::parse(file))
        written += entry.contains("settings") ? entry["settings"].size() : 0;
    for (const auto& style : catalog->styles()) {
        read += style.settings.size();
        for (const auto& [name, value] : style.settings)
            CHECK(name == "stroke-size" ? value >= 50 && value <= 200 : value <= 1);
    }
    CHECK(read == written && read > 0);
    // The default settings are tuned for it.
    CHECK(catalog->find("starry-night")->settings.empty());
}

void a_text_means_a_file_or_a_bundled_painting() {
    Folder folder(R"([{"name": "waves", "file": "waves.jpg"}])");
    CHECK(*style_file("waves", folder.path()) == folder.path() / "waves.jpg");
    CHECK(*style_file("my/waves", "/nowhere") == "my/waves");
    CHECK(*style_file("waves.png", "/nowhere") == "waves.png");
    CHECK(is_file_name("./waves") && is_file_name("waves.jpg") && !is_file_name("waves"));
    CHECK(style_file("monet", folder.path()).error().message.contains("waves"));
    CHECK(style_file("waves", "/nowhere").error().code == ErrorCode::bad_picture);
}

void a_text_means_the_same_wherever_the_program_runs() {
    Folder folder(R"([{"name": "waves", "file": "waves.jpg"}])");
    const auto here = fs::current_path();
    fs::current_path(folder.path());
    fs::create_directory("waves");
    std::ofstream("monet") << "x";
    const auto bundled = style_file("waves", folder.path());
    const auto file = style_file("monet", folder.path());
    fs::current_path(here);
    CHECK(bundled && *bundled == folder.path() / "waves.jpg");
    CHECK(!file && file.error().code == ErrorCode::invalid_request);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_bundled_style_is_found_by_its_name),
        TEST(a_missing_or_damaged_catalogue_is_an_error),
        TEST(entries_that_leave_the_folder_or_have_no_name_are_left_out),
        TEST(the_shipped_catalogue_names_files_that_exist_and_the_default),
        TEST(a_painting_has_the_settings_that_suit_it),
        TEST(what_suits_no_painting_in_particular_is_the_default),
        TEST(the_shipped_settings_are_modest_and_none_is_lost),
        TEST(a_text_means_a_file_or_a_bundled_painting),
        TEST(a_text_means_the_same_wherever_the_program_runs),
    });
}
