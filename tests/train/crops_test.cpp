// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "crops.hpp"
#include "guarded.hpp"
#include "train_tests.hpp"

#include <algorithm>
#include <torch/torch.h>
#include <vector>

using namespace neural_style;
using namespace tests;

namespace {

Image flat_picture(int width, int height, float value) {
    Image image(width, height);
    std::ranges::fill(image.span(), value);
    return image;
}

} // namespace

static void one_photo_in_eight_is_held_out() {
    Photos photos;
    for (int i = 0; i < 17; ++i)
        photos.add(flat_picture(8, 8, float(i) / 16));
    CHECK(photos.held_out() == 2 && photos.training() == 15);
    std::vector<int> seen;
    for (std::size_t i = 0; i < photos.training(); ++i)
        seen.push_back(photos.training(i).planes[0]);
    for (std::size_t i = 0; i < photos.held_out(); ++i)
        seen.push_back(photos.held_out(i).planes[0]);
    CHECK(photos.held_out(0).planes[0] == 112); // the eighth: 7 / 16 of 255
    std::ranges::sort(seen);
    CHECK(std::ranges::adjacent_find(seen) == seen.end());
}

static void of_a_few_photos_the_last_is_held_out() {
    Photos photos;
    photos.add(flat_picture(8, 8, 0));
    CHECK(photos.held_out() == 0 && photos.training() == 1);
    photos.add(flat_picture(8, 8, 1));
    CHECK(photos.held_out() == 1 && photos.training() == 1);
    CHECK(photos.held_out(0).planes[0] == 255 && photos.training(0).planes[0] == 0);
}

static void large_photos_are_made_smaller() {
    Photos photos;
    photos.add(flat_picture(2000, 500, 0.5f));
    CHECK(photos.training(0).width == Photos::longest_side && photos.training(0).height == 192);
}

static void the_same_step_gives_the_same_crops() {
    const auto photos = random_photos(9);
    const auto cut_at = [&](std::int64_t step) {
        auto random = random_of(5, step);
        return crops(photos, {.count = 3, .side = 32, .vary = true}, random);
    };
    CHECK(cut_at(7).equal(cut_at(7)));
    CHECK(!cut_at(7).equal(cut_at(8)));
}

static void crops_are_pictures_of_the_size_asked_for() {
    const auto photos = random_photos(4);
    for (const int side : {32, 80, 200}) // smaller than the photos, as high, larger
        for (int step = 0; step < 40; ++step) {
            auto random = random_of(1, step);
            const auto batch = crops(photos, {.count = 2, .side = side, .vary = true}, random);
            CHECK(batch.sizes() == at::IntArrayRef({2, 3, side, side}));
            CHECK(batch.min().item<double>() >= 0 && batch.max().item<double>() <= 1);
        }
}

static void held_out_photos_are_never_trained_on() {
    Photos photos;
    for (int i = 0; i < 16; ++i)
        photos.add(flat_picture(40, 40, i % 8 == 7 ? 1.0f : 0.0f));
    for (int step = 0; step < 50; ++step) {
        auto random = random_of(3, step);
        CHECK(crops(photos, {.count = 4, .side = 32, .vary = false}, random).max().item<double>() == 0);
    }
    CHECK(held_out_crop(photos, 1, 32).min().item<double>() == 1);
}

static void without_photos_there_is_a_sentence() {
    auto random = random_of(0, 0);
    const auto result = guarded([&] { return crops(Photos(), {}, random); });
    CHECK(!result && result.error().code == ErrorCode::invalid_request);
}

int crops_tests() {
    return run_tests({TEST(one_photo_in_eight_is_held_out), TEST(of_a_few_photos_the_last_is_held_out),
                      TEST(large_photos_are_made_smaller), TEST(the_same_step_gives_the_same_crops),
                      TEST(crops_are_pictures_of_the_size_asked_for),
                      TEST(held_out_photos_are_never_trained_on), TEST(without_photos_there_is_a_sentence)});
}
