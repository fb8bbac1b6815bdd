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

void every_step_is_a_line() {
    const Folder folder;
    auto table = LossTable::open(folder.path / "losses.tsv");
    CHECK(table);
    table->add({.width = 512, .height = 384, .iteration = 1, .losses = with(0.5, 2.25, 1.0 / 1024)});
    table->add({.width = 512, .height = 384, .iteration = 2, .losses = with(NAN, 1e-12, 0)});
    CHECK(table->write());
    CHECK(text_of(folder.path / "losses.tsv") ==
          std::string(header) + "512\t384\t1\t0.5\t2.25\t0.0009765625\t0\t0\t2.75097656\n"
                                "512\t384\t2\tnan\t1e-12\t0\t0\t0\tnan\n");
}

void an_old_table_stays_until_the_new_one_is_whole() {
    const Folder folder;
    const std::string old(5000, 'x');
    std::ofstream(folder.path / "losses.tsv") << old;
    {
        auto table = LossTable::open(folder.path / "losses.tsv");
        CHECK(table);
        table->add({.width = 512, .height = 384, .iteration = 1, .losses = with(1, 2, 3)});
        CHECK(text_of(folder.path / "losses.tsv") == old);
    }
    CHECK(text_of(folder.path / "losses.tsv") == old);
    CHECK(LossTable::open(folder.path / "losses.tsv")->write());
    CHECK(text_of(folder.path / "losses.tsv") == header);
}

void a_table_that_was_not_written_leaves_nothing() {
    const Folder folder;
    CHECK(LossTable::open(folder.path / "losses.tsv"));
    CHECK(std::filesystem::is_empty(folder.path));
}

void what_cannot_be_written_is_told_before_the_work_or_at_the_end() {
    const Folder folder;
    for (const auto& path : {folder.path, folder.path / "nowhere" / "losses.tsv"})
        CHECK(LossTable::open(path).error().code == ErrorCode::not_written);
    // The device accepts nothing.
    std::filesystem::create_symlink("/dev/full", folder.path / "full.tsv");
    const auto table = LossTable::open(folder.path / "full.tsv");
    CHECK(table);
    const auto written = table->write();
    CHECK(!written && written.error().code == ErrorCode::not_written);
    CHECK(written.error().message.contains("full.tsv"));
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(every_step_is_a_line),
        TEST(an_old_table_stays_until_the_new_one_is_whole),
        TEST(a_table_that_was_not_written_leaves_nothing),
        TEST(what_cannot_be_written_is_told_before_the_work_or_at_the_end),
    });
}
