// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that the bundled network can do, with networks of each family that were added.
#include "cmocka.hpp"
#include "random_checkpoint.hpp"
#include "test_folder.hpp"
#include "test_pictures.hpp"

#include <neural_style/engine.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace neural_style;
using namespace tests;

namespace {

const Image photo = waves(75, 61, 0.11), style = waves(64, 70, 0.7), other_style = waves(80, 64, 0.3, 2);

struct Mask {
    std::vector<float> values;
    MaskView view() const { return {values.data(), photo.width(), photo.height()}; }
};

// 1 in the columns from `first` on, up to `end`.
Mask columns(int first, int end) {
    Mask mask{std::vector<float>(std::size_t(photo.width()) * std::size_t(photo.height()))};
    for (int y = 0; y < photo.height(); ++y)
        for (int x = first; x < end; ++x)
            mask.values[std::size_t(y * photo.width() + x)] = 1;
    return mask;
}

const Mask left = columns(0, 40), right = columns(40, 75);

struct Feature {
    const char* name;
    std::function<void(Request&)> ask;
};

const Feature features[] = {
    {"as it comes", [](Request&) {}},
    {"regions",
     [](Request& r) {
         r.styles = {{.picture = style, .region = left.view()},
                     {.picture = other_style, .region = right.view()}};
     }},
    {"protected part", [](Request& r) { r.protect = left.view(); }},
    {"several styles",
     [](Request& r) {
         r.styles.push_back({.picture = other_style});
         r.settings.blend = {2, 1};
     }},
    {"seamless", [](Request& r) { r.settings.seamless = true; }},
    {"texture", [](Request& r) { r.settings.texture = true; }},
    {"snapshots", [](Request& r) { r.snapshot_every = 1; }},
    {"bfloat16", [](Request& r) { r.settings.precision = Precision::bfloat16; }},
    {"classic", [](Request& r) { r.settings.style_loss = StyleLoss::classic; }},
    {"formula", [](Request& r) { r.settings.style_loss = StyleLoss::formula; }},
    {"gram, smoothed",
     [](Request& r) {
         r.settings.style_loss = StyleLoss::gram;
         r.settings.smoothing = Smoothing::softmax;
     }},
    {"moments, not smoothed",
     [](Request& r) {
         r.settings.style_loss = StyleLoss::moments;
         r.settings.smoothing = Smoothing::none;
     }},
    {"smoothed in bfloat16",
     [](Request& r) {
         r.settings.precision = Precision::bfloat16;
         r.settings.smoothing = Smoothing::softmax;
     }},
    {"brush", [](Request& r) { r.settings.manner = Manner::brush; }},
    {"dream", [](Request& r) { r.settings.manner = Manner::dream; }},
    {"other poolings", [](Request& r) { r.settings.pooling = Pooling::average; }},
    {"Adam", [](Request& r) { r.settings.optimizer = Optimizer::adam; }},
};

const char* const families[] = {"vgg11",        "vgg11_bn",      "resnet18",
                                "mobilenet_v2", "squeezenet1_0", "squeezenet1_1"};

Engine engine_with(const std::string& name) {
    const Folder folder;
    auto engine = Engine::open(
        {.feature_network = write_added_network(folder.path, name), .device = "cpu", .preview_size = 0});
    CHECK(engine);
    return std::move(*engine);
}

Request quick() {
    Request request{.content = photo, .styles = {{.picture = style}}};
    request.settings.iterations = 2;
    request.settings.precision = Precision::float32;
    return request;
}

} // namespace

static void every_family_paints_with_every_feature() {
    for (const auto* family : families) {
        auto engine = engine_with(family);
        for (const auto& feature : features) {
            auto request = quick();
            feature.ask(request);
            int snapshots = 0;
            const auto painted =
                engine.paint(request, [&](const Update& u) { snapshots += !u.snapshot.empty(); });
            if (!painted)
                std::fprintf(stderr, "%s, %s: %s\n", family, feature.name, painted.error().message.c_str());
            CHECK(painted && painted->width() == photo.width() && painted->height() == photo.height());
            CHECK(std::ranges::all_of(painted->span(), [](float v) { return v >= 0 && v <= 1; }));
            CHECK((snapshots > 0) == (request.snapshot_every > 0));
            if (request.protect.width > 0)
                for (int x = 0; x < 39; ++x) // the photo, to the last bits of its tensor
                    for (int c = 0; c < 3; ++c)
                        CHECK_NEAR(painted->pixel(x, 30)[c], photo.pixel(x, 30)[c], 1e-5);
        }
    }
}

static void a_network_says_whether_its_features_are_smoothed() {
    for (const auto& [family, smooths] : {std::pair("resnet18", true), std::pair("squeezenet1_1", false)}) {
        auto engine = engine_with(family);
        const auto painted = [&](Smoothing smoothing) {
            auto request = quick();
            request.settings.smoothing = smoothing;
            auto result = engine.paint(request);
            CHECK(result);
            return std::move(*result);
        };
        const auto by_itself = painted(Smoothing::network), none = painted(Smoothing::none),
                   softmax = painted(Smoothing::softmax);
        CHECK(mean_difference(none, softmax) > 1e-3);
        CHECK(mean_difference(by_itself, smooths ? softmax : none) == 0);
    }
}

static void a_memory_limit_that_cannot_hold_is_refused_with_what_is_needed() {
    auto engine = engine_with("resnet50");
    auto request = quick();
    request.memory_limit = 300u << 20; // less than the program and the weights
    const auto refused = engine.paint(request);
    CHECK(!refused && refused.error().code == ErrorCode::over_limit);
    CHECK(refused.error().message.contains("of memory at the least"));
    const auto needed = engine.estimate(request);
    CHECK(needed && needed->memory_needed > request.memory_limit);
    request.memory_limit = needed->memory_needed;
    CHECK(engine.paint(request));
}

static void a_network_that_is_added_anew_under_its_name_is_read_anew() {
    const Folder folder;
    const auto first = write_added_network(folder.path, "squeezenet1_1"),
               second = write_added_network(folder.path, "vgg11");
    const auto networks = folder.path / "networks", file = networks / "mine.safetensors";
    std::filesystem::create_directory(networks);
    std::filesystem::copy_file(first, file);
    auto engine = Engine::open(
        {.feature_network = first, .networks = networks, .device = "cpu", .preview_size = 0});
    CHECK(engine && engine->layers("mine").value() == engine->layers().value());
    const auto written = std::filesystem::last_write_time(file);
    std::filesystem::rename(second, file);
    std::filesystem::last_write_time(file, written + std::chrono::seconds(1));
    const auto layers = engine->layers("mine");
    CHECK(layers && std::ranges::contains(*layers, "relu1_1"));
    std::filesystem::remove(file);
    const auto removed = engine->layers("mine");
    CHECK(!removed && removed.error().code == ErrorCode::invalid_request);
}

int main() {
    return run_tests({TEST(every_family_paints_with_every_feature),
                      TEST(a_network_says_whether_its_features_are_smoothed),
                      TEST(a_memory_limit_that_cannot_hold_is_refused_with_what_is_needed),
                      TEST(a_network_that_is_added_anew_under_its_name_is_read_anew)});
}
