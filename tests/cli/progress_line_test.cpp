// SPDX-License-Identifier: GPL-3.0-or-later
#include "captured.hpp"
#include "cmocka.hpp"
#include "progress_line.hpp"

#include <neural_style/formatted.hpp>

#include <cstdio>
#include <string>

using namespace neural_style;
using namespace neural_style::cli;

namespace {

std::string said(Talk talk, FILE* stream, const Update& update) {
    const tests::Captured captured(stream);
    ProgressLine(talk).show(update);
    return captured.text();
}

const Update news{.fraction = 0.5,
                  .stage = Stage::painting,
                  .iteration = 3,
                  .iterations = 6,
                  .width = 40,
                  .height = 30,
                  .notice = "Memory ran out: it goes on in smaller tiles."};

void a_notice_is_a_line_of_its_own() {
    CHECK(said(Talk::people, stderr, news).starts_with("Memory ran out: it goes on in smaller tiles.\n"));
    CHECK(said(Talk::people, stdout, news).empty());
}

void programs_read_it_as_json() {
    CHECK(said(Talk::programs, stdout, news)
              .starts_with(R"({"type":"notice","message":"Memory ran out: it goes on in smaller tiles."})"
                           "\n{\"type\":\"update\""));
    CHECK(said(Talk::programs, stderr, news).empty());
}

void nobody_hears_it_when_quiet() {
    CHECK(said(Talk::nobody, stdout, news).empty() && said(Talk::nobody, stderr, news).empty());
}

void programs_are_told_every_loss_by_its_name() {
    Update update{.fraction = 0.5};
    for (std::size_t i = 0; i < names<LossTerm>.size(); ++i)
        update.losses.terms[i] = {.weight = 1, .value = double(i) + 0.5};
    const auto text = said(Talk::programs, stdout, update);
    for (std::size_t i = 0; i < names<LossTerm>.size(); ++i)
        CHECK(text.contains(formatted("\"{}-loss\":{}.5", names<LossTerm>[i], i)));
}

void updates_without_one_say_nothing_of_it() {
    CHECK(!said(Talk::programs, stdout, {.fraction = 0.5}).contains("notice"));
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_notice_is_a_line_of_its_own),
        TEST(programs_read_it_as_json),
        TEST(nobody_hears_it_when_quiet),
        TEST(programs_are_told_every_loss_by_its_name),
        TEST(updates_without_one_say_nothing_of_it),
    });
}
