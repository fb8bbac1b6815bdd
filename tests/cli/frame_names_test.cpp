// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "frame_names.hpp"
#include "test_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace neural_style;
using namespace neural_style::cli;
using tests::Folder;

namespace fs = std::filesystem;

namespace {

/// A folder with such files.
struct Files {
    Folder folder;

    Files(std::vector<std::string> names) {
        for (const auto& name : names)
            std::ofstream(folder.path / name) << name;
    }
    /// The names of the frames, or the error.
    std::string frames(const std::string& pattern = "") const {
        const auto found = frame_files(pattern.empty() ? folder.path : folder.path / pattern);
        if (!found)
            return found.error().message;
        std::string all;
        for (const auto& file : found->files)
            all += file.filename().string() + " ";
        return all + found->gap;
    }
};

void a_pattern_has_one_number_in_its_name() {
    CHECK(FramePattern::in("in/img_%04d.png")->name(12) == "in/img_0012.png");
    CHECK(FramePattern::in("%d.png")->name(12) == "12.png");
    CHECK(FramePattern::in("img_%3d.png")->name(1) == "img_001.png");
    CHECK(!FramePattern::in("img.png") && !FramePattern::in("in_%d/img.png"));
    CHECK(!FramePattern::in("%d_%d.png") && !FramePattern::in("%s.png") && !FramePattern::in("100%.png"));
    CHECK(!FramePattern::in("%999d.png"));
}

void numbers_are_found_in_names_that_the_pattern_makes() {
    const auto pattern = *FramePattern::in("in/img_%03d.png");
    CHECK(pattern.number_in("img_012.png") == 12u && pattern.number_in("img_1234.png") == 1234u);
    CHECK(!pattern.number_in("img_12.png") && !pattern.number_in("img_.png") &&
          !pattern.number_in("img_0x1.png"));
    CHECK(!pattern.number_in("img_99999999999999999999999.png"));
}

void natural_order_compares_numbers() {
    CHECK(natural_order("img2", "img10") && !natural_order("img10", "img2"));
    CHECK(natural_order("a1b2", "a1b10") && natural_order("img009", "img10") && natural_order("img", "img1"));
    CHECK(natural_order("img01", "img1") != natural_order("img1", "img01") && !natural_order("img1", "img1"));
}

void a_folder_is_taken_in_natural_order_without_other_files() {
    const Files files({"img10.png", "img9.png", "notes.txt", ".img8.png", "img11.jpg"});
    CHECK(files.frames() == "img9.png img10.png img11.jpg ");
}

void a_gap_in_a_folder_is_found() {
    CHECK(Files({"a1.png", "a2.png", "a4.png"}).frames() == "a1.png a2.png a4.png a4.png");
    CHECK(Files({"a1.png", "b4.png"}).frames() == "a1.png b4.png ");
}

void a_pattern_begins_at_its_lowest_number_and_has_no_gaps() {
    const Files files({"img_07.png", "img_08.png", "img_7.png", "img_09.jpg"});
    CHECK(files.frames("img_%02d.png") == "img_07.png img_08.png ");
    const std::string gap = Files({"1.png", "3.png"}).frames("%d.png");
    CHECK(gap.contains("2.png is missing") && gap.contains("3"));
    CHECK(files.frames("none_%d.png").contains("no file named"));
}

void an_empty_folder_is_told() {
    CHECK(Files({"notes.txt"}).frames().contains("no pictures"));
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_pattern_has_one_number_in_its_name),
        TEST(numbers_are_found_in_names_that_the_pattern_makes),
        TEST(natural_order_compares_numbers),
        TEST(a_folder_is_taken_in_natural_order_without_other_files),
        TEST(a_gap_in_a_folder_is_found),
        TEST(a_pattern_begins_at_its_lowest_number_and_has_no_gaps),
        TEST(an_empty_folder_is_told),
    });
}
