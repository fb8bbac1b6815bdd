// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "painting_record.hpp"
#include "test_folder.hpp"

#include <fstream>

using namespace neural_style;
using tests::Folder;

namespace {

std::size_t files_in(const std::filesystem::path& folder) {
    return std::size_t(std::distance(std::filesystem::directory_iterator(folder), {}));
}

void what_is_not_wanted_is_not_written() {
    const Folder folder;
    const auto here = std::filesystem::current_path();
    std::filesystem::current_path(folder.path);
    auto record = PaintingRecord::open({});
    CHECK(record);
    record->add({.width = 4, .height = 4, .iteration = 1});
    record->add(Image(4, 4));
    CHECK(record->end().empty());
    CHECK(files_in(folder.path) == 0);
    std::filesystem::current_path(here);
}

void both_are_written_where_both_are_wanted() {
    const Folder folder;
    auto record =
        PaintingRecord::open({.snapshots = folder.path / "steps", .losses = folder.path / "losses.tsv"});
    CHECK(record);
    record->add({.width = 4, .height = 4, .iteration = 1});
    record->add(Image(4, 4));
    record->add(Image(8, 8));
    CHECK(record->end().empty());
    CHECK(files_in(folder.path / "steps") == 2);
    CHECK(std::filesystem::file_size(folder.path / "losses.tsv") > 50);
}

void a_wrong_name_is_known_before_the_work() {
    const Folder folder;
    CHECK(!PaintingRecord::open({.snapshots = folder.path / "no" / "where"}));
    CHECK(!PaintingRecord::open({.losses = folder.path}));
}

/// A painting of an hour must survive a deleted folder.
void snapshots_that_are_missing_are_counted_and_named_at_the_end() {
    const Folder folder;
    auto record = PaintingRecord::open({.snapshots = folder.path / "steps"});
    record->add(Image(4, 4));
    std::filesystem::remove_all(folder.path / "steps");
    for (int i = 0; i < 3; ++i)
        record->add(Image(4, 4));
    const auto sentences = record->end();
    CHECK(sentences.size() == 1);
    CHECK(sentences[0].contains("3 snapshots") && sentences[0].contains("painting-0002.png"));
    CHECK(record->end().empty());
}

void a_table_that_cannot_be_written_is_told_at_the_end() {
    const Folder folder;
    auto record = PaintingRecord::open({.losses = folder.path / "losses.tsv"});
    std::filesystem::create_directory(folder.path / "losses.tsv");
    const auto sentences = record->end();
    CHECK(sentences.size() == 1 && sentences[0].contains("losses.tsv"));
}

void a_painting_that_fails_leaves_no_table_and_no_empty_folder() {
    const Folder folder;
    {
        auto record =
            PaintingRecord::open({.snapshots = folder.path / "steps", .losses = folder.path / "losses.tsv"});
        record->add({.width = 4, .height = 4, .iteration = 1});
    }
    CHECK(files_in(folder.path) == 0);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(what_is_not_wanted_is_not_written),
        TEST(both_are_written_where_both_are_wanted),
        TEST(a_wrong_name_is_known_before_the_work),
        TEST(snapshots_that_are_missing_are_counted_and_named_at_the_end),
        TEST(a_table_that_cannot_be_written_is_told_at_the_end),
        TEST(a_painting_that_fails_leaves_no_table_and_no_empty_folder),
    });
}
