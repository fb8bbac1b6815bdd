// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "guarded.hpp"
#include "random_network.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"
#include "test_pictures.hpp"
#include "trained_network.hpp"

#include <neural_style/engine.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

struct Files {
    Folder folder;
    std::filesystem::path network = folder.path / "network.safetensors";

    Files() {
        write_random_network(network);
        write_random_style(style("own"), StyleLayout::own);
        write_random_style(style("published"), StyleLayout::published);
    }
    std::filesystem::path style(const std::string& name) const {
        return folder.path / (name + ".safetensors");
    }
    Engine engine() const {
        auto engine = Engine::open(
            {.feature_network = network, .trained_styles = folder.path, .device = test_device_name()});
        CHECK(engine);
        return std::move(*engine);
    }
};

Settings with_model(const std::string& name) {
    Settings settings;
    settings.trained_style = name;
    settings.precision = Precision::float32;
    return settings;
}

} // namespace

static void both_layouts_paint_pictures_of_the_contents_size() {
    const Files files;
    auto engine = files.engine();
    for (const auto* name : {"own", "published"})
        for (const auto& photo : {waves(61, 47, 0.1), waves(16, 16, 0.3)}) {
            const auto result = engine.paint({.content = photo, .styles = {}, .settings = with_model(name)});
            CHECK(result && result->width() == photo.width() && result->height() == photo.height());
            CHECK(std::ranges::all_of(result->span(), [](float v) { return v >= 0 && v <= 1; }));
            CHECK(largest_difference(*result, photo) > 0.05);
        }
}

static void trained_styles_are_listed_by_name_and_other_networks_are_not() {
    const Files files;
    const auto trained = Engine::trained_styles(files.folder.path);
    CHECK((trained.styles == std::vector<TrainedStyle>{{"own", "Random"}, {"published", "published"}}));
    CHECK(trained.left_out.empty());
    CHECK(Engine::trained_styles(files.folder.path / "nowhere").styles.empty());
}

static void a_bad_file_is_told_by_its_name_and_hides_no_trained_style() {
    const Files files;
    std::vector<std::filesystem::path> bad{files.style("rubbish"), files.style(std::string(65, 'a')),
                                           files.style("back\\slash"), files.style("not\xfftext"),
                                           files.style("folder")};
    std::ofstream(bad[0]) << "no network at all";
    for (const auto& file : {bad[1], bad[2], bad[3]})
        write_random_style(file, StyleLayout::own);
    std::filesystem::create_directory(bad[4]);
    const auto trained = Engine::trained_styles(files.folder.path);
    CHECK((trained.styles == std::vector<TrainedStyle>{{"own", "Random"}, {"published", "published"}}));
    CHECK(trained.left_out.size() == bad.size());
    for (const auto& file : bad)
        CHECK(std::ranges::any_of(trained.left_out, [&](const std::string& sentence) {
            return sentence.contains(file.string()) && sentence.ends_with('.');
        }));
}

