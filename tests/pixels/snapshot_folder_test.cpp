// SPDX-License-Identifier: GPL-3.0-or-later
#include "buffer_pixels.hpp"
#include "cmocka.hpp"
#include "picture_file.hpp"
#include "snapshot_folder.hpp"
#include "test_folder.hpp"

#include <cmath>
#include <fstream>
#include <gegl.h>
#include <unistd.h>

using namespace neural_style;
using tests::Folder;

namespace {

Image ramp(int width, int height) {
    Image image(width, height);
    for (std::size_t i = 0; i < image.span().size(); ++i)
        image.span()[i] = float(i % 256) / 255;
    return image;
}

void snapshots_are_numbered_pictures_of_their_own_size() {
    const Folder folder;
    auto snapshots = SnapshotFolder::open(folder.path / "steps");
    CHECK(snapshots);
    CHECK(snapshots->add(ramp(20, 10)));
    CHECK(snapshots->add(ramp(40, 20)));
    CHECK(snapshots->count() == 2);
    for (const auto& [name, width] :
         {std::pair("painting-0001.png", 20), std::pair("painting-0002.png", 40)}) {
        const auto file = load_picture(folder.path / "steps" / name);
        CHECK(file);
        const auto pixels = read_pixels(file->buffer.get(), *gegl_buffer_get_extent(file->buffer.get()));
        CHECK(pixels && pixels->image.width() == width && pixels->alpha.empty());
        const Image expected = ramp(width, width / 2);
        for (std::size_t i = 0; i < expected.span().size(); ++i)
            CHECK_NEAR(pixels->image.span()[i], expected.span()[i], 1e-6);
    }
}

void values_that_no_picture_holds_are_clamped() {
    const Folder folder;
    auto snapshots = SnapshotFolder::open(folder.path);
    Image image(1, 1);
    image.span()[0] = -3;
    image.span()[1] = 7;
    image.span()[2] = NAN;
    CHECK(snapshots->add(image));
    const auto file = load_picture(folder.path / "painting-0001.png");
    const auto pixels = read_pixels(file->buffer.get(), {0, 0, 1, 1});
    CHECK(pixels->image.span()[0] == 0 && pixels->image.span()[1] == 1 && pixels->image.span()[2] == 0);
}

void old_snapshots_are_never_mixed_with_new_ones() {
    const Folder folder;
    std::ofstream(folder.path / "notes.txt") << "mine";
    auto snapshots = SnapshotFolder::open(folder.path);
    CHECK(snapshots && snapshots->add(ramp(4, 4)));
    const auto again = SnapshotFolder::open(folder.path);
    CHECK(!again && again.error().code == ErrorCode::not_written);
    CHECK(again.error().message.contains(folder.path.string()));
}

void a_folder_that_cannot_be_written_is_told() {
    const Folder folder;
    CHECK(SnapshotFolder::open(folder.path / "no" / "where").error().code == ErrorCode::not_written);
    std::ofstream(folder.path / "file") << "x";
    CHECK(SnapshotFolder::open(folder.path / "file").error().code == ErrorCode::not_written);
    CHECK(SnapshotFolder::open("/proc").error().code == ErrorCode::not_written);
    // And one that is deleted meanwhile.
    auto snapshots = SnapshotFolder::open(folder.path / "steps");
    CHECK(snapshots && snapshots->add(ramp(4, 4)));
    std::filesystem::remove_all(folder.path / "steps");
    CHECK(snapshots->add(ramp(4, 4)).error().code == ErrorCode::not_written);
    CHECK(snapshots->count() == 1);
}

void a_folder_is_made_with_its_first_snapshot() {
    const Folder folder;
    for (const char* name : {"steps", "slash/"}) {
        auto snapshots = SnapshotFolder::open(folder.path / name);
        CHECK(snapshots && !std::filesystem::exists(folder.path / name));
        CHECK(snapshots->add(ramp(4, 4)));
        CHECK(std::filesystem::exists(folder.path / name / "painting-0001.png"));
    }
}

} // namespace

int main() {
    gegl_init(nullptr, nullptr);
    return tests::run_tests({
        TEST(snapshots_are_numbered_pictures_of_their_own_size),
        TEST(values_that_no_picture_holds_are_clamped),
        TEST(old_snapshots_are_never_mixed_with_new_ones),
        TEST(a_folder_that_cannot_be_written_is_told),
        TEST(a_folder_is_made_with_its_first_snapshot),
    });
}
