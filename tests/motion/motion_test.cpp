// SPDX-License-Identifier: GPL-3.0-or-later
#include "borrowed_ways.hpp"
#include "cuts.hpp"
#include "flow.hpp"
#include "moving.hpp"
#include "reduced_frame.hpp"
#include "shots.hpp"
#include "tone.hpp"
#include "trust.hpp"

#include <opencv2/core/utility.hpp>
#include <random>
#include <vector>

namespace {

using namespace neural_style;
using namespace tests;

const Image& photo() {
    static const Image photo = boats();
    return photo;
}

Samples bytes_of(const Image& image) {
    return packed(image, Sample::u8);
}

Samples brightness_of(const Shot& shot, int number) {
    return brightness(bytes_of(shot.frame(photo(), number)));
}

// Mean length of what a flow lacks, in pixels, away from the border and from what was hidden.
double error_of(const Shot& shot, const Flow& found, int from, int to) {
    const auto exact = shot.back(from, to);
    double sum = 0, count = 0;
    for (int y = 10; y < shot.height - 10; ++y)
        for (int x = 10; x < shot.width - 10; ++x)
            if (shot.seen_before(exact, from, to, x, y)) {
                sum +=
                    std::hypot(found.at(x, y)[0] - exact.at(x, y)[0], found.at(x, y)[1] - exact.at(x, y)[1]);
                ++count;
            }
    return sum / count;
}

double largest(const Flow& flow) {
    double most = 0;
    for (const float way : flow.ways)
        most = std::max(most, double(std::abs(way)));
    return most;
}

const Shot pan{.camera = {.across = 2.3, .down = -0.7}};
const Shot zoom{.camera = {.zoom = 1.015}};
const Shot turn{.camera = {.turn = 0.012}};
const Shot object{.camera = {.across = 0.6}, .object_across = 6.5};

void the_way_back_is_found() {
    for (const auto& [shot, most] : {std::pair{pan, 0.7}, {zoom, 0.7}, {turn, 0.7}, {object, 1.2}})
        for (const int back : {1, 4})
            for (const auto finest : {Finest::pixel, Finest::every_other_pixel}) {
                const auto both = flows(brightness_of(shot, 6 - back), brightness_of(shot, 6), finest);
                CHECK_NEAR(error_of(shot, both.back, 6, 6 - back), 0, most);
            }
}

void there_and_back_meet() {
    const auto both = flows(brightness_of(pan, 0), brightness_of(pan, 1));
    CHECK_NEAR(both.back.at(160, 90)[0], 2.3, 0.2);
    CHECK_NEAR(both.forth.at(160, 90)[0], -2.3, 0.2);
}

void nothing_moves_between_equal_frames() {
    const auto frame = brightness_of(pan, 0);
    const auto both = flows(frame, frame);
    CHECK(largest(both.back) == 0 && largest(both.forth) == 0);
    const auto trust = trusted(both);
    CHECK(std::ranges::all_of(trust, [](float value) { return value == 1; }));
}

void the_flow_does_not_depend_on_the_number_of_threads() {
    const auto a = brightness_of(object, 0), b = brightness_of(object, 1);
    cv::setNumThreads(1);
    const auto one = flows(a, b);
    cv::setNumThreads(3);
    const auto three = flows(a, b);
    CHECK(one.back.ways == three.back.ways && one.forth.ways == three.forth.ways);
}

void small_frames_have_a_flow_too() {
    const Shot tiny{.width = 16, .height = 20, .camera = {.across = 1}};
    const auto both = flows(brightness_of(tiny, 0), brightness_of(tiny, 1));
    CHECK(both.back.width == 16 && both.back.height == 20 && both.back.ways.size() == 16 * 20 * 2);
    CHECK(largest(both.back) < 8);
}

void every_kind_of_samples_has_its_brightness() {
    const auto frame = pan.frame(photo(), 0);
    const auto exact = brightness(frame);
    for (const auto sample : {Sample::u8, Sample::u16}) {
        const auto from = brightness(packed(frame, sample));
        CHECK(from.width == 320 && from.height == 180 && from.bytes.size() == exact.bytes.size());
        int most = 0;
        for (std::size_t i = 0; i < from.bytes.size(); ++i)
            most = std::max(most, std::abs(int(from.bytes[i]) - int(exact.bytes[i])));
        CHECK(most <= 1);
    }
}

void what_was_hidden_is_not_trusted() {
    const int from = 6, to = 3;
    const auto both = flows(brightness_of(object, to), brightness_of(object, from));
    const auto trust = trusted(both);
    const auto exact = object.back(from, to);
    double hidden = 0, of_hidden = 0, seen = 0, of_seen = 0;
    for (int y = 0; y < object.height; ++y)
        for (int x = 0; x < object.width; ++x)
            if (object.seen_before(exact, from, to, x, y)) {
                of_seen += trust[std::size_t(y * object.width + x)];
                ++seen;
            } else {
                of_hidden += trust[std::size_t(y * object.width + x)];
                ++hidden;
            }
    CHECK(hidden > 500);
    CHECK(of_hidden / hidden < 0.3);
    CHECK(of_seen / seen > 0.85);
}

struct Border {
    double trusted = 0; // share of the pixels that were seen before
    double wrong = 0;   // share of these trusted ones that is led more than 1.5 pixels astray
    double hidden = 0;  // share of trusted pixels among those that were hidden
};

// Within 12 pixels of the object's border.
Border border_of(const Flow& back, const std::vector<float>& trust, int from, int to) {
    const auto exact = object.back(from, to);
    double seen = 0, of_seen = 0, wrong = 0, hidden = 0, of_hidden = 0;
    for (int y = 12; y < object.height - 12; ++y)
        for (int x = 12; x < object.width - 12; ++x) {
            const auto inside = [&](int u, int v) { return object.in_object(from, {double(u), double(v)}); };
            bool border = false;
            for (const int v : {y - 12, y, y + 12})
                for (const int u : {x - 12, x, x + 12})
                    border |= inside(u, v) != inside(x, y);
            if (!border)
                continue;
            const double value = trust[std::size_t(y * object.width + x)];
            if (!object.seen_before(exact, from, to, x, y)) {
                ++hidden;
                of_hidden += value;
                continue;
            }
            ++seen;
            of_seen += value;
            wrong += value > 0 && std::hypot(back.at(x, y)[0] - exact.at(x, y)[0],
                                             back.at(x, y)[1] - exact.at(x, y)[1]) > 1.5;
        }
    return {of_seen / seen, wrong / of_seen, of_hidden / hidden};
}

void a_border_of_a_motion_borrows_its_ways() {
    auto ways = flows(brightness_of(object, 5), brightness_of(object, 6));
    auto trust = trusted(ways);
    const auto alone = border_of(ways.back, trust, 6, 5);
    borrow_ways(ways, trust, object.frame(photo(), 5), object.frame(photo(), 6));
    const auto borrowed = border_of(ways.back, trust, 6, 5);
    CHECK(alone.trusted < 0.75 && borrowed.trusted > 0.87);
    CHECK(borrowed.wrong < alone.wrong);
    CHECK(borrowed.hidden < alone.hidden + 0.02);
}

void what_a_border_hid_is_seldom_trusted() {
    const auto ways = flows(brightness_of(object, 5), brightness_of(object, 6));
    CHECK(border_of(ways.back, trusted(ways), 6, 5).hidden < 0.25);
}

void nothing_is_borrowed_between_equal_frames() {
    const auto frame = pan.frame(photo(), 0);
    Flows ways{still(pan.width, pan.height), still(pan.width, pan.height)};
    std::vector<float> trust(frame.span().size() / 3, 1.0f);
    borrow_ways(ways, trust, frame, frame);
    CHECK(largest(ways.back) == 0);
    CHECK(std::ranges::all_of(trust, [](float value) { return value == 1; }));
}

void what_is_borrowed_does_not_depend_on_the_number_of_threads() {
    std::vector<Flows> found;
    for (const int threads : {1, 3}) {
        cv::setNumThreads(threads);
        found.push_back(flows(brightness_of(object, 5), brightness_of(object, 6)));
        auto trust = trusted(found.back());
        borrow_ways(found.back(), trust, object.frame(photo(), 5), object.frame(photo(), 6));
    }
    CHECK(found[0].back.ways == found[1].back.ways);
}

void what_is_unknown_is_the_frame_in_the_tone_around() {
    const auto frame = pan.frame(photo(), 0);
    Image painting = frame;
    for (std::size_t i = 0; i < painting.span().size(); i += 3)
        painting.span()[i + 2] += 0.2f; // bluer
    const auto whole = painting;
    std::vector<float> trust(frame.span().size() / 3, 1.0f);
    for (int y = 80; y < 100; ++y)
        for (int x = 150; x < 170; ++x) {
            trust[std::size_t(y * 320 + x)] = 0;
            for (int c = 0; c < 3; ++c)
                painting.pixel(x, y)[c] = 1;
        }
    fill_in(painting, frame, frame, trust);
    for (std::size_t i = 0; i < whole.span().size(); ++i)
        CHECK_NEAR(painting.span()[i], whole.span()[i], trust[i / 3] == 1 ? 1e-6 : 0.02);
}

void a_still_picture_moves_nowhere() {
    const auto frame = pan.frame(photo(), 0);
    const auto same = moved(frame, still(frame.width(), frame.height()));
    CHECK(std::ranges::equal(same.span(), frame.span()));
}

void a_picture_is_moved_to_where_it_is_now() {
    for (const auto& shot : {pan, zoom, turn}) {
        const auto exact = shot.back(5, 4);
        const auto from = shot.frame(photo(), 4), here = shot.frame(photo(), 5), there = moved(from, exact);
        double sum = 0, unmoved = 0, count = 0;
        for (int y = 0; y < shot.height; ++y)
            for (int x = 0; x < shot.width; ++x)
                if (shot.seen_before(exact, 5, 4, x, y))
                    for (int c = 0; c < 3; ++c, ++count) {
                        sum += std::abs(there.pixel(x, y)[c] - here.pixel(x, y)[c]);
                        unmoved += std::abs(from.pixel(x, y)[c] - here.pixel(x, y)[c]);
                    }
        CHECK(sum / count < 0.012 && sum < unmoved / 3);
    }
}

// A wave must not grow: after hundreds of frames it would cover the painting.
void no_wave_grows_by_being_moved() {
    for (const double length : {2.5, 3.0, 4.0, 7.0, 15.0}) {
        Image wave(120, 8);
        for (int y = 0; y < 8; ++y)
            for (int x = 0; x < 120; ++x)
                for (int c = 0; c < 3; ++c)
                    wave.pixel(x, y)[c] = float(0.5 + 0.1 * std::sin(2 * M_PI * x / length));
        Flow way = still(120, 8);
        for (std::size_t i = 0; i < way.ways.size(); i += 2)
            way.ways[i] = 0.37f;
        for (int i = 0; i < 30; ++i)
            wave = moved(wave, way);
        float most = 0;
        for (int x = 40; x < 80; ++x) // what the border has become is not near
            most = std::max(most, std::abs(wave.pixel(x, 4)[0] - 0.5f));
        CHECK(most < 0.101);
        if (length > 10) // what can be seen stays
            CHECK(most > 0.08);
    }
}

void what_comes_from_beyond_the_border_is_the_border() {
    const auto frame = pan.frame(photo(), 0);
    Flow way = still(320, 180);
    for (std::size_t i = 0; i < way.ways.size(); ++i)
        way.ways[i] = i % 2 == 0 ? -1000 : 2000;
    const auto far = moved(frame, way);
    CHECK_NEAR(far.pixel(17, 40)[1], frame.pixel(0, 179)[1], 1e-6);
}

std::vector<std::size_t> cuts_in(const std::vector<Image>& frames) {
    Cuts cuts;
    for (const auto& frame : frames)
        cuts.look(bytes_of(frame));
    return cuts.found();
}

void append(std::vector<Image>& frames, const Shot& shot, int count, int from = 0) {
    for (int i = 0; i < count; ++i)
        frames.push_back(shot.frame(photo(), from + i));
}

Image even(float grey) {
    Image image(320, 180);
    std::ranges::fill(image.span(), grey);
    return image;
}

// The left part of the photo, and the right part upside down, have nothing in common.
const Shot elsewhere{.camera = {.across = 40, .turn = 0.5}};

void a_cut_is_found() {
    std::vector<Image> frames;
    append(frames, pan, 5);
    append(frames, elsewhere, 1, 6);
    append(frames, object, 6, 3);
    append(frames, zoom, 1, 30);
    CHECK(cuts_in(frames).size() >= 1);
    frames.clear();
    append(frames, pan, 5);
    frames.push_back(even(0));
    frames.push_back(even(0.01f));
    frames.push_back(even(0));
    frames.push_back(even(0));
    frames.push_back(even(0));
    const std::vector<std::size_t> to_black{5};
    CHECK(cuts_in(frames) == to_black);
}

void a_short_shot_at_the_end_is_a_shot() {
    std::vector<Image> frames;
    append(frames, pan, 6);
    const Shot other{.camera = {.across = 1, .turn = M_PI}};
    frames.push_back(other.frame(photo(), 1));
    CHECK(cuts_in(frames) == std::vector<std::size_t>{6});
}

void motion_is_no_cut() {
    for (const auto& shot : {pan, zoom, turn, object}) {
        std::vector<Image> frames;
        append(frames, shot, 8);
        CHECK(cuts_in(frames).empty());
    }
}

void a_fast_pan_is_no_cut() {
    std::vector<Image> frames;
    append(frames, {.camera = {.across = 60}}, 8, -4);
    CHECK(cuts_in(frames).empty());
}

void a_flash_is_no_cut() {
    for (const float grey : {0.0f, 1.0f}) {
        std::vector<Image> frames;
        append(frames, pan, 9);
        frames[4] = frames[5] = even(grey);
        CHECK(cuts_in(frames).empty());
    }
    std::vector<Image> frames;
    append(frames, pan, 9);
    for (float& value : frames[4].span())
        value = std::min(1.0f, value * 2);
    CHECK(cuts_in(frames).empty());
}

void a_fade_is_no_cut() {
    std::vector<Image> frames;
    append(frames, pan, 20);
    for (int i = 0; i < 20; ++i)
        for (float& value : frames[std::size_t(i)].span())
            value *= float(i + 1) / 20;
    CHECK(cuts_in(frames).empty());
}

void noise_is_no_cut() {
    std::mt19937 random(7);
    std::normal_distribution<float> noise(0, 0.04f);
    std::vector<Image> frames;
    append(frames, pan, 6);
    for (auto& frame : frames)
        for (float& value : frame.span())
            value += noise(random);
    CHECK(cuts_in(frames).empty());
}

void a_reduced_frame_has_the_frames_colors() {
    const auto frame = pan.frame(photo(), 0);
    const auto small = reduced_frame(bytes_of(frame), 3000);
    CHECK(small.width * small.height < 3200 && small.width * small.height > 2800);
    double sum = 0, of_small = 0;
    for (const float value : frame.span())
        sum += value;
    const auto values = unpacked(small);
    for (const float value : values.span())
        of_small += value;
    CHECK_NEAR(sum / double(frame.span().size()), of_small / double(small.bytes.size()), 0.002);
    CHECK(reduced_frame(bytes_of(frame), 1e9) == bytes_of(frame));
}

} // namespace

