// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "guarded.hpp"
#include "test_folder.hpp"
#include "train_tests.hpp"
#include "training.hpp"

#include <limits>
#include <string>
#include <torch/torch.h>
#include <vector>

using namespace neural_style;
using namespace tests;

namespace {

const Tensors start{{"line", torch::tensor({{3.0f, -2.0f}})}, {"bias", torch::tensor({1.0f})}};

TrainingOptions options_for(const Folder& folder, std::int64_t steps) {
    TrainingOptions options;
    options.steps = steps;
    options.learning_rate = 0.1;
    options.checkpoint_steps = 10;
    options.output = folder.path / "network.safetensors";
    return options;
}

Result<void> publish_nothing() {
    return {};
}

// Least squares for random points on a line.
torch::Tensor distance(const Training& training, Random& random) {
    const float x = std::uniform_real_distribution<float>(-1, 1)(random);
    const auto& parameters = training.parameters();
    const auto found =
        (parameters.at("line") * torch::tensor({{x, 1.0f}})).sum() + parameters.at("bias").sum();
    return (found - (0.5f * x + 0.25f)).square();
}

bool run(Training& training, const WriteFile& write = write_file, const ShowTraining& show = show_nothing,
         const std::stop_token& stop = {}) {
    return training.run([&](std::int64_t, Random& random) { return distance(training, random); },
                        publish_nothing, write, show, stop);
}

bool equal(const Tensors& a, const Tensors& b) {
    for (const auto& [name, tensor] : a)
        if (!tensor.equal(b.at(name)))
            return false;
    return a.size() == b.size();
}

} // namespace

static void it_walks_downhill() {
    const Folder folder;
    Training training(start, {"test", ""}, options_for(folder, 300));
    CHECK(run(training));
    auto random = random_of(99, 0);
    double sum = 0;
    for (int i = 0; i < 20; ++i)
        sum += distance(training, random).item<double>();
    CHECK(sum / 20 < 0.01);
}

static void a_resumed_training_ends_at_the_same_bits() {
    const Folder folder, other;
    Training whole(start, {"test", ""}, options_for(folder, 60));
    CHECK(run(whole));
    std::stop_source stop;
    Training first(start, {"test", ""}, options_for(other, 60));
    CHECK(!run(first, write_file, [&](const TrainingUpdate&) { stop.request_stop(); }, stop.get_token()));
    CHECK(first.step() > 0 && first.step() < 60);
    Training second(start, {"test", ""}, options_for(other, 60));
    CHECK(second.resume());
    CHECK(second.step() == first.step());
    CHECK(run(second));
    CHECK(equal(whole.parameters(), second.parameters()));
    CHECK(equal(whole.averaged(), second.averaged()));
}

static void without_a_checkpoint_it_begins_anew() {
    const Folder folder;
    Training training(start, {"test", ""}, options_for(folder, 10));
    CHECK(!training.resume());
    CHECK(training.step() == 0);
}

static void checkpoints_of_other_trainings_are_refused() {
    const Folder folder;
    Training training(start, {"test", "photos=7"}, options_for(folder, 20));
    run(training);
    auto other_options = options_for(folder, 20);
    other_options.learning_rate = 0.2;
    for (auto other : {Training(start, {"test", "photos=8"}, options_for(folder, 20)),
                       Training(start, {"other", "photos=7"}, options_for(folder, 20)),
                       Training(start, {"test", "photos=7"}, other_options)}) {
        const auto result = guarded([&] { return other.resume(); });
        CHECK(!result && result.error().code == ErrorCode::bad_weights);
        CHECK(result.error().message.contains("delete it"));
        CHECK(other.step() == 0);
    }
}

static void a_checkpoint_cut_off_anywhere_is_refused() {
    const Folder folder;
    const auto options = options_for(folder, 20);
    Training training(start, {"test", ""}, options);
    run(training);
    const auto bytes = bytes_of(options.checkpoint());
    for (std::size_t length = 0; length < bytes.size(); length += 37) {
        write_file(options.checkpoint(), bytes.substr(0, length)).value();
        const auto result = guarded([&] { return Training(start, {"test", ""}, options).resume(); });
        CHECK(!result && result.error().code == ErrorCode::bad_weights);
        CHECK(result.error().message.contains(options.checkpoint().string()));
    }
}

static void a_full_disk_leaves_the_last_good_checkpoint() {
    const Folder folder;
    const auto options = options_for(folder, 45);
    Training training(start, {"test", ""}, options);
    int writes = 0;
    const auto fill = [&](const std::filesystem::path& path, std::string_view bytes) -> Result<void> {
        if (++writes > 2)
            return failure(ErrorCode::not_written, "No room left.");
        return write_file(path, bytes);
    };
    std::vector<std::string> notices;
    const auto note = [&](const TrainingUpdate& update) {
        if (!update.notice.empty())
            notices.push_back(update.notice);
    };
    const auto result = guarded([&] { return run(training, fill, note); });
    CHECK(!result && result.error().code == ErrorCode::not_written); // the last one counts
    CHECK(notices.size() == 2);                                      // of steps 30 and 40
    CHECK(notices[0].starts_with("No room left.") && notices[0].contains("last good checkpoint"));
    Training next(start, {"test", ""}, options);
    CHECK(next.resume());
    CHECK(next.step() == 20);
}

static void a_loss_that_is_no_number_changes_nothing() {
    const Folder folder;
    Training training(start, {"test", ""}, options_for(folder, 1));
    std::string notice;
    training.run(
        [&](std::int64_t, Random&) {
            return training.parameters().at("line").sum() * std::numeric_limits<float>::quiet_NaN();
        },
        publish_nothing, write_file, [&](const TrainingUpdate& update) { notice += update.notice; }, {});
    CHECK(equal(training.parameters(), start));
    CHECK(notice.contains("left out"));
}

static void a_finished_training_can_forget_its_checkpoint() {
    const Folder folder;
    Training training(start, {"test", ""}, options_for(folder, 5));
    run(training);
    CHECK(std::filesystem::exists(training.options().checkpoint()));
    training.forget();
    CHECK(!std::filesystem::exists(training.options().checkpoint()));
}

int training_tests() {
    return run_tests(
        {TEST(it_walks_downhill), TEST(a_resumed_training_ends_at_the_same_bits),
         TEST(without_a_checkpoint_it_begins_anew), TEST(checkpoints_of_other_trainings_are_refused),
         TEST(a_checkpoint_cut_off_anywhere_is_refused), TEST(a_full_disk_leaves_the_last_good_checkpoint),
         TEST(a_loss_that_is_no_number_changes_nothing),
         TEST(a_finished_training_can_forget_its_checkpoint)});
}
