// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "progress_text.hpp"

using namespace neural_style;
using namespace std::chrono_literals;

namespace {

protocol::Update update(double fraction, Stage stage = Stage::painting) {
    return {.id = 1,
            .fraction = fraction,
            .stage = stage,
            .iteration = 12,
            .iterations = 60,
            .width = 512,
            .height = 384,
            .preview = {}};
}

const ProgressText::Clock::time_point start{};

std::string text(const protocol::Update& news, std::chrono::milliseconds passed) {
    return ProgressText(start).text(news, start + passed);
}

void a_sentence_says_what_happens_and_how_long_it_will_take() {
    CHECK(text(update(0.25), 5s) == "Painting at 512 × 384, step 12 of 60, about 15 s left");
    CHECK(text(update(0.25), 20s) == "Painting at 512 × 384, step 12 of 60, about 60 s left");
    CHECK(text(update(0.1), 60s) == "Painting at 512 × 384, step 12 of 60, about 9 min left");
    CHECK(text(update(0.99), 10s) == "Painting at 512 × 384, step 12 of 60, nearly done");
    CHECK(text(update(0.5, Stage::preparing), 10s) == "Looking at both pictures, about 10 s left");
    CHECK(text(update(1, Stage::finishing), 10s) == "Finishing the painting");
    CHECK(text(update(0.5, Stage::waiting), 10s) == "Waiting for another painting");
}

void no_time_is_guessed_at_the_beginning() {
    CHECK(text(update(0.04), 60s) == "Painting at 512 × 384, step 12 of 60");
    CHECK(text(update(0), 0s) == "Painting at 512 × 384, step 12 of 60");
}

void a_log_line_is_plain() {
    CHECK(ProgressText::log_line(update(0.42)) == "42 % painting 512x384 step 12 of 60");
    protocol::Update bare;
    CHECK(ProgressText::log_line(bare) == "0 % preparing");
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_sentence_says_what_happens_and_how_long_it_will_take),
        TEST(no_time_is_guessed_at_the_beginning),
        TEST(a_log_line_is_plain),
    });
}
