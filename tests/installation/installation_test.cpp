// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "installation.hpp"
#include "test_folder.hpp"

#include <cstdlib>

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

int main() {
    return run_tests(
        {TEST(the_environment_goes_first), TEST(data_beside_the_program_goes_before_what_the_build_was_told),
         TEST(files_that_are_named_stay), TEST(an_encoder_is_never_given_the_decoder_of_another)});
}
