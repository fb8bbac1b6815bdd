// SPDX-License-Identifier: GPL-3.0-or-later
/// What files, other programs and other computers say cannot do harm where it is shown.
#include "cmocka.hpp"
#include "translation.hpp"

#include <neural_style/plain_text.hpp>

#include <filesystem>
#include <random>
#include <string>

using namespace neural_style;

namespace {

void a_plain_text_stays_what_it_is() {
    for (const std::string text : {"", "Nuit étoilée — 星月夜 🎨", "<b>&amp;</b>", "a\\b%s{}"}) {
        CHECK(plain_line(text) == text);
        CHECK(plain_text(text) == text);
    }
}

void control_characters_become_visible() {
    CHECK(plain_line("\x1b[31mred\x07\x7f") == "␛[31mred␇␡");
    CHECK(plain_line(std::string_view("\0", 1)) == "␀");
    CHECK(plain_line("\xc2\x9b"
                     "31m") == "�31m"); // the one-byte form of ESC [
    CHECK(plain_line("\u202etxt.exe\u2066\ufeff") == "�txt.exe��");
}

void a_line_is_one_line() {
    CHECK(plain_line("one\ntwo\r\nthree\tfour\u2028five") == "one two  three four�five");
    CHECK(plain_text("one\ntwo\r\nthree\tfour\x1b") == "one\ntwo \nthree\tfour␛");
}

void what_is_not_utf8_is_replaced_byte_by_byte() {
    CHECK(plain_line("a\xff\xc3 \xe2\x82") == "a�� ��");
    CHECK(plain_line("\xc0\x80\xed\xa0\x80\xf5\x80") == "�������"); // overlong, surrogate, too large
}

void a_long_text_is_cut_between_letters() {
    const std::string megabytes(std::size_t(4) << 20, 'x');
    CHECK(plain_line(megabytes).size() == line_bytes_max && plain_line(megabytes).ends_with("x…"));
    CHECK(plain_line("äöü", 6) == "äöü");
    CHECK(plain_line("äöüß", 6) == "ä…" && plain_line("äöüß", 7) == "äö…");
    CHECK(plain_line("äöü", 2).empty());
}

void whatever_comes_is_harmless_and_stays_as_it_is_then() {
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::string text(random() % 40, ' ');
        for (char& byte : text)
            byte = char(random());
        const auto line = plain_line(text, 60);
        CHECK(line.size() <= 60 && plain_line(line, 60) == line);
        for (std::string_view rest = line; !rest.empty(); rest.remove_prefix(first_letter(rest).bytes))
            CHECK(!acts(first_letter(rest).code));
    }
}

void values_of_sentences_are_harmless() {
    const std::string name = "evil\x1b]0;title\x07\n.png";
    const std::filesystem::path path = name;
    CHECK(sentence("{} and {:>3} and {}", name, 7, path.c_str()) ==
          "evil␛]0;title␇ .png and   7 and evil␛]0;title␇ .png");
    CHECK(sentence("{\n", name) == "{\n");
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_plain_text_stays_what_it_is),
        TEST(control_characters_become_visible),
        TEST(a_line_is_one_line),
        TEST(what_is_not_utf8_is_replaced_byte_by_byte),
        TEST(a_long_text_is_cut_between_letters),
        TEST(whatever_comes_is_harmless_and_stays_as_it_is_then),
        TEST(values_of_sentences_are_harmless),
    });
}
