// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engines.hpp"
#include "fake_host.hpp"
#include "paint_animation.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <gegl.h>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace neural_style;
using namespace neural_style::plugin;
using tests::echo_engine;
using tests::FakeHost;

namespace {

/// Frames of noise, which the editor would show.
class FakeAnimation : public Animation {
  public:
    FakeAnimation(std::size_t count, int width, int height) : width_(width), height_(height) {
        for (std::size_t number = 0; number < count; ++number) {
            Bytes bytes(std::size_t(width) * std::size_t(height) * 3);
            for (std::size_t i = 0; i < bytes.size(); ++i)
                bytes[i] = std::byte((i * 7 + i / 31 + number * 50) % 251);
            given.push_back({.width = width, .height = height, .bytes = std::move(bytes)});
        }
    }

    std::vector<Samples> given;
    std::map<std::size_t, Image> paintings;
    int insertions = 0;
    Output output = Output::new_layer;
    std::string record;
    bool locked = false;
    std::optional<Error> insert_error;

    std::size_t frames() const override { return given.size(); }
    int width() const override { return width_; }
    int height() const override { return height_; }
    Result<void> allows(Output) override {
        return locked ? Result<void>(failure(ErrorCode::invalid_request, "The layers are locked."))
                      : Result<void>();
    }
    Result<Samples> frame(std::size_t number) override { return given.at(number); }
    Result<void> keep(std::size_t number, ImageView painting) override {
        CHECK(painting.width == width_ && painting.height == height_);
        paintings[number] = unpacked(painting);
        return {};
    }
    bool kept(std::size_t number) const override { return paintings.contains(number); }
    Result<Image> painting(std::size_t number) override { return paintings.at(number); }
    Result<void> insert(Output to, const std::string& how) override {
        if (insert_error)
            return std::unexpected(*insert_error);
        ++insertions;
        output = to;
        record = how;
        return {};
    }

