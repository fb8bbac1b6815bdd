// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "painting_in_turn.hpp"
#include "turns.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

using namespace neural_style;
using namespace neural_style::worker;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// So long that only a turn ends the waiting.
constexpr TurnLimits patient{.step = 60s, .sign = 60s};

/// A painting on a thread of its own, which waits for its turn.
class Waiting {
  public:
    Waiting(Turns& turns, double work)
        : place_(std::in_place, turns, work), thread_([this](std::stop_token stop) {
              has_turn_ = place_->wait(stop, [this] { ++signs_; });
              is_over_ = true;
          }) {}

    bool has_turn() const { return has_turn_; }
    int signs() const { return signs_; }
    bool gets_turn() { return becomes(has_turn_); }
    bool ends() { return becomes(is_over_); }
    void stop() { thread_.request_stop(); }
    void leave() {
        thread_.join();
        place_.reset();
    }

  private:
    static bool becomes(const std::atomic<bool>& state) {
        for (const auto end = Clock::now() + 10s; Clock::now() < end; std::this_thread::sleep_for(1ms))
            if (state)
                return true;
        return false;
    }

    std::optional<Turns::Place> place_;
    std::atomic<bool> has_turn_ = false, is_over_ = false;
    std::atomic<int> signs_ = 0;
    std::jthread thread_;
};

void nothing() {}

void alone_it_is_always_its_turn() {
    Turns turns(patient);
    Turns::Place place(turns, 1);
    for (int i = 0; i < 1000; ++i)
        CHECK(place.wait({}, nothing));
}

void of_equal_ones_the_first_is_done_first() {
    Turns turns(patient);
    std::optional<Turns::Place> first(std::in_place, turns, 1);
    CHECK(first->wait({}, nothing));
    Waiting second(turns, 1), third(turns, 1);
    std::this_thread::sleep_for(50ms);
    CHECK(first->wait({}, nothing) && !second.has_turn() && !third.has_turn());
    first.reset();
    CHECK(second.gets_turn() && !third.has_turn());
    second.leave();
    CHECK(third.gets_turn());
    third.leave();
}

void a_smaller_one_interrupts_between_two_steps() {
    Turns turns(patient);
    Turns::Place large(turns, 100);
    CHECK(large.wait({}, nothing));
    Waiting small(turns, 1);
    std::this_thread::sleep_for(50ms);
    CHECK(!small.has_turn()); // the large one is in a step
    std::jthread leaves([&] {
        CHECK(small.gets_turn());
        small.leave();
    });
    CHECK(large.wait({}, nothing));
    CHECK(small.has_turn());
}

void a_smaller_one_does_not_wait_for_a_long_step() {
    Turns turns({.step = 50ms, .sign = 60s});
    Turns::Place large(turns, 100);
    CHECK(large.wait({}, nothing));
    Waiting small(turns, 1);
    CHECK(small.gets_turn());
    small.leave();
}

/// Not even for a long step: it would grow beside the other one.
void a_larger_one_waits_however_long_it_takes() {
    Turns turns({.step = 1ms, .sign = 60s});
    Turns::Place small(turns, 1);
    CHECK(small.wait({}, nothing));
    Waiting large(turns, 100);
    std::this_thread::sleep_for(200ms);
    CHECK(!large.has_turn());
    large.stop();
    large.leave();
}

void one_that_is_stopped_waits_no_more() {
    Turns turns(patient);
    Turns::Place first(turns, 1);
    CHECK(first.wait({}, nothing));
    Waiting second(turns, 1);
    second.stop();
    CHECK(second.ends() && !second.has_turn());
    second.leave();
    CHECK(first.wait({}, nothing));
}

void whoever_waits_gives_signs_of_life() {
    Turns turns({.step = 60s, .sign = 5ms});
    Turns::Place first(turns, 1);
    CHECK(first.wait({}, nothing));
    Waiting second(turns, 1);
    std::this_thread::sleep_for(300ms);
    CHECK(second.signs() > 3 && !second.has_turn());
    second.stop();
    second.leave();
}

