// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "message.hpp"
#include "sentences.hpp"

using namespace neural_style;

namespace {

void every_code_has_a_sentence_and_keeps_its_code() {
    for (std::size_t i = 0; i < names<ErrorCode>.size(); ++i) {
        const auto code = ErrorCode(i);
        const auto error = translated({code, ""});
        CHECK(error.code == code);
        CHECK(error.message.size() > 10);
    }
}

void what_the_user_needs_of_the_detail_is_in_the_sentence() {
    CHECK(translated({ErrorCode::over_limit, "3 GiB are needed, 2 GiB are free."}).message.contains("3 GiB"));
    CHECK(!translated({ErrorCode::out_of_memory, "c10::Error: bad_alloc"}).message.contains("c10"));
}

} // namespace

int main() {
    return tests::run_tests({TEST(every_code_has_a_sentence_and_keeps_its_code),
                             TEST(what_the_user_needs_of_the_detail_is_in_the_sentence)});
}
