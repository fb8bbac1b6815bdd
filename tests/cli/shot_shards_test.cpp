// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "shot_shards.hpp"

#include <cstddef>
#include <vector>

using namespace neural_style;
using namespace neural_style::cli;

namespace {

const std::vector<Shot> shots{{0, 10}, {10, 50}, {50, 55}, {55, 100}, {100, 130}};

void every_shot_is_in_one_part() {
    for (int parts = 1; parts <= 9; ++parts) {
        std::vector<Shot> all;
        for (int part = 1; part <= parts; ++part)
            for (const auto& shot : shots_of(shots, {.part = part, .parts = parts}))
                all.push_back(shot);
        CHECK(all == shots);
    }
}

void parts_have_about_as_many_frames_each() {
    std::vector<Shot> many;
    for (std::size_t i = 0; i < 100; ++i)
        many.push_back({i * 7, (i + 1) * 7});
    for (int part = 1; part <= 4; ++part)
        CHECK(shots_of(many, {.part = part, .parts = 4}).size() == 25);
}

void more_parts_than_shots_leave_some_empty() {
    std::size_t empty = 0;
    for (int part = 1; part <= 4; ++part)
        empty += shots_of({{0, 30}}, {.part = part, .parts = 4}).empty();
    CHECK(empty == 3);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(every_shot_is_in_one_part),
        TEST(parts_have_about_as_many_frames_each),
        TEST(more_parts_than_shots_leave_some_empty),
    });
}