/// Of that size; only sizes matter.
Request request(int width, int height, Quality quality) {
    Request request;
    request.content = Samples{.sample = Sample::u8, .width = width, .height = height};
    request.settings.quality = quality;
    return request;
}

void work_tells_small_from_large() {
    const auto work = PaintingInTurn::work;
    const auto layer_effect = work(request(1200, 1000, Quality::instant));
    auto preview = request(6000, 4000, Quality::fine);
    preview.settings.size_limit = 400;
    CHECK(layer_effect < work(preview));
    CHECK(work(preview) < work(request(6000, 4000, Quality::draft)));
    CHECK(work(request(6000, 4000, Quality::instant)) < work(request(1000, 1000, Quality::draft)));
    auto trained = request(1200, 1000, Quality::fine);
    trained.settings.trained_style = "waves";
    CHECK(work(trained) == layer_effect);
}

/// Makes that many steps.
class Steps final : public Painter {
  public:
    explicit Steps(int count) : count_(count) {}
    Result<Image> paint(const Request& request, const UpdateCallback& update, std::stop_token stop) override {
        for (int i = 1; i <= count_; ++i) {
            if (stop.stop_requested())
                return failure(ErrorCode::cancelled, "Cancelled.");
            std::this_thread::sleep_for(1ms);
            update({.fraction = double(i) / count_, .stage = Stage::painting, .iteration = i});
        }
        return Image(request.content.width(), request.content.height());
    }
    Result<Estimate> estimate(const Request&) override { return Estimate{.memory_needed = 1}; }
    std::string device() const override { return "cpu"; }

  private:
    int count_;
};

void a_painting_tells_how_long_it_has_waited() {
    Turns turns(patient);
    Steps steps(3);
    PaintingInTurn painter(steps, turns);
    const auto content = request(8, 8, Quality::draft);
    CHECK(painter.paint(content, [](const Update&) {}, {}) && painter.waited() < 100ms);
    std::optional<Turns::Place> first(std::in_place, turns, 0);
    CHECK(first->wait({}, nothing));
    std::jthread leaves([&] {
        std::this_thread::sleep_for(300ms);
        first.reset();
    });
    CHECK(painter.paint(content, [](const Update&) {}, {}) && painter.waited() > 200ms);
}

void an_interrupted_painting_repeats_where_it_is() {
    Turns turns({.step = 60s, .sign = 10ms});
    Steps steps(2);
    PaintingInTurn painter(steps, turns);
    std::optional<Turns::Place> small;
    std::jthread leaves;
    std::vector<Update> told;
    CHECK(painter.paint(request(8, 8, Quality::draft),
                        [&](const Update& update) {
                            told.push_back(update);
                            if (told.size() == 1) {
                                small.emplace(turns, 0);
                                leaves = std::jthread([&] {
                                    CHECK(small->wait({}, nothing));
                                    std::this_thread::sleep_for(200ms);
                                    small.reset();
                                });
                            }
                        },
                        {}));
    CHECK(told.size() > 4);
    for (std::size_t i = 1; i + 1 < told.size(); ++i)
        CHECK(told[i].iteration == 1 && told[i].fraction == 0.5 && told[i].stage == Stage::waiting);
    CHECK(told.back().iteration == 2);
    CHECK(told.front().stage != Stage::waiting && told.back().stage != Stage::waiting);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(alone_it_is_always_its_turn),
        TEST(of_equal_ones_the_first_is_done_first),
        TEST(a_smaller_one_interrupts_between_two_steps),
        TEST(a_smaller_one_does_not_wait_for_a_long_step),
        TEST(a_larger_one_waits_however_long_it_takes),
        TEST(one_that_is_stopped_waits_no_more),
        TEST(whoever_waits_gives_signs_of_life),
        TEST(work_tells_small_from_large),
        TEST(a_painting_tells_how_long_it_has_waited),
        TEST(an_interrupted_painting_repeats_where_it_is),
    });
}
