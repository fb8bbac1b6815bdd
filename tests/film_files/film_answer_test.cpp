// SPDX-License-Identifier: GPL-3.0-or-later
/// What a client makes of a film decoder's answers, which a hostile file may have taken over.
#include "cmocka.hpp"
#include "film_answer.hpp"
#include "replaced.hpp"

#include <string>

using namespace neural_style;
using namespace neural_style::film_files;

namespace {

const FilmHead example{.kind = "mov",
                       .width = 16,
                       .height = 8,
                       .tick = {1, 25},
                       .frames = {{0, 1}, {1, 2}},
                       .notes = {{FilmNote::interlaced, ""}}};

std::string with(const std::string& value, const std::string& other) {
    return tests::replaced(text_of(example), value, other);
}

void a_head_and_an_order_come_back_as_they_were() {
    const auto head = film_head_in(text_of(example));
    CHECK(head && head->width == 16 && head->frames == example.frames && head->tick == example.tick);
    const FilmOrder order{.kind = "mp4", .film = example, .copies = true, .end = 7};
    const auto again = film_order_in(text_of(order));
    CHECK(again && again->kind == "mp4" && again->copies && again->end == 7 && again->film.height == 8);
}

void numbers_that_no_film_can_have_are_refused() {
    for (const char* width : {"1e300", "16.5", "0", "-1", "65536", "1099511627776", "\"16\""})
        CHECK(!film_head_in(with("\"width\":16", std::string("\"width\":") + width)));
    CHECK(!film_head_in(with("[[0,1],[1,2]]", "[[0,1e300]]")));
    CHECK(!film_head_in(with("[[0,1],[1,2]]", "[]")));
    // Nothing is divided by it.
    CHECK(film_head_in(with("\"tick\":[1,25]", "\"tick\":[1,0]"))->tick.denominator > 0);
}

void notes_and_reasons_that_do_not_exist_become_ones_that_do() {
    const auto note = "\"note\":" + std::to_string(int(FilmNote::interlaced));
    CHECK(film_head_in(with(note, "\"note\":99"))->notes[0].note <= FilmNote::square_pixels);
    CHECK(film_remarks_in(R"([{"note": -7, "words": ""}])")[0].note <= FilmNote::square_pixels);
    for (const char* text : {R"({"reason": 99, "words": ""})", R"({"reason": 1e300, "words": ""})", "{}"})
        CHECK(film_refusal_in(text).reason == FilmReason::damaged);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_head_and_an_order_come_back_as_they_were),
        TEST(numbers_that_no_film_can_have_are_refused),
        TEST(notes_and_reasons_that_do_not_exist_become_ones_that_do),
    });
}
