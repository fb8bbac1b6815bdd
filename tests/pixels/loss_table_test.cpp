// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "loss_table.hpp"
#include "test_folder.hpp"

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

using namespace neural_style;
using tests::Folder;

namespace {

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

Losses with(double content, double style, double tv) {
    return {.terms = {{{.value = content}, {.value = style}, {.value = tv}}}};
}

constexpr auto header = "width\theight\titeration\tcontent\tstyle\ttv\tneighbors\tmotion\ttotal\n";

void every_step_is_a_line_that_can_be_watched() {
    const Folder folder;
    auto table = LossTable::open(folder.path / "losses.tsv");
    CHECK(table);
    CHECK(text_of(folder.path / "losses.tsv") == header);
    table->add({.width = 512, .height = 384, .iteration = 1, .losses = with(0.5, 2.25, 1.0 / 1024)});
    CHECK(text_of(folder.path / "losses.tsv") ==
          std::string(header) + "512\t384\t1\t0.5\t2.25\t0.0009765625\t0\t0\t2.75097656\n");
    table->add({.width = 512, .height = 384, .iteration = 2, .losses = with(NAN, 1e-12, 0)});
    CHECK(text_of(folder.path / "losses.tsv").ends_with("\n512\t384\t2\tnan\t1e-12\t0\t0\t0\tnan\n"));
    CHECK(table->state());
}

void an_old_table_is_begun_anew() {
    const Folder folder;
    std::ofstream(folder.path / "losses.tsv") << std::string(5000, 'x');
    CHECK(LossTable::open(folder.path / "losses.tsv"));
    CHECK(text_of(folder.path / "losses.tsv") == header);
}

void what_cannot_be_written_is_told_at_once_or_at_the_end() {
    const Folder folder;
    for (const auto& path : {folder.path, folder.path / "nowhere" / "losses.tsv"})
        CHECK(LossTable::open(path).error().code == ErrorCode::not_written);
    // The device accepts nothing; a file beside it cannot be created, hence the link.
    std::filesystem::create_symlink("/dev/full", folder.path / "full.tsv");
    CHECK(LossTable::open(folder.path / "full.tsv").error().code == ErrorCode::not_written);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(every_step_is_a_line_that_can_be_watched),
        TEST(an_old_table_is_begun_anew),
        TEST(what_cannot_be_written_is_told_at_once_or_at_the_end),
    });
}
