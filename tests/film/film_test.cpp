// SPDX-License-Identifier: GPL-3.0-or-later
#include "film.hpp"
#include "shots.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace neural_style;
using tests::Shot;

const Image& photo() {
    static const Image photo = tests::boats();
    return photo;
}

class ListedFrames : public Frames {
  public:
    explicit ListedFrames(std::vector<Samples> frames) : frames_(std::move(frames)) {}
    std::size_t count() const override { return frames_.size(); }
    Result<Samples> frame(std::size_t number) override { return frames_[number]; }

  private:
    std::vector<Samples> frames_;
};

// Of 8 bits, as in files.
class HeldPaintings : public Paintings {
  public:
    std::map<std::pair<std::size_t, int>, Samples> held;

    bool has(std::size_t number, int pass) const override { return held.contains({number, pass}); }
    Result<Image> painting(std::size_t number, int pass) override {
        return unpacked(held.at({number, pass}));
    }
    Result<void> keep(std::size_t number, int pass, const Image& painting) override {
        CHECK(!has(number, pass));
        held[{number, pass}] = packed(painting, Sample::u8);
        return {};
    }
};

std::vector<Samples> frames_of(const tests::Shot& shot, int count) {
    std::vector<Samples> frames;
    for (int i = 0; i < count; ++i)
        frames.push_back(packed(shot.frame(photo(), i), Sample::u8));
    return frames;
}

const tests::Shot pan{.width = 96, .height = 64, .camera = {.across = 1.5}};

// What a painter was told about a frame.
struct Told {
    std::size_t number;
    int pass;
    bool moved;
    double trusted;
    double steadiness;
    Samples shot;
};

// Paints negatives, and where it is told of earlier paintings, those.
struct Painter {
    std::vector<Told> told;

    PaintFrame paint() {
        return [this](const FrameJob& job) -> Result<Image> {
            const auto& motion = job.motion;
            Image painting = unpacked(job.content);
            double trusted = 0;
            for (std::size_t i = 0; i < painting.span().size(); ++i) {
                float& value = painting.span()[i];
                value = 1 - value;
                if (!motion.moved.empty()) {
                    value += motion.trusted.data[i / 3] * (motion.moved.data[i] - value);
                    trusted += motion.trusted.data[i / 3];
                }
            }
            told.push_back({job.number, job.pass, !motion.moved.empty(),
                            trusted / double(painting.span().size()), motion.steadiness,
                            Samples{.width = job.shot.width(), .height = job.shot.height()}});
            return painting;
        };
    }
};

void the_first_frame_of_a_shot_is_painted_anew() {
    ListedFrames frames(frames_of(pan, 8));
    HeldPaintings paintings;
    Painter painter;
    CHECK(paint_film(frames, {{0, 3}, {3, 8}}, paintings, {.steadiness = 0.5}, painter.paint()));
    CHECK(painter.told.size() == 8);
    for (std::size_t i = 0; i < 8; ++i) {
        const auto& told = painter.told[i];
        CHECK(told.number == i && told.pass == 0 && told.moved == (i != 0 && i != 3));
        if (told.moved)
            CHECK(told.trusted > 0.8 && told.trusted < 1 && told.steadiness == 0.5);
        CHECK(told.shot.width == 96 && told.shot.height == 64 * (i < 3 ? 3 : 5)); // all of them
    }
}

// A film of negatives, each made of the one before, is the negative film.
void paintings_move_with_what_they_show() {
    const auto shot = frames_of(pan, 8);
    ListedFrames frames(shot);
    HeldPaintings paintings;
    Painter painter;
    CHECK(paint_film(frames, {{0, 8}}, paintings, {}, painter.paint()));
    double sum = 0;
    const auto last = paintings.held.at({7, 0});
    for (std::size_t i = 0; i < last.bytes.size(); ++i)
        sum += std::abs(255 - int(last.bytes[i]) - int(shot[7].bytes[i]));
    CHECK(sum / double(last.bytes.size()) < 10);
}

void what_was_hidden_for_a_frame_is_remembered() {
    auto shot = frames_of(pan, 6);
    for (auto& byte : shot[3].bytes) // a flash
        byte = std::byte(255);
    ListedFrames frames(shot);
    HeldPaintings paintings;
    Painter painter;
    CHECK(paint_film(frames, {{0, 6}}, paintings, {}, painter.paint()));
    CHECK(painter.told[4].trusted > 0.7); // from two frames before
}

void an_equal_frame_has_the_painting_of_the_one_before() {
    auto shot = frames_of(pan, 2);
    ListedFrames frames({shot[0], shot[0], shot[0], shot[1]});
    HeldPaintings paintings;
    Painter painter;
    CHECK(paint_film(frames, {{0, 4}}, paintings, {}, painter.paint()));
    CHECK(painter.told.size() == 2);
    CHECK(paintings.held.at({2, 0}) == paintings.held.at({0, 0}));
}

void an_interrupted_film_is_the_same_film() {
    ListedFrames frames(frames_of(pan, 7));
    for (const FilmSettings settings : {FilmSettings{}, {.passes = 3}, {.loop = true}}) {
        HeldPaintings whole;
        Painter painter;
        CHECK(paint_film(frames, {{0, 7}}, whole, settings, painter.paint()));
        for (const int after : {1, 4, 9}) {
            HeldPaintings paintings;
            std::stop_source stop;
            int kept = 0;
            const auto stopped = paint_film(
                frames, {{0, 7}}, paintings, settings, painter.paint(),
                [&](std::size_t, int) {
                    if (++kept == after)
                        stop.request_stop();
                },
                stop.get_token());
            CHECK(stopped || stopped.error().code == ErrorCode::cancelled);
            CHECK(paint_film(frames, {{0, 7}}, paintings, settings, painter.paint()));
            CHECK(paintings.held == whole.held);
        }
    }
}

