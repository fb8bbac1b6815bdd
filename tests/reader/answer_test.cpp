// SPDX-License-Identifier: GPL-3.0-or-later
/// What a client makes of a decoder's answers, which a hostile file may have taken over.
#include "answer.hpp"
#include "cmocka.hpp"
#include "replaced.hpp"

#include <string>

using namespace neural_style;
using namespace neural_style::reader;

namespace {

const PictureHead example{.kind = "PNG",
                          .width = 5,
                          .height = 4,
                          .sample = Sample::u16,
                          .color_code = ColorCode{9, 16, 0, 1},
                          .notes = {{Note::first_of_several, "3"}, {Note::oblong_pixels, "2"}},
                          .orientation = 6,
                          .pages = 3,
                          .left = -2};

/// The example's text with something else in place of one of its values.
std::string with(const std::string& value, const std::string& other) {
    return tests::replaced(text_of(example), value, other);
}

void a_head_comes_back_as_it_was() {
    const auto head = head_in(text_of(example));
    CHECK(head && head->kind == "PNG" && head->width == 5 && head->height == 4 && head->left == -2);
    CHECK(head->sample == Sample::u16 && head->color_code == example.color_code);
    CHECK(head->notes.size() == 2 && head->notes[1].note == Note::oblong_pixels &&
          head->notes[1].words == "2");
}

void numbers_that_no_size_can_be_are_refused() {
    for (const char* width :
         {"1e300", "5.5", "-5", "0", "1099511627776", "18446744073709551615", "\"5\"", "null", "[]"})
        CHECK(!head_in(with("\"width\":5", std::string("\"width\":") + width)));
    for (const char* sample : {"3", "-1", "1e300"})
        CHECK(!head_in(with("\"sample\":1", std::string("\"sample\":") + sample)));
    CHECK(!head_in(with("[9,16,0,1]", "[9,16]")));
    CHECK(!head_in(with("\"height\":4", "\"height\":400000000")));
    CHECK(!head_in("{}") && !head_in("") && !head_in("[[[["));
}

void notes_and_reasons_that_do_not_exist_become_ones_that_do() {
    const auto last = std::to_string(int(Note::oblong_pixels));
    const auto head = head_in(with("\"note\":" + last, "\"note\":99"));
    CHECK(head && head->notes[1].note <= Note::oblong_pixels);
    CHECK(refusal_in(R"({"reason": 4, "words": "40000 40000"})").reason == Reason::too_large);
    for (const char* text : {R"({"reason": 99, "words": ""})", R"({"reason": -1, "words": ""})",
                             R"({"reason": 1e300, "words": ""})", "{}", "rubbish"})
        CHECK(refusal_in(text).reason == Reason::damaged);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_head_comes_back_as_it_was),
        TEST(numbers_that_no_size_can_be_are_refused),
        TEST(notes_and_reasons_that_do_not_exist_become_ones_that_do),
    });
}
