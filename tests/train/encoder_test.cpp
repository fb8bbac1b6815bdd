// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd_network.hpp"
#include "cmocka.hpp"
#include "crops.hpp"
#include "feature_network.hpp"
#include "test_folder.hpp"
#include "train_tests.hpp"
#include "weights.hpp"

#include <torch/torch.h>

using namespace neural_style;
using namespace tests;

namespace {

EncoderRequest request_in(const Folder& folder, std::int64_t steps) {
    EncoderRequest request;
    request.teacher = folder.path / "teacher.safetensors";
    write_random_teacher(request.teacher);
    request.options.steps = steps;
    request.options.batch = 2;
    request.options.crop = 32;
    request.options.output = folder.path / "encoder.safetensors";
    return request;
}

} // namespace

static void a_few_steps_bring_the_student_closer_to_its_teacher() {
    const Folder folder;
    const auto request = request_in(folder, 30);
    const auto report = train_encoder(request, random_photos(9), write_file, show_nothing, {});
    CHECK(report && report->step == 30);
    CHECK(report->before > 0 && report->after < 0.8 * report->before);
    CHECK(report->text.contains("relu5_1"));
    CHECK(!std::filesystem::exists(request.options.checkpoint()));
}

static void the_network_is_one_that_paints() {
    const Folder folder;
    const auto request = request_in(folder, 2);
    CHECK(train_encoder(request, random_photos(9), write_file, show_nothing, {}));
    const auto weights = Weights::read(request.options.output);
    const FeatureNetwork feature_network(weights, torch::kCPU);
    const AutogradNetwork network(weights, torch::kCPU, torch::kFloat32);
    const auto picture = torch::rand({1, 3, 48, 64});
    const auto outputs = feature_network.forward(picture, feature_network.layer("relu5_1"), {});
    const auto features = network.features(picture);
    for (const char* tap : {"relu1_1", "relu4_2", "relu5_1"})
        CHECK(
            torch::allclose(outputs[std::size_t(feature_network.layer(tap))], features.at(tap), 1e-3, 1e-3));
    CHECK(weights.metadata("card").contains("teacher.safetensors"));
}

static void going_on_keeps_the_student() {
    const Folder folder;
    auto request = request_in(folder, 0);
    const auto photos = random_photos(9);
    request.options.output = folder.path / "first.safetensors";
    CHECK(train_encoder(request, photos, write_file, show_nothing, {}));
    request.start = request.options.output;
    request.options.output = folder.path / "second.safetensors";
    CHECK(train_encoder(request, photos, write_file, show_nothing, {}));
    CHECK(Weights::read(request.start).hash() == Weights::read(request.options.output).hash());
}

static void stopped_and_resumed_gives_the_same_file() {
    const Folder folder, other;
    const auto photos = random_photos(9);
    const auto whole = request_in(folder, 8), parts = request_in(other, 8);
    CHECK(train_encoder(whole, photos, write_file, show_nothing, {}));
    std::stop_source stop;
    const auto first = train_encoder(
        parts, photos, write_file, [&](const TrainingUpdate&) { stop.request_stop(); }, stop.get_token());
    CHECK(first && first->step > 0 && first->step < 8);
    CHECK(train_encoder(parts, photos, write_file, show_nothing, {}));
    CHECK(bytes_of(whole.options.output) == bytes_of(parts.options.output));
}

static void the_seed_decides() {
    const Folder folder;
    auto request = request_in(folder, 3);
    const auto photos = random_photos(9);
    const auto hash_with = [&](std::uint64_t seed) {
        request.options.seed = seed;
        CHECK(train_encoder(request, photos, write_file, show_nothing, {}));
        return Weights::read(request.options.output).hash();
    };
    CHECK(hash_with(1) == hash_with(1));
    CHECK(hash_with(1) != hash_with(2));
}

static void a_wider_teacher_is_learned_from_through_adapters_that_are_left_out() {
    const Folder folder;
    auto request = request_in(folder, 30);
    write_wide_teacher(request.teacher);
    const auto report = train_encoder(request, random_photos(9), write_file, show_nothing, {});
    CHECK(report && report->before > 0 && report->after < 0.9 * report->before);
    const auto weights = Weights::read(request.options.output);
    CHECK(!weights.contains("adapter_relu1_1.weight"));
    const FeatureNetwork feature_network(weights, torch::kCPU);
    CHECK(feature_network.channels(feature_network.layer("relu5_1")) == 128);
    // Taps are comparable: a mean activation of about 1 on photos.
    const AutogradNetwork network(weights, torch::kCPU, torch::kFloat32);
    const auto photos = random_photos(9);
    auto random = random_of(1, 0);
    const auto features = network.features(crops(photos, {.count = 8, .side = 32, .vary = false}, random));
    for (const char* tap : {"relu1_1", "relu3_1", "relu5_1"})
        CHECK_NEAR(features.at(tap).mean().item<double>(), 1, 0.3);
}

static void teachers_that_do_not_fit_are_refused() {
    const Folder folder;
    auto request = request_in(folder, 1);
    write_random_teacher(request.teacher, /*whole=*/false);
    const auto shallow = train_encoder(request, random_photos(3), write_file, show_nothing, {});
    CHECK(!shallow && shallow.error().code == ErrorCode::bad_weights &&
          shallow.error().message.contains("relu4_1"));
    write_file(request.teacher, "no network").value();
    const auto damaged = train_encoder(request, random_photos(3), write_file, show_nothing, {});
    CHECK(!damaged && damaged.error().code == ErrorCode::bad_weights);
    CHECK(!std::filesystem::exists(request.options.output));
}

int encoder_tests() {
    return run_tests({TEST(a_few_steps_bring_the_student_closer_to_its_teacher),
                      TEST(the_network_is_one_that_paints), TEST(going_on_keeps_the_student),
                      TEST(stopped_and_resumed_gives_the_same_file), TEST(the_seed_decides),
                      TEST(a_wider_teacher_is_learned_from_through_adapters_that_are_left_out),
                      TEST(teachers_that_do_not_fit_are_refused)});
}
