// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "presets.hpp"
#include "test_folder.hpp"

#include <cstdlib>
#include <fstream>

using namespace neural_style;
using namespace neural_style::plugin;

namespace {

Settings bold() {
    Settings settings;
    settings.strength = 0.75;
    settings.stroke_size = 180;
    settings.colors = Colors::content;
    settings.quality = Quality::print;
    return settings;
}

void what_is_saved_is_read_again() {
    const tests::Folder folder;
    const Presets presets(folder.path / "presets");
    CHECK(presets.names().empty());
    CHECK(presets.save("Bold oil, größer", bold()));
    CHECK(presets.names() == std::vector<std::string>{"Bold oil, größer"});
    const auto read = presets.read("Bold oil, größer");
    CHECK(read && *read == bold());
}

void a_name_that_is_there_is_replaced() {
    const tests::Folder folder;
    const Presets presets(folder.path);
    CHECK(presets.save("One", {}));
    CHECK(presets.save("One", bold()));
    CHECK(presets.names().size() == 1 && *presets.read("One") == bold());
}

void a_name_never_leaves_the_folder() {
    const tests::Folder folder;
    const Presets presets(folder.path / "presets");
    for (const auto& name : std::vector<std::string>{"", "../evil", "a/b", ".hidden", "line\nbreak",
                                                     "escape\x1b[2J", std::string(200, 'x')}) {
        CHECK(!presets.save(name, {}));
        CHECK(!presets.read(name));
        CHECK(!presets.remove(name));
    }
    CHECK(!std::filesystem::exists(folder.path / "evil.neural-style.json"));
}

void a_removed_preset_is_gone() {
    const tests::Folder folder;
    const Presets presets(folder.path);
    CHECK(presets.save("One", {}) && presets.save("Two", {}));
    CHECK(presets.remove("One"));
    CHECK(presets.names() == std::vector<std::string>{"Two"});
}

void a_preset_is_handed_on_and_taken_in() {
    const tests::Folder mine, theirs;
    const Presets from(mine.path), to(theirs.path / "presets");
    CHECK(from.save("Bold", bold()));
    const auto file = theirs.path / "from a friend.json";
    CHECK(from.hand_on("Bold", file));
    const auto name = to.take(file);
    CHECK(name && *name == "from a friend");
    CHECK(*to.read(*name) == bold());
}

void a_file_that_is_no_preset_is_refused_with_its_name() {
    const tests::Folder folder;
    const Presets presets(folder.path / "presets");
    for (const char* text : {"", "{", "[]", R"({"qualty": "fine"})", R"({"strength": "much"})", "GIF89a"}) {
        std::ofstream(folder.path / "odd.json") << text;
        const auto taken = presets.take(folder.path / "odd.json");
        CHECK(!taken && taken.error().message.contains("odd.json"));
    }
    CHECK(!presets.take(folder.path / "missing.json"));
    CHECK(presets.names().empty());
}

PresetCatalog bundled() {
    return *PresetCatalog::read(std::filesystem::path(std::getenv("NEURAL_STYLE_DATA")) / "presets");
}

void each_bundled_preset_holds_settings() {
    const auto catalog = bundled();
    for (const auto& preset : catalog.presets()) {
        const auto chosen = chosen_preset(preset);
        CHECK(chosen && chosen->settings != Settings{});
        CHECK(chosen->style == preset.style);
    }
    CHECK(chosen_preset("dream", Presets("/nowhere"), bundled())->settings.manner == Manner::dream);
}

void a_preset_of_the_users_goes_before_a_bundled_one_of_its_name() {
    const tests::Folder folder;
    const Presets mine(folder.path);
    CHECK(chosen_preset("poster", mine, bundled())->style == "waves");
    CHECK(mine.save("poster", bold()));
    const auto chosen = chosen_preset("poster", mine, bundled());
    CHECK(chosen && chosen->settings == bold() && chosen->style.empty());
    CHECK(mine.remove("poster"));
    CHECK(chosen_preset("poster", mine, bundled())->style == "waves");
}

void a_preset_that_is_not_there_is_answered_with_those_that_are() {
    const tests::Folder folder;
    const auto missing = chosen_preset("nothing", Presets(folder.path), bundled());
    CHECK(!missing && missing.error().message.contains("poster"));
}

void what_differs_from_the_defaults_goes_before_a_preset() {
    Settings given;
    given.strength = 0.5;
    given.iterations = 7;
    const auto both = over_preset(bold(), given);
    CHECK(both.strength == 0.5 && both.iterations == 7);
    CHECK(both.stroke_size == 180 && both.quality == Quality::print);
    CHECK(over_preset(bold(), {}) == bold() && over_preset({}, bold()) == bold());
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(what_is_saved_is_read_again),
        TEST(a_name_that_is_there_is_replaced),
        TEST(a_name_never_leaves_the_folder),
        TEST(a_removed_preset_is_gone),
        TEST(a_preset_is_handed_on_and_taken_in),
        TEST(a_file_that_is_no_preset_is_refused_with_its_name),
        TEST(each_bundled_preset_holds_settings),
        TEST(a_preset_of_the_users_goes_before_a_bundled_one_of_its_name),
        TEST(a_preset_that_is_not_there_is_answered_with_those_that_are),
        TEST(what_differs_from_the_defaults_goes_before_a_preset),
    });
}