void shots_alone_are_the_shots_of_the_film() {
    ListedFrames frames(frames_of(pan, 7));
    HeldPaintings whole, apart;
    Painter painter;
    CHECK(paint_film(frames, {{0, 4}, {4, 7}}, whole, {.passes = 2}, painter.paint()));
    CHECK(paint_film(frames, {{4, 7}}, apart, {.passes = 2}, painter.paint()));
    CHECK(paint_film(frames, {{0, 4}}, apart, {.passes = 2}, painter.paint()));
    CHECK(whole.held == apart.held);
}

void passes_go_there_and_back() {
    ListedFrames frames(frames_of(pan, 4));
    HeldPaintings paintings;
    Painter painter;
    const FilmSettings settings{.passes = 3};
    CHECK(paint_film(frames, {{0, 4}}, paintings, settings, painter.paint()));
    std::vector<std::pair<std::size_t, int>> order;
    for (const auto& told : painter.told)
        order.push_back({told.number, told.pass});
    // The first of a later pass is taken over.
    CHECK(order == (std::vector<std::pair<std::size_t, int>>{
                       {0, 0}, {1, 0}, {2, 0}, {3, 0}, {2, 1}, {1, 1}, {0, 1}, {1, 2}, {2, 2}, {3, 2}}));
    CHECK(paintings.held.at({3, 1}) == paintings.held.at({3, 0}));
    CHECK(last_pass(settings) == 2 && last_pass({}) == 0);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(paintings.has(i, 2));
}

// The ends differ by a colour that only the painter knows.
void the_last_frames_of_a_loop_lead_to_the_first() {
    constexpr std::size_t count = 12;
    auto shot = frames_of({.width = 96, .height = 64}, 1);
    std::vector<Samples> list(count, shot[0]);
    for (std::size_t i = 0; i < count; ++i) // not quite equal
        list[i].bytes[3 * (i + 50)] ^= std::byte(1);
    ListedFrames frames(list);
    HeldPaintings paintings;
    const PaintFrame paint = [](const FrameJob& job) -> Result<Image> {
        Image painting(job.content.width(), job.content.height());
        for (std::size_t i = 0; i < painting.span().size(); ++i)
            painting.span()[i] = job.pass > 0 ? job.motion.moved.data[i] : float(job.number) / count;
        return painting;
    };
    const FilmSettings settings{.loop = true};
    CHECK(paint_film(frames, {{0, count}}, paintings, settings, paint));
    CHECK(last_pass(settings) == 1);
    std::vector<int> levels;
    for (std::size_t i = 0; i < count; ++i)
        levels.push_back(int(paintings.held.at({i, 1}).bytes[30 * 96 * 3]));
    CHECK(levels[0] == 0 && levels[count - 1] < 30);
    for (std::size_t i = 0; i < 6; ++i)
        CHECK(paintings.held.at({i, 1}) == paintings.held.at({i, 0}));
    for (std::size_t i = 0; i < count; ++i) // no jump is as large as that from the end to the beginning was
        CHECK(std::abs(levels[(i + 1) % count] - levels[i]) < 100);
}

void shots_are_found() {
    auto list = frames_of(pan, 5);
    for (const auto& frame : frames_of({.width = 96, .height = 64, .camera = {.across = 1, .turn = M_PI}}, 2))
        list.push_back(frame);
    std::swap(list[5], list[6]);
    list.pop_back();
    list.push_back(list.back());
    list.push_back(list.back());
    list.push_back(list.back());
    ListedFrames frames(list);
    const auto shots = find_shots(frames);
    CHECK(shots && *shots == (std::vector<neural_style::Shot>{{0, 5}, {5, 9}}));
    std::stop_source stop;
    stop.request_stop();
    CHECK(find_shots(frames, stop.get_token()).error().code == ErrorCode::cancelled);
    ListedFrames none({});
    CHECK(find_shots(none)->empty());
}

void a_painting_of_another_size_is_an_error() {
    ListedFrames frames(frames_of(pan, 2));
    HeldPaintings paintings;
    const auto done = paint_film(frames, {{0, 2}}, paintings, {},
                                 [](const FrameJob&) -> Result<Image> { return Image(48, 32); });
    CHECK(done.error().code == ErrorCode::invalid_request && done.error().message.contains("48 x 32"));
}

void errors_are_passed_on() {
    ListedFrames frames(frames_of(pan, 2));
    HeldPaintings paintings;
    const auto done = paint_film(frames, {{0, 2}}, paintings, {}, [](const FrameJob&) -> Result<Image> {
        return failure(ErrorCode::out_of_memory, "Enough.");
    });
    CHECK(done.error().code == ErrorCode::out_of_memory && paintings.held.empty());
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(the_first_frame_of_a_shot_is_painted_anew),
        TEST(paintings_move_with_what_they_show),
        TEST(what_was_hidden_for_a_frame_is_remembered),
        TEST(an_equal_frame_has_the_painting_of_the_one_before),
        TEST(an_interrupted_film_is_the_same_film),
        TEST(shots_alone_are_the_shots_of_the_film),
        TEST(passes_go_there_and_back),
        TEST(the_last_frames_of_a_loop_lead_to_the_first),
        TEST(shots_are_found),
        TEST(a_painting_of_another_size_is_an_error),
        TEST(errors_are_passed_on),
    });
}
