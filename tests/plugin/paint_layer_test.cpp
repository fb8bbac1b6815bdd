// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engines.hpp"
#include "fake_host.hpp"
#include "paint_layer.hpp"
#include "test_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <gegl.h>
#include <nlohmann/json.hpp>

using namespace neural_style;
using namespace neural_style::plugin;
using tests::black_layer;
using tests::echo_engine;
using tests::FakeHost;
using tests::whole_layer;

namespace {

std::filesystem::path styles_folder() {
    const char* data = std::getenv("NEURAL_STYLE_DATA");
    return std::filesystem::path(data ? data : "") / "styles";
}

LayerJob job(StyleChoice style = StyleName{"starry-night"}) {
    return {.settings = {}, .styles = {{std::move(style)}}, .styles_folder = styles_folder()};
}

FakeHost host_with_layer(int width = 64, int height = 48) {
    FakeHost host;
    host.content_answer = whole_layer(width, height);
    return host;
}

void what_the_engine_paints_is_inserted_with_its_settings() {
    auto host = host_with_layer();
    EngineClient engine(echo_engine());
    auto order = job();
    order.settings.strength = 0.5;
    const auto painted = paint_layer(host, engine, order);
    CHECK(painted && painted->device == "echo");
    CHECK(host.inserted.size() == 1);
    const auto sent = unpacked(host.content_answer.picture);
    CHECK(std::ranges::equal(host.inserted[0].samples, sent.span()));
    const auto record = nlohmann::json::parse(host.inserted[0].settings);
    CHECK(record["settings"]["strength"] == 0.5);
    CHECK(record["layer"] == 17);
    CHECK(record["styles"] == nlohmann::json::array({{{"name", "starry-night"}}}));
}

void samples_of_8_and_16_bits_come_back_exactly() {
    for (const auto sample : {Sample::u8, Sample::u16, Sample::f32}) {
        FakeHost host;
        host.content_answer = whole_layer(64, 48, sample);
        EngineClient engine(echo_engine());
        CHECK(paint_layer(host, engine, job()));
        CHECK(std::ranges::equal(host.inserted.at(0).samples, unpacked(host.content_answer.picture).span()));
    }
}

void a_file_is_recorded_by_its_base_name_and_what_is_in_it() {
    auto host = host_with_layer();
    EngineClient engine(echo_engine());
    CHECK(paint_layer(host, engine, job(StyleFile{styles_folder() / "waves.jpg"})));
    const auto record = nlohmann::json::parse(host.inserted.at(0).settings);
    CHECK(record["styles"][0]["file"] == "waves.jpg");
    CHECK(record["styles"][0]["hash"].get<std::string>().starts_with("u8-"));
    CHECK(!host.inserted[0].settings.contains(styles_folder().string()));
}

void a_layer_is_recorded_by_its_name_and_what_is_in_it() {
    auto host = host_with_layer();
    host.layers[5] = black_layer(16, 16, "My \"style\"");
    EngineClient engine(echo_engine());
    CHECK(paint_layer(host, engine, job(StyleLayer{5})));
    CHECK(nlohmann::json::parse(host.inserted.at(0).settings)["styles"][0]["layer"] == "My \"style\"");
}

Mask even_mask(float value, const char* name) {
    return {.values = std::vector<float>(64 * 48, value), .sample = Sample::u8, .name = name};
}

/// Two styles, the second in a region, a protected part and a painting to continue.
LayerJob full_job(FakeHost& host) {
    host.layers[5] = black_layer(16, 16, "Mine");
    host.layers[5].alpha = {.sample = Sample::u8,
                            .width = 16,
                            .height = 16,
                            .channels = mask_channels,
                            .bytes = pack(std::vector<float>(16 * 16, 0.4f), Sample::u8)};
    host.layers[6] = black_layer(64, 48, "Painted");
    host.masks[7] = even_mask(1, "All");
    host.masks[8] = even_mask(0.2f, "Sky");
    host.masks[9] = even_mask(0.6f, "Face");
    auto order = job();
    order.styles[0].region = 7;
    order.styles.push_back({StyleLayer{5}, 8});
    order.protect = 9;
    order.refine = 6;
    order.memory_limit = 3'000'000'000;
    return order;
}

void everything_in_a_job_reaches_the_engine() {
    auto host = host_with_layer();
    EngineClient engine(echo_engine({"--recite"}));
    const auto painted = paint_layer(host, engine, full_job(host));
    CHECK(!painted);
    CHECK(painted.error().message.contains(
        "16x16@64x48 partly seen, protect, refine, memory-limit 3000000000"));
}

void each_mask_takes_its_own_part() {
    for (const auto& [what, value] : {std::pair("region:1", 1.0f), std::pair("region:2", 0.2f),
                                      std::pair("alpha:2", 0.4f), std::pair("protect", 0.6f)}) {
        auto host = host_with_layer();
        EngineClient engine(echo_engine({"--show", what}));
        CHECK(paint_layer(host, engine, full_job(host)));
        for (const float sample : host.inserted.at(0).samples)
            CHECK_NEAR(sample, value, 1e-6);
    }
}

void the_record_names_every_layer_that_took_part() {
    auto host = host_with_layer();
    EngineClient engine(echo_engine());
    CHECK(paint_layer(host, engine, full_job(host)));
    const auto record = nlohmann::json::parse(host.inserted.at(0).settings);
    CHECK(record["styles"].size() == 2 && record["styles"][1]["layer"] == "Mine");
    CHECK(record["styles"][0]["region"]["layer"] == "All" && record["styles"][1]["region"]["layer"] == "Sky");
    CHECK(record["styles"][1]["region"]["hash"].get<std::string>().starts_with("u8-64x48x1-"));
    CHECK(record["protect"]["layer"] == "Face" && record["refine"]["layer"] == "Painted");
}

void what_does_not_fit_together_is_refused() {
    auto host = host_with_layer();
    EngineClient engine(echo_engine());
    const auto refused = [&](auto change) {
        auto order = full_job(host);
        change(order);
        const auto painted = paint_layer(host, engine, order);
        return !painted && !painted.error().message.empty();
    };
    CHECK(refused([](LayerJob& order) { order.styles.clear(); }));
    CHECK(refused([](LayerJob& order) { order.styles.assign(9, {StyleName{"waves"}}); }));
    CHECK(refused([](LayerJob& order) { order.styles[1].region = 99; }));
    CHECK(refused([](LayerJob& order) { order.settings.blend = std::vector{1.0}; }));
    CHECK(refused([](LayerJob& order) { order.protect = 99; }));
    CHECK(refused([](LayerJob& order) { order.snapshot_every = 5; }));
    CHECK(refused([](LayerJob& order) {
        order.snapshot_every = 5;
        order.snapshots = "/proc";
    }));
    CHECK(refused([](LayerJob& order) { order.losses = "/nowhere/losses.tsv"; }));
    CHECK(host.inserted.empty());
}

void snapshots_losses_and_notices_are_kept() {
    const tests::Folder folder;
    auto host = host_with_layer();
    EngineClient engine(echo_engine({"--updates", "6", "--notice", "It goes on in tiles."}));
    auto order = job();
    order.snapshot_every = 2;
    order.snapshots = folder.path / "steps";
    order.losses = folder.path / "losses.tsv";
    const auto painted = paint_layer(host, engine, order);
    CHECK(painted && painted->notices == std::vector<std::string>{"It goes on in tiles."});
    for (const char* name : {"painting-0001.png", "painting-0002.png", "painting-0003.png"})
        CHECK(std::filesystem::is_regular_file(order.snapshots / name));
    CHECK(!std::filesystem::exists(order.snapshots / "painting-0004.png"));
    std::ifstream table(order.losses);
    std::vector<std::string> lines;
    for (std::string line; std::getline(table, line);)
        lines.push_back(line);
    CHECK(lines.size() == 6); // the sixth update is the finish, not a step
    CHECK(lines[2] == "64\t48\t2\t0.5\t1\t0.25\t0\t0\t1.75");
}

void snapshots_become_layers_as_large_as_the_painting() {
    auto host = host_with_layer();
    EngineClient engine(echo_engine({"--updates", "60"}));
    auto order = job();
    order.snapshot_layers = true;
    CHECK(paint_layer(host, engine, order));
    CHECK(host.snapshots == (std::vector{std::pair(64, 48), std::pair(64, 48)})); // of steps 25 and 50
}

void a_locked_layer_is_not_replaced() {
    auto host = host_with_layer();
    host.locked = true;
    EngineClient engine(echo_engine());
    auto order = job();
    order.output = Output::replace;
    CHECK(!paint_layer(host, engine, order) && host.inserted.empty());
    host.locked = false;
    CHECK(paint_layer(host, engine, order) && host.inserted.at(0).output == Output::replace);
}

void feathered_masks_end_softly() {
    auto host = host_with_layer();
    EngineClient engine(echo_engine({"--show", "protect"}));
    auto order = full_job(host);
    auto& mask = host.masks[9];
    for (std::size_t i = 0; i < mask.values.size(); ++i)
        mask.values[i] = i % 64 < 32 ? 0.0f : 1.0f;
    order.feather = 10;
    CHECK(paint_layer(host, engine, order));
    const auto& samples = host.inserted.at(0).samples;
    const float* row = samples.data() + 24 * 64 * 3;
    CHECK(row[0] < 0.01f && row[63 * 3] > 0.99f && row[32 * 3] > 0.3f && row[32 * 3] < 0.7f);
}

/// A painting of an hour must survive a full disk.
void what_cannot_be_written_on_the_way_is_told_at_the_end() {
    const tests::Folder folder;
    auto host = host_with_layer();
    EngineClient engine(echo_engine({"--updates", "4", "--slow", "20"}));
    auto order = job();
    order.snapshot_every = 2;
    order.snapshots = folder.path / "steps";
    const auto painted = paint_layer(
        host, engine, order, [&](const protocol::Update&) { std::filesystem::remove_all(order.snapshots); });
    CHECK(painted && host.inserted.size() == 1);
    CHECK(painted->notices.size() == 1 && painted->notices[0].contains("steps"));
}

void errors_insert_nothing() {
    auto host = host_with_layer();
    EngineClient engine(echo_engine());
    CHECK(paint_layer(host, engine, job(StyleName{"nothing"})).error().code == ErrorCode::invalid_request);
    CHECK(paint_layer(host, engine, job(StyleFile{"/nowhere.png"})).error().code == ErrorCode::bad_picture);
    CHECK(paint_layer(host, engine, job(StyleLayer{99})).error().code == ErrorCode::bad_picture);
    auto without_catalog = job();
    without_catalog.styles_folder = "/nowhere";
    CHECK(paint_layer(host, engine, without_catalog).error().code == ErrorCode::bad_picture);
    EngineClient dying(echo_engine({"--die-after", "2"}));
    CHECK(paint_layer(host, dying, job()).error().code == ErrorCode::engine_lost);
    EngineClient missing({"/nowhere"});
    CHECK(paint_layer(host, missing, job()).error().code == ErrorCode::engine_lost);
    host.content_error = Error{ErrorCode::invalid_request, "Refused."};
    CHECK(paint_layer(host, engine, job()).error().message == "Refused.");
    CHECK(host.inserted.empty());
}

void a_cancelled_painting_is_not_inserted() {
    auto host = host_with_layer();
    EngineClient engine(echo_engine({"--updates", "50", "--slow", "20"}));
    std::stop_source stop;
    const auto painted = paint_layer(
        host, engine, job(), [&](const protocol::Update&) { stop.request_stop(); }, stop.get_token());
    CHECK(!painted && painted.error().code == ErrorCode::cancelled);
    CHECK(host.inserted.empty());
}

void an_error_of_the_host_at_the_end_is_passed_on() {
    auto host = host_with_layer();
    host.insert_error = Error{ErrorCode::invalid_request, "The layer was deleted."};
    EngineClient engine(echo_engine());
    CHECK(paint_layer(host, engine, job()).error().message == "The layer was deleted.");
}

void a_layer_too_small_for_the_engine_is_painted_enlarged() {
    for (const auto& [width, height] : {std::pair(1, 1), {10, 40}, {40, 10}}) {
        auto host = host_with_layer(width, height);
        for (const int mask : {7, 8, 9})
            host.masks[mask] = {.values = std::vector<float>(std::size_t(width) * height, 0.5f),
                                .sample = Sample::u8,
                                .name = "Mask"};
        host.layers[5] = black_layer(16, 16, "Mine");
        host.layers[6] = black_layer(width, height, "Painted");
        auto order = job();
        order.styles[0].region = 7;
        order.protect = 9;
        order.refine = 6;
        EngineClient engine(echo_engine({"--recite"}));
        const auto size = std::to_string(std::max(width, 16)) + "x" + std::to_string(std::max(height, 16));
        const auto recital = paint_layer(host, engine, order).error().message;
        CHECK(recital.contains("content " + size) && recital.contains("@" + size + ", protect, refine"));
        EngineClient painter(echo_engine({"--show", "protect"}));
        CHECK(paint_layer(host, painter, order));
        CHECK(host.inserted.at(0).width == width && host.inserted[0].height == height);
        for (const float sample : host.inserted[0].samples)
            CHECK_NEAR(sample, 0.5, 0.01);
    }
}

void several_layers_are_inserted_in_one_step_when_all_are_painted() {
    auto first = host_with_layer(), second = host_with_layer(32, 32);
    EngineClient engine(echo_engine());
    bool early = false;
    Host* const hosts[] = {&first, &second};
    std::vector<int> numbers;
    const auto painted = paint_layers(hosts, engine, job(), [&](const protocol::Update&, int number) {
        early = early || !first.inserted.empty();
        if (numbers.empty() || numbers.back() != number)
            numbers.push_back(number);
    });
    CHECK(painted && painted->size() == 2 && !early && numbers == (std::vector{0, 1}));
    CHECK(first.inserted.at(0).width == 64 && second.inserted.at(0).width == 32);
    CHECK(first.steps + second.steps == 1);
}

void nothing_is_left_of_several_layers_when_one_is_cancelled() {
    auto first = host_with_layer(), second = host_with_layer();
    EngineClient engine(echo_engine({"--updates", "30"}));
    auto order = job();
    order.snapshot_layers = true;
    std::stop_source stop;
    Host* const hosts[] = {&first, &second};
    const auto painted = paint_layers(
        hosts, engine, order,
        [&](const protocol::Update&, int number) {
            if (number == 1)
                stop.request_stop();
        },
        stop.get_token());
    CHECK(!painted && painted.error().code == ErrorCode::cancelled);
    for (const auto* host : {&first, &second})
        CHECK(host->kept.empty() && host->inserted.empty() && host->snapshots.empty() && host->steps == 0);
}

void nothing_is_left_of_several_layers_when_one_is_not_taken() {
    auto first = host_with_layer(), second = host_with_layer();
    second.insert_error = Error{ErrorCode::invalid_request, "The layer was deleted."};
    EngineClient engine(echo_engine());
    Host* const hosts[] = {&first, &second};
    CHECK(paint_layers(hosts, engine, job()).error().message == "The layer was deleted.");
    for (const auto* host : {&first, &second})
        CHECK(host->kept.empty() && host->inserted.empty());
}

void settings_for_the_whole_layer_stay_as_they_are() {
    Settings settings;
    settings.stroke_size = 150;
    settings.size_limit = 100;
    CHECK(settings_for_area(settings, whole_layer(400, 300)) == settings);
}

/// A part of the layer gets the same strokes as in the whole: the style is laid out at the same size.
void a_part_has_the_strokes_and_the_scale_of_the_whole() {
    Content part = whole_layer(100, 75);
    part.layer_width = 400;
    part.layer_height = 300;
    Settings settings;
    settings.stroke_size = 50;
    settings.size_limit = 200;
    const auto there = settings_for_area(settings, part);
    CHECK_NEAR(there.stroke_size, 200, 1e-9);
    CHECK(there.size_limit == 50);
    settings.size_limit = 0;
    CHECK_NEAR(settings_for_area(settings, part).stroke_size, 200, 1e-9);
    // Those of a trained style have a fixed size in pixels.
    settings.trained_style = "great-wave";
    CHECK(settings_for_area(settings, part).stroke_size == 50);
    settings.trained_style.clear();
    settings.stroke_size = SettingsRange::stroke_size_max;
    CHECK(settings_for_area(settings, part).stroke_size == SettingsRange::stroke_size_max);
}

} // namespace