  private:
    int width_;
    int height_;
};

LayerJob job() {
    const char* data = std::getenv("NEURAL_STYLE_DATA");
    return {.settings = {},
            .styles = {{StyleName{"waves"}}},
            .styles_folder = std::filesystem::path(data ? data : "") / "styles",
            .output = Output::replace};
}

/// What was given and what was painted are the same, up to rounding.
bool painted_as_given(FakeAnimation& animation, std::size_t number) {
    const auto given = unpacked(animation.given[number]);
    return std::ranges::equal(given.span(), animation.paintings[number].span(),
                              [](float a, float b) { return std::abs(a - b) < 1e-6f; });
}

void every_frame_is_painted_and_all_are_inserted_at_once() {
    FakeHost host;
    FakeAnimation animation(4, 48, 40);
    EngineClient engine(echo_engine());
    std::vector<int> numbers;
    double last = 0;
    const auto painted =
        paint_animation(host, animation, engine, job(), {}, [&](const protocol::Update& update, int number) {
            CHECK(update.fraction >= last && update.fraction <= 1);
            last = update.fraction;
            if (numbers.empty() || numbers.back() != number)
                numbers.push_back(number);
            CHECK(animation.insertions == 0);
        });
    CHECK(painted && painted->device == "echo");
    CHECK(animation.insertions == 1 && animation.output == Output::replace);
    for (std::size_t number = 0; number < 4; ++number)
        CHECK(painted_as_given(animation, number));
    CHECK(std::ranges::contains(numbers, 3) && last > 0.9);
    const auto record = nlohmann::json::parse(animation.record);
    CHECK(record["styles"] == nlohmann::json::array({{{"name", "waves"}}}) && record["layer"] == 0);
}

void a_cancelled_animation_is_not_inserted() {
    FakeHost host;
    FakeAnimation animation(4, 48, 40);
    EngineClient engine(echo_engine({"--updates", "5", "--slow", "10"}));
    std::stop_source stop;
    const auto painted = paint_animation(
        host, animation, engine, job(), {},
        [&](const protocol::Update&, int) {
            if (animation.kept(1))
                stop.request_stop();
        },
        stop.get_token());
    CHECK(!painted && painted.error().code == ErrorCode::cancelled);
    CHECK(animation.insertions == 0 && !animation.kept(3));
}

void keep_this_inserts_the_frames_painted_so_far() {
    FakeHost host;
    FakeAnimation animation(5, 48, 40);
    EngineClient engine(echo_engine({"--updates", "5", "--slow", "10"}));
    std::stop_source keep;
    const auto painted = paint_animation(
        host, animation, engine, job(), {},
        [&](const protocol::Update& update, int) {
            if (animation.kept(1) && update.stage == Stage::painting)
                keep.request_stop();
        },
        {}, keep.get_token());
    CHECK(painted && animation.insertions == 1);
    CHECK(animation.paintings.size() == 2 && animation.kept(0) && animation.kept(1));
}

void keep_this_in_the_first_frame_keeps_that_as_it_is() {
    FakeHost host;
    FakeAnimation animation(3, 48, 40);
    EngineClient engine(echo_engine({"--updates", "50", "--slow", "20"}));
    std::stop_source keep;
    const auto painted = paint_animation(
        host, animation, engine, job(), {},
        [&](const protocol::Update& update, int) {
            if (update.stage == Stage::painting)
                keep.request_stop();
        },
        {}, keep.get_token());
    CHECK(painted && animation.insertions == 1);
    CHECK(animation.paintings.size() == 1 && animation.kept(0));
}

void cancel_after_keep_this_inserts_nothing() {
    FakeHost host;
    FakeAnimation animation(5, 48, 40);
    EngineClient engine(echo_engine({"--updates", "5", "--slow", "10"}));
    std::stop_source stop, keep;
    const auto painted = paint_animation(
        host, animation, engine, job(), {},
        [&](const protocol::Update& update, int) {
            if (!animation.kept(0) || update.stage != Stage::painting)
                return;
            keep.request_stop();
            stop.request_stop();
        },
        stop.get_token(), keep.get_token());
    CHECK(!painted && painted.error().code == ErrorCode::cancelled && animation.insertions == 0);
}

void frames_too_small_for_the_engine_are_painted_enlarged() {
    FakeHost host;
    FakeAnimation animation(2, 5, 4);
    EngineClient engine(echo_engine());
    bool large = false;
    CHECK(paint_animation(host, animation, engine, job(), {}, [&](const protocol::Update& update, int) {
        large = large || (update.width == 16 && update.height == 16);
    }));
    CHECK(large && animation.paintings.size() == 2);
}

void a_size_limit_is_that_of_the_frames_that_are_painted() {
    FakeHost host;
    FakeAnimation animation(2, 96, 64);
    EngineClient engine(echo_engine());
    auto order = job();
    order.settings.size_limit = 48;
    bool small = false;
    CHECK(paint_animation(host, animation, engine, order, {}, [&](const protocol::Update& update, int) {
        if (update.stage == Stage::painting && update.width > 0) {
            CHECK(update.width == 48 && update.height == 32);
            small = true;
        }
    }));
    CHECK(small && animation.paintings.size() == 2);
}

void what_is_painted_outlives_an_engine() {
    FakeHost host;
    FakeAnimation animation(4, 48, 40);
    EngineClient engine(echo_engine({"--updates", "4", "--slow", "10"}));
    bool killed = false;
    CHECK(paint_animation(host, animation, engine, job(), {}, [&](const protocol::Update& update, int) {
        if (animation.kept(1) && update.stage == Stage::painting && !std::exchange(killed, true))
            kill(std::stoi(engine.process_id()), SIGKILL);
    }));
    CHECK(killed && animation.paintings.size() == 4 && animation.insertions == 1);
}

void errors_insert_no_frame() {
    FakeHost host;
    FakeAnimation animation(3, 48, 40);
    EngineClient engine(echo_engine());
    auto order = job();
    order.styles.front().picture = StyleName{"nothing"};
    CHECK(paint_animation(host, animation, engine, order, {}).error().code == ErrorCode::invalid_request);
    order.styles.clear();
    CHECK(paint_animation(host, animation, engine, order, {}).error().code == ErrorCode::invalid_request);
    EngineClient dying(echo_engine({"--die-after", "2"}));
    CHECK(paint_animation(host, animation, dying, job(), {}).error().code == ErrorCode::engine_lost);
    EngineClient failing(echo_engine({"--fail", "out-of-memory"}));
    CHECK(paint_animation(host, animation, failing, job(), {}).error().code == ErrorCode::out_of_memory);
    animation.locked = true;
    CHECK(paint_animation(host, animation, engine, job(), {}).error().message == "The layers are locked.");
    animation.locked = false;
    CHECK(animation.insertions == 0);
    animation.insert_error = Error{ErrorCode::invalid_request, "The image was closed."};
    CHECK(paint_animation(host, animation, engine, job(), {}).error().message == "The image was closed.");
}

void a_frame_like_the_one_before_has_its_painting() {
    FakeHost host;
    FakeAnimation animation(3, 48, 40);
    animation.given[1] = animation.given[0];
    EngineClient engine(echo_engine());
    std::vector<int> numbers;
    CHECK(
        paint_animation(host, animation, engine, job(), {}, [&](const protocol::Update& update, int number) {
            if (update.stage == Stage::painting && (numbers.empty() || numbers.back() != number))
                numbers.push_back(number);
        }));
    CHECK(numbers == (std::vector{0, 2}));
    CHECK(std::ranges::equal(animation.paintings[0].span(), animation.paintings[1].span()));
}

void a_loop_is_closed_in_one_more_pass() {
    FakeHost host;
    FakeAnimation animation(6, 48, 40);
    EngineClient engine(echo_engine());
    double last = 0;
    CHECK(paint_animation(host, animation, engine, job(), {.loop = true},
                          [&](const protocol::Update& update, int) {
                              CHECK(update.fraction >= last && update.fraction <= 1);
                              last = update.fraction;
                          }));
    CHECK(animation.paintings.size() == 6 && animation.insertions == 1);
}

void a_notice_is_told_once() {
    FakeHost host;
    FakeAnimation animation(3, 48, 40);
    EngineClient engine(echo_engine({"--notice", "It goes on in tiles."}));
    const auto painted = paint_animation(host, animation, engine, job(), {});
    CHECK(painted && painted->notices == std::vector<std::string>{"It goes on in tiles."});
}

} // namespace

int main() {
    gegl_init(nullptr, nullptr);
    return tests::run_tests({
        TEST(every_frame_is_painted_and_all_are_inserted_at_once),
        TEST(a_cancelled_animation_is_not_inserted),
        TEST(keep_this_inserts_the_frames_painted_so_far),
        TEST(keep_this_in_the_first_frame_keeps_that_as_it_is),
        TEST(cancel_after_keep_this_inserts_nothing),
        TEST(frames_too_small_for_the_engine_are_painted_enlarged),
        TEST(a_size_limit_is_that_of_the_frames_that_are_painted),
        TEST(what_is_painted_outlives_an_engine),
        TEST(errors_insert_no_frame),
        TEST(a_frame_like_the_one_before_has_its_painting),
        TEST(a_loop_is_closed_in_one_more_pass),
        TEST(a_notice_is_told_once),
    });
}
