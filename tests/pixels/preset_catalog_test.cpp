// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "preset_catalog.hpp"
#include "style_catalog.hpp"
#include "test_folder.hpp"

#include <cstdlib>
#include <fstream>

using namespace neural_style;
namespace fs = std::filesystem;

namespace {

Result<PresetCatalog> catalog_of(const tests::Folder& folder, const char* text) {
    std::ofstream(folder.path / "catalog.json") << text;
    return PresetCatalog::read(folder.path);
}

void a_bundled_preset_is_found_by_its_name() {
    const tests::Folder folder;
    const auto catalog =
        catalog_of(folder, R"([{"name": "bold", "style": "waves", "settings": {"strength": 2}},
                                                {"name": "calm", "settings": {}}])");
    CHECK(catalog && catalog->presets().size() == 2);
    const auto bold = catalog->find("bold");
    CHECK(bold && bold->style == "waves" && bold->settings == R"({"strength":2})");
    CHECK(bold->picture == folder.path / "bold.jpg");
    const auto nothing = catalog->find("nothing");
    CHECK(!nothing && nothing.error().code == ErrorCode::invalid_request);
    CHECK(nothing.error().message.contains("bold, calm"));
}

void a_missing_or_damaged_list_is_an_error() {
    const tests::Folder folder;
    CHECK(!PresetCatalog::read(folder.path));
    for (const char* text : {"", "{", "{}", "null"})
        CHECK(!catalog_of(folder, text));
}

void entries_without_a_plain_name_or_settings_are_left_out() {
    const tests::Folder folder;
    const auto catalog =
        catalog_of(folder, R"([{"settings": {}}, {"name": "../a", "settings": {}}, {"name": "b"}, 3,
                               {"name": "good", "style": 7, "settings": {}}])");
    CHECK(catalog && catalog->presets().size() == 1);
    CHECK(catalog->presets().front().name == "good" && catalog->presets().front().style.empty());
}

void each_shipped_preset_has_a_title_a_small_picture_and_a_style_that_is_there() {
    constexpr std::uintmax_t picture_bytes_max = 10'000;
    const auto data = fs::path(std::getenv("NEURAL_STYLE_DATA"));
    const auto catalog = PresetCatalog::read(data / "presets");
    const auto styles = StyleCatalog::read(data / "styles");
    CHECK(catalog && styles && !catalog->presets().empty());
    for (const auto& preset : catalog->presets()) {
        CHECK(display_title(preset) != preset.name);
        CHECK(fs::is_regular_file(preset.picture) && fs::file_size(preset.picture) <= picture_bytes_max);
        CHECK(preset.style.empty() || styles->find(preset.style));
    }
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_bundled_preset_is_found_by_its_name),
        TEST(a_missing_or_damaged_list_is_an_error),
        TEST(entries_without_a_plain_name_or_settings_are_left_out),
        TEST(each_shipped_preset_has_a_title_a_small_picture_and_a_style_that_is_there),
    });
}
