// SPDX-License-Identifier: GPL-3.0-or-later
/// The store keeps what is needed, verifies uploads and respects its limit.
#include "cmocka.hpp"
#include "engine_process.hpp"
#include "picture_store.hpp"

using namespace neural_style;
using namespace neural_style::protocol;
using neural_style::worker::PictureStore;
using tests::pattern;

namespace {

constexpr std::uint64_t bytes_of_10x10 = 10 * 10 * 3;

std::string add(PictureStore& store, const Picture& picture) {
    const std::string name = picture_name(picture);
    for (std::uint64_t offset = 0; offset < picture.bytes.size(); offset += chunk_bytes)
        CHECK(store.add({name, chunk_at(picture, offset)}));
    return name;
}

bool refused(const Result<void>& added) {
    return !added && added.error().code == ErrorCode::bad_message;
}

void a_picture_is_found_by_its_name() {
    PictureStore store(1 << 20);
    const Picture picture = pattern(Sample::u8, 10, 10);
    const std::string name = picture_name(picture);
    CHECK(!store.find(name));
    add(store, picture);
    const auto held = store.find(name);
    CHECK(held && *held == picture);
}

void half_a_picture_is_not_found() {
    PictureStore store(1 << 20);
    Picture picture = pattern(Sample::u8, 10, 10);
    Chunk half = chunk_at(picture, 0);
    half.bytes.resize(150);
    CHECK(store.add({picture_name(picture), half}));
    CHECK(!store.find(picture_name(picture)));
}

void a_damaged_picture_is_refused() {
    PictureStore store(1 << 20);
    Picture picture = pattern(Sample::u8, 10, 10);
    const std::string name = picture_name(picture);
    picture.bytes[77] ^= std::byte(1);
    CHECK(refused(store.add({name, chunk_at(picture, 0)})));
    CHECK(!store.find(name));
}

void mixed_pictures_are_refused() {
    PictureStore store(1 << 20);
    const Picture one = pattern(Sample::u8, 10, 10, 1), other = pattern(Sample::u8, 10, 10, 2);
    Chunk start = chunk_at(one, 0);
    start.bytes.resize(100);
    CHECK(store.add({picture_name(one), start}));
    CHECK(refused(store.add({picture_name(other), chunk_at(other, 100)})));
}

void an_upload_may_be_given_up_for_another() {
    PictureStore store(1 << 20);
    const Picture one = pattern(Sample::u8, 10, 10, 1), other = pattern(Sample::u8, 10, 10, 2);
    Chunk start = chunk_at(one, 0);
    start.bytes.resize(100);
    CHECK(store.add({picture_name(one), start}));
    CHECK(store.find(add(store, other)));
    CHECK(store.find(add(store, one)));
}

void the_picture_not_used_for_longest_goes_first() {
    PictureStore store(3 * bytes_of_10x10);
    std::vector<std::string> names;
    for (std::uint32_t seed = 1; seed <= 3; ++seed)
        names.push_back(add(store, pattern(Sample::u8, 10, 10, seed)));
    CHECK(store.find(names[0])); // now names[1] is the oldest
    names.push_back(add(store, pattern(Sample::u8, 10, 10, 4)));
    CHECK(store.find(names[0]) && !store.find(names[1]) && store.find(names[2]) && store.find(names[3]));
}

/// Otherwise a photo larger than the limit and its style would evict each other for ever.
void the_two_pictures_used_last_always_stay() {
    PictureStore store(1);
    const auto photo = add(store, pattern(Sample::u8, 10, 10, 1));
    const auto style = add(store, pattern(Sample::u8, 10, 10, 2));
    CHECK(store.find(photo) && store.find(style));
    const auto third = add(store, pattern(Sample::u8, 10, 10, 3));
    CHECK(!store.find(photo) && store.find(style) && store.find(third));
}

/// Otherwise the pictures of one large job would evict each other for ever.
void wanted_pictures_stay_until_others_are_wanted() {
    PictureStore store(1);
    std::vector<Picture> pictures;
    std::vector<std::string> names;
    for (std::uint32_t seed = 1; seed <= 5; ++seed) {
        pictures.push_back(pattern(Sample::u8, 10, 10, seed));
        names.push_back(picture_name(pictures.back()));
    }
    store.want(names);
    for (const auto& picture : pictures)
        add(store, picture);
    for (const auto& name : names)
        CHECK(store.find(name));
    store.want({names[2]});
    add(store, pattern(Sample::u8, 10, 10, 6));
    CHECK(store.find(names[2]) && !store.find(names[0]) && !store.find(names[1]) && !store.find(names[3]));
}

void a_mask_is_kept_with_one_value_a_pixel() {
    PictureStore store(1 << 20);
    const Picture mask = tests::mask_pattern(Sample::u8, 10, 10);
    const auto held = store.find(add(store, mask));
    CHECK(held && *held == mask);
}

void a_forgotten_picture_stays_with_who_holds_it() {
    PictureStore store(1 << 20);
    const Picture picture = pattern(Sample::f32, 10, 10);
    const auto name = add(store, picture);
    const auto held = store.find(name);
    store.forget(name);
    store.forget("unknown");
    CHECK(!store.find(name));
    CHECK(*held == picture);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_picture_is_found_by_its_name),
        TEST(half_a_picture_is_not_found),
        TEST(a_damaged_picture_is_refused),
        TEST(mixed_pictures_are_refused),
        TEST(an_upload_may_be_given_up_for_another),
        TEST(the_picture_not_used_for_longest_goes_first),
        TEST(the_two_pictures_used_last_always_stay),
        TEST(wanted_pictures_stay_until_others_are_wanted),
        TEST(a_mask_is_kept_with_one_value_a_pixel),
        TEST(a_forgotten_picture_stays_with_who_holds_it),
    });
}
