// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "installation.hpp"
#include "test_folder.hpp"

#include <cstdlib>
#include <fstream>

using namespace neural_style;
using namespace tests;

static void the_environment_goes_first() {
    const Folder folder;
    setenv("NEURAL_STYLE_DATA", folder.path.c_str(), 1);
    CHECK(data_folder() == folder.path);
}

static void data_beside_the_program_goes_before_what_the_build_was_told() {
    const auto beside = program_folder() / "data";
    std::filesystem::create_directories(beside / "models");
    for (const bool set : {true, false}) {
        set ? setenv("NEURAL_STYLE_DATA", "", 1) : unsetenv("NEURAL_STYLE_DATA");
        CHECK(data_folder() == beside);
    }
    std::filesystem::remove_all(beside);
    CHECK(data_folder() != beside);
}

static void files_that_are_named_stay() {
    OpenOptions options;
    options.feature_network = "mine.safetensors";
    open_from("data", options);
    CHECK(options.feature_network == "mine.safetensors");
    CHECK(options.trained_styles == "data/models" && options.styles == "data/styles");
}

static void an_encoder_is_never_given_the_decoder_of_another() {
    OpenOptions options;
    options.encoder = "mine.safetensors";
    open_from("data", options);
    CHECK(options.encoder == "mine.safetensors" && options.decoder.empty());
}

static void networks_are_added_where_the_user_keeps_data() {
    setenv("XDG_DATA_HOME", "/somewhere", 1);
    CHECK(user_networks_folder() == "/somewhere/neural-style/networks");
    setenv("HOME", "/home/me", 1);
    for (const char* invalid : {"relative/path", ""}) {
        setenv("XDG_DATA_HOME", invalid, 1);
        CHECK(user_networks_folder() == "/home/me/.local/share/neural-style/networks");
    }
}

static void downloads_lie_where_the_user_keeps_what_can_be_made_again() {
    setenv("XDG_CACHE_HOME", "/somewhere", 1);
    CHECK(user_downloads_folder() == "/somewhere/neural-style");
    setenv("HOME", "/home/me", 1);
    setenv("XDG_CACHE_HOME", "relative/path", 1);
    CHECK(user_downloads_folder() == "/home/me/.cache/neural-style");
}

static void the_user_s_own_paintings_lie_in_profiles_of_gimp_the_newest_first() {
    const Folder folder;
    for (const char* version : {"3.0", "3.2", "2.10"})
        std::filesystem::create_directories(folder.path / "GIMP" / version);
    setenv("XDG_CONFIG_HOME", folder.path.c_str(), 1);
    unsetenv("GIMP3_DIRECTORY");
    const auto styles = user_styles_folders();
    CHECK(styles.size() == 2 && styles[0] == folder.path / "GIMP/3.2/neural-style/styles" &&
          styles[1] == folder.path / "GIMP/3.0/neural-style/styles");
    setenv("GIMP3_DIRECTORY", "/profile", 1);
    CHECK(user_styles_folders() == std::vector<std::filesystem::path>{"/profile/neural-style/styles"});
}

static void only_a_program_in_flatpak_starts_the_engine_outside() {
    unsetenv("FLATPAK_ID");
    CHECK(engine_command_from_flatpak().empty() || std::filesystem::exists("/.flatpak-info"));
    setenv("FLATPAK_ID", "org.gimp.GIMP", 1);
    CHECK(engine_command_from_flatpak() == "flatpak-spawn --host neural-style-engine");
    unsetenv("FLATPAK_ID");
}

static void programs_that_only_programs_start_are_in_libexec_or_beside_them() {
    unsetenv("NEURAL_STYLE_READER");
    const Folder prefix;
    const auto programs = prefix.path / "bin", libexec = prefix.path / "libexec/neural-style";
    const auto elsewhere = reader_program(programs);
    CHECK(elsewhere.filename() == "neural-style-reader" && elsewhere.parent_path() != programs);
    for (const auto& folder : {programs, libexec}) { // the latter, where both are
        std::filesystem::create_directories(folder);
        std::ofstream(folder / "neural-style-reader") << "reader";
        CHECK(reader_program(programs) == folder / "neural-style-reader");
    }
    setenv("NEURAL_STYLE_READER", "/mine", 1);
    CHECK(reader_program(programs) == "/mine");
}

/// This code is in the test's program, as it is in a library elsewhere.
static void a_library_s_programs_are_beside_it_or_in_its_prefix() {
    const auto code = reinterpret_cast<const void*>(&a_library_s_programs_are_beside_it_or_in_its_prefix);
    const auto engine = program_folder() / "neural-style-engine";
    const auto elsewhere = library_programs_folder(code);
    CHECK(elsewhere != program_folder());
    std::ofstream(engine) << "engine";
    CHECK(library_programs_folder(code) == program_folder());
    std::filesystem::remove(engine);
}

int main() {
    return run_tests({TEST(the_user_s_own_paintings_lie_in_profiles_of_gimp_the_newest_first),
                      TEST(a_library_s_programs_are_beside_it_or_in_its_prefix),
                      TEST(only_a_program_in_flatpak_starts_the_engine_outside),
                      TEST(programs_that_only_programs_start_are_in_libexec_or_beside_them),
                      TEST(the_environment_goes_first),
                      TEST(data_beside_the_program_goes_before_what_the_build_was_told),
                      TEST(files_that_are_named_stay), TEST(an_encoder_is_never_given_the_decoder_of_another),
                      TEST(networks_are_added_where_the_user_keeps_data),
                      TEST(downloads_lie_where_the_user_keeps_what_can_be_made_again)});
}