static void titles_are_short_and_on_one_line() {
    const Folder folder;
    const auto title_of = [&](const std::string& title) {
        const nlohmann::json header{
            {"__metadata__", {{"format", "neural-style-feed-forward/1"}, {"title", title}}}};
        write_safetensors(folder.path / "style.safetensors", header.dump(), "");
        return Engine::trained_styles(folder.path).styles.at(0).title;
    };
    CHECK(title_of("Nuit étoilée") == "Nuit étoilée");
    CHECK(title_of("one\ntwo\x01") == "one two␁");
    std::string umlauts = "a";
    for (int i = 0; i < 100'000; ++i)
        umlauts += "ä";
    const auto cut = title_of(umlauts);
    CHECK(cut.size() < 130 && cut.ends_with("ä…") && umlauts.starts_with(cut.substr(0, cut.size() - 3)));
}

// Norms measured once are used for all tiles, and for the whole too.
static void tiles_paint_what_the_whole_paints() {
    const Files files;
    for (const auto* name : {"own", "published"}) {
        const auto network = TrainedNetwork::read(files.style(name)).adapted(test_device(), torch::kFloat32);
        const auto content = waves(150, 110, 0.2);
        NormStatistics measured;
        network.run(torch::rand({1, 3, 112, 152}), {}, &measured);
        const auto fixed = network.with_norms(measured);
        const auto none = [](double) {};
        for (const bool wraps : {false, true}) {
            const auto whole =
                paint_trained_style(fixed, {.size = {150, 110}, .wraps = wraps}, content, none, {});
            const auto tiles = paint_trained_style(
                fixed, {.size = {150, 110}, .tile_side = 64, .wraps = wraps}, content, none, {});
            CHECK_NEAR(largest_difference(whole, tiles), 0, 1e-4);
        }
    }
}

static void tiles_are_about_the_whole_also_where_norms_measure() {
    const Files files;
    const auto network = TrainedNetwork::read(files.style("own")).adapted(test_device(), torch::kFloat32);
    const auto content = waves(300, 200, 0.2);
    const auto none = [](double) {};
    const auto whole = paint_trained_style(network, {.size = {300, 200}}, content, none, {});
    const auto tiles = paint_trained_style(network, {.size = {300, 200}, .tile_side = 96}, content, none, {});
    CHECK_NEAR(largest_difference(whole, tiles), 0,
               1e-3); // below a megapixel the reduced version is the picture itself
}

static void strength_0_is_the_photo_to_the_last_bit() {
    const Files files;
    auto engine = files.engine();
    const auto photo = waves(60, 44, 0.1);
    auto settings = with_model("own");
    settings.strength = 0;
    const auto none = engine.paint({.content = photo, .styles = {}, .settings = settings});
    CHECK(none && std::ranges::equal(none->span(), photo.span()));
}

static void larger_strokes_are_another_painting_of_the_same_size() {
    const Files files;
    auto engine = files.engine();
    const auto photo = waves(80, 60, 0.1);
    auto settings = with_model("own");
    const auto plain = engine.paint({.content = photo, .styles = {}, .settings = settings});
    settings.stroke_size = 200;
    const auto larger = engine.paint({.content = photo, .styles = {}, .settings = settings});
    CHECK(plain && larger && largest_difference(*plain, *larger) > 0.01);
}

static void strokes_that_are_not_to_be_had_are_told() {
    const Files files;
    auto engine = files.engine();
    const auto photo = waves(40, 30, 0.1);
    auto settings = with_model("own");
    for (const double stroke_size : {10.0, 25.0}) {
        settings.stroke_size = stroke_size;
        std::string told;
        CHECK(engine.paint({.content = photo, .styles = {}, .settings = settings},
                           [&](const Update& update) { told += update.notice; }));
        CHECK(told.contains("at least 25 %") == (stroke_size < 25));
    }
}

static void a_thin_picture_keeps_its_shape_under_the_size_limit() {
    const Files files;
    auto engine = files.engine();
    auto settings = with_model("own");
    settings.size_limit = 48;
    const auto thin = engine.paint({.content = waves(480, 32, 0.1), .styles = {}, .settings = settings});
    CHECK(thin && thin->width() == 48 && thin->height() == 3);
}

static void protected_parts_are_the_content_itself() {
    const Files files;
    auto engine = files.engine();
    const auto photo = waves(40, 40, 0.1);
    const std::vector<float> all(1600, 1.0f);
    const auto result = engine.paint(
        {.content = photo, .styles = {}, .protect = {all.data(), 40, 40}, .settings = with_model("own")});
    CHECK(result && largest_difference(*result, photo) < 1e-6);
}

static void an_unknown_name_is_refused_with_those_that_exist() {
    const Files files;
    auto engine = files.engine();
    const auto photo = waves(40, 40, 0.1);
    const auto result = engine.paint({.content = photo, .styles = {}, .settings = with_model("nobody")});
    CHECK(!result && result.error().code == ErrorCode::invalid_request);
    CHECK(result.error().message.contains("own") && result.error().message.contains("published"));
    for (const auto* name : {"../own", "/etc/passwd", ".hidden", "a\\b"}) {
        const auto hostile = engine.paint({.content = photo, .styles = {}, .settings = with_model(name)});
        CHECK(!hostile && hostile.error().code == ErrorCode::invalid_request);
    }
}

static void broken_files_get_a_sentence() {
    const Files files;
    auto engine = files.engine();
    const auto photo = waves(40, 40, 0.1);
    const auto refusal = [&](const std::string& name) {
        const auto result = engine.paint({.content = photo, .styles = {}, .settings = with_model(name)});
        return !result && result.error().code == ErrorCode::bad_weights &&
               result.error().message.ends_with('.');
    };
    std::ofstream(files.style("rubbish")) << "no network";
    CHECK(refusal("rubbish"));
    CHECK(refusal("network")); // a feature network is not a style
    std::filesystem::resize_file(files.style("own"), std::filesystem::file_size(files.style("own")) / 2);
    CHECK(refusal("own"));
    write_safetensors(
        files.style("odd"),
        R"({"__metadata__":{"format":"neural-style-feed-forward/1","graph":"[{\"relu\":true},{\"up\":\"nearest\",\"size\":2}]"}})",
        "");
    CHECK(refusal("odd"));
}

static void the_estimate_needs_no_pixels() {
    const Files files;
    auto engine = files.engine();
    const auto small =
        engine.estimate({.content = {nullptr, 256, 256}, .styles = {}, .settings = with_model("own")});
    const auto large =
        engine.estimate({.content = {nullptr, 4000, 3000}, .styles = {}, .settings = with_model("own")});
    CHECK(small && large && small->tiles == 1 && large->tiles > 4);
    CHECK(large->memory_needed > small->memory_needed && large->time_needed > small->time_needed);
}

int trained_network_tests() {
    return run_tests({TEST(both_layouts_paint_pictures_of_the_contents_size),
                      TEST(trained_styles_are_listed_by_name_and_other_networks_are_not),
                      TEST(a_bad_file_is_told_by_its_name_and_hides_no_trained_style),
                      TEST(titles_are_short_and_on_one_line), TEST(tiles_paint_what_the_whole_paints),
                      TEST(tiles_are_about_the_whole_also_where_norms_measure),
                      TEST(strength_0_is_the_photo_to_the_last_bit),
                      TEST(larger_strokes_are_another_painting_of_the_same_size),
                      TEST(strokes_that_are_not_to_be_had_are_told),
                      TEST(a_thin_picture_keeps_its_shape_under_the_size_limit),
                      TEST(protected_parts_are_the_content_itself),
                      TEST(an_unknown_name_is_refused_with_those_that_exist),
                      TEST(broken_files_get_a_sentence), TEST(the_estimate_needs_no_pixels)});
}
