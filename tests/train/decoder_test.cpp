// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "autograd_graph.hpp"
#include "network_formats.hpp"
#include "test_folder.hpp"
#include "train_tests.hpp"
#include "weights.hpp"

#include <nlohmann/json.hpp>
#include <torch/torch.h>

using namespace neural_style;
using namespace tests;

namespace {

DecoderRequest request_in(const Folder& folder, std::int64_t steps) {
    DecoderRequest request;
    request.encoder = folder.path / "encoder.safetensors";
    write_random_encoder(request.encoder);
    request.options.steps = steps;
    request.options.batch = 2;
    request.options.crop = 32;
    request.options.output = folder.path / "decoder.safetensors";
    return request;
}

} // namespace

static void a_few_steps_bring_the_pictures_closer() {
    const Folder folder;
    const auto report =
        train_decoder(request_in(folder, 30), random_photos(9), {}, write_file, show_nothing, {});
    CHECK(report && report->step == 30);
    CHECK(report->before > 0 && report->after < 0.9 * report->before);
    CHECK(report->text.contains("dB"));
}

static void every_tap_has_a_block_down_to_the_picture() {
    const Folder folder;
    const auto request = request_in(folder, 0);
    CHECK(train_decoder(request, random_photos(3), {}, write_file, show_nothing, {}));
    const auto weights = Weights::read(request.options.output);
    CHECK(weights.metadata("format") == decoder_format);
    CHECK(weights.metadata("encoder_hash") == Weights::read(request.encoder).hash());
    const auto blocks = nlohmann::json::parse(weights.metadata("blocks"));
    CHECK(blocks.size() == 5);
    std::string expected = "relu5_1";
    auto features = torch::rand({1, 128, 3, 2});
    for (const auto& block : blocks) {
        CHECK(block.at("from") == expected);
        expected = block.at("to");
        const auto graph = read_graph(weights, block.at("graph"), features.size(1));
        features = run(graph, parameters_of(graph), features);
    }
    CHECK(expected == "picture");
    CHECK(features.sizes() == at::IntArrayRef({1, 3, 48, 32}));
    CHECK(std::filesystem::file_size(request.options.output) < 4u << 20);
}

static void stopped_and_resumed_gives_the_same_file() {
    const Folder folder, other;
    const auto photos = random_photos(9), styles = random_photos(3, 2);
    const auto whole = request_in(folder, 20), parts = request_in(other, 20);
    CHECK(train_decoder(whole, photos, styles, write_file, show_nothing, {}));
    std::stop_source stop;
    const auto first = train_decoder(
        parts, photos, styles, write_file, [&](const TrainingUpdate&) { stop.request_stop(); },
        stop.get_token());
    CHECK(first && first->step > 0 && first->step < 20);
    CHECK(train_decoder(parts, photos, styles, write_file, show_nothing, {}));
    CHECK(bytes_of(whole.options.output) == bytes_of(parts.options.output));
}

static void a_checkpoint_for_another_encoder_is_refused() {
    const Folder folder;
    const auto request = request_in(folder, 6);
    std::stop_source stop;
    CHECK(train_decoder(
        request, random_photos(9), {}, write_file, [&](const TrainingUpdate&) { stop.request_stop(); },
        stop.get_token()));
    write_random_encoder(request.encoder, 2);
    const auto report = train_decoder(request, random_photos(9), {}, write_file, show_nothing, {});
    CHECK(!report && report.error().code == ErrorCode::bad_weights);
    CHECK(report.error().message.contains("delete it"));
}

int decoder_tests() {
    return run_tests(
        {TEST(a_few_steps_bring_the_pictures_closer), TEST(every_tap_has_a_block_down_to_the_picture),
         TEST(stopped_and_resumed_gives_the_same_file), TEST(a_checkpoint_for_another_encoder_is_refused)});
}