int main() {
    return run_tests({
        TEST(the_way_back_is_found),
        TEST(there_and_back_meet),
        TEST(nothing_moves_between_equal_frames),
        TEST(the_flow_does_not_depend_on_the_number_of_threads),
        TEST(small_frames_have_a_flow_too),
        TEST(every_kind_of_samples_has_its_brightness),
        TEST(what_was_hidden_is_not_trusted),
        TEST(a_border_of_a_motion_borrows_its_ways),
        TEST(what_a_border_hid_is_seldom_trusted),
        TEST(nothing_is_borrowed_between_equal_frames),
        TEST(what_is_borrowed_does_not_depend_on_the_number_of_threads),
        TEST(what_is_unknown_is_the_frame_in_the_tone_around),
        TEST(a_still_picture_moves_nowhere),
        TEST(a_picture_is_moved_to_where_it_is_now),
        TEST(no_wave_grows_by_being_moved),
        TEST(what_comes_from_beyond_the_border_is_the_border),
        TEST(a_cut_is_found),
        TEST(a_short_shot_at_the_end_is_a_shot),
        TEST(motion_is_no_cut),
        TEST(a_fast_pan_is_no_cut),
        TEST(a_flash_is_no_cut),
        TEST(a_fade_is_no_cut),
        TEST(noise_is_no_cut),
        TEST(a_reduced_frame_has_the_frames_colors),
    });
}