int main() {
    gegl_init(nullptr, nullptr);
    return tests::run_tests({
        TEST(what_the_engine_paints_is_inserted_with_its_settings),
        TEST(samples_of_8_and_16_bits_come_back_exactly),
        TEST(a_file_is_recorded_by_its_base_name_and_what_is_in_it),
        TEST(a_layer_is_recorded_by_its_name_and_what_is_in_it),
        TEST(everything_in_a_job_reaches_the_engine),
        TEST(each_mask_takes_its_own_part),
        TEST(the_record_names_every_layer_that_took_part),
        TEST(what_does_not_fit_together_is_refused),
        TEST(snapshots_losses_and_notices_are_kept),
        TEST(snapshots_become_layers_as_large_as_the_painting),
        TEST(a_locked_layer_is_not_replaced),
        TEST(feathered_masks_end_softly),
        TEST(what_cannot_be_written_on_the_way_is_told_at_the_end),
        TEST(errors_insert_nothing),
        TEST(a_cancelled_painting_is_not_inserted),
        TEST(an_error_of_the_host_at_the_end_is_passed_on),
        TEST(a_layer_too_small_for_the_engine_is_painted_enlarged),
        TEST(several_layers_are_inserted_in_one_step_when_all_are_painted),
        TEST(nothing_is_left_of_several_layers_when_one_is_cancelled),
        TEST(nothing_is_left_of_several_layers_when_one_is_not_taken),
        TEST(settings_for_the_whole_layer_stay_as_they_are),
        TEST(a_part_has_the_strokes_and_the_scale_of_the_whole),
    });
}
