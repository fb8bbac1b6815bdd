// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd_graph.hpp"
#include "cmocka.hpp"
#include "network_formats.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"
#include "train_tests.hpp"
#include "weights.hpp"

#include <torch/torch.h>

using namespace neural_style;
using namespace tests;

namespace {

StyleRequest request_in(const Folder& folder, std::int64_t steps) {
    StyleRequest request;
    request.encoder = folder.path / "encoder.safetensors";
    write_random_encoder(request.encoder);
    request.style_size = 64;
    request.title = "A test";
    request.options.steps = steps;
    request.options.batch = 1;
    request.options.crop = 48;
    request.options.device = test_device_name();
    request.options.learning_rate = 1e-3;
    request.options.output = folder.path / "style.safetensors";
    return request;
}

} // namespace

static void a_few_steps_bring_the_paintings_closer_to_the_style() {
    const Folder folder;
    const auto report = train_style(request_in(folder, 40), random_picture(77), random_photos(9), write_file,
                                    show_nothing, {});
    CHECK(report && report->step == 40);
    CHECK(report->before > 0 && report->after < 0.8 * report->before);
}

static void the_file_describes_the_network() {
    const Folder folder;
    const auto request = request_in(folder, 0);
    CHECK(train_style(request, random_picture(77), random_photos(3), write_file, show_nothing, {}));
    const auto weights = Weights::read(request.options.output);
    CHECK(weights.metadata("format") == trained_style_format);
    CHECK(weights.metadata("title") == "A test");
    CHECK(weights.metadata("style_scale") == "64");
    const auto graph = read_graph(weights, weights.metadata("graph"), 3);
    const auto painting = run(graph, parameters_of(graph), torch::rand({1, 3, 32, 48}));
    CHECK(painting.sizes() == at::IntArrayRef({1, 3, 32, 48}));
    CHECK(std::filesystem::file_size(request.options.output) < 700u << 10);
}

static void stopped_and_resumed_gives_the_same_file() {
    const Folder folder, other;
    const auto photos = random_photos(9);
    const auto whole = request_in(folder, 8), parts = request_in(other, 8);
    CHECK(train_style(whole, random_picture(77), photos, write_file, show_nothing, {}));
    std::stop_source stop;
    const auto first = train_style(
        parts, random_picture(77), photos, write_file, [&](const TrainingUpdate&) { stop.request_stop(); },
        stop.get_token());
    CHECK(first && first->step > 0 && first->step < 8);
    CHECK(train_style(parts, random_picture(77), photos, write_file, show_nothing, {}));
    CHECK(bytes_of(whole.options.output) == bytes_of(parts.options.output));
}

static void a_checkpoint_of_another_style_is_refused() {
    const Folder folder;
    const auto request = request_in(folder, 4);
    std::stop_source stop;
    CHECK(train_style(
        request, random_picture(77), random_photos(9), write_file,
        [&](const TrainingUpdate&) { stop.request_stop(); }, stop.get_token()));
    const auto report =
        train_style(request, random_picture(78), random_photos(9), write_file, show_nothing, {});
    CHECK(!report && report.error().code == ErrorCode::bad_weights);
}

int style_tests() {
    return run_tests({TEST(a_few_steps_bring_the_paintings_closer_to_the_style),
                      TEST(the_file_describes_the_network), TEST(stopped_and_resumed_gives_the_same_file),
                      TEST(a_checkpoint_of_another_style_is_refused)});
}
