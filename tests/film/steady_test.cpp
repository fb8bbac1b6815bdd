// SPDX-License-Identifier: GPL-3.0-or-later
// Long shots, with the shipped network.
#include "film.hpp"
#include "shots.hpp"

#include <filesystem>
#include <map>
#include <random>
#include <vector>

namespace {

using namespace neural_style;

constexpr int side = 64;

class MadeFrames : public Frames {
  public:
    MadeFrames(std::size_t count, std::function<Image(std::size_t)> make)
        : count_(count), make_(std::move(make)) {}
    std::size_t count() const override { return count_; }
    Result<Samples> frame(std::size_t number) override { return packed(make_(number), Sample::u8); }

  private:
    std::size_t count_;
    std::function<Image(std::size_t)> make_;
};

// Of 8 bits, as in files; only the last few.
class HeldPaintings : public Paintings {
  public:
    std::vector<double> brightness; // means, in levels of 255
    std::map<std::pair<std::size_t, int>, Samples> held;

    bool has(std::size_t number, int pass) const override { return held.contains({number, pass}); }
    Result<Image> painting(std::size_t number, int pass) override {
        return unpacked(held.at({number, pass}));
    }
    Result<void> keep(std::size_t number, int pass, const Image& painting) override {
        const auto& kept = held[{number, pass}] = packed(painting, Sample::u8);
        double sum = 0;
        for (const auto byte : kept.bytes)
            sum += double(byte);
        brightness.push_back(sum / double(kept.bytes.size()));
        return {};
    }
};

Image scene() {
    static const Image photo = tests::boats();
    return tests::Shot{.width = side, .height = side, .camera = {.zoom = 3}}.frame(photo, -1);
}

struct Film {
    std::vector<double> brightness;
    int painted = 0;
};

Film painted(std::size_t count, std::function<Image(std::size_t)> make) {
    const auto models = std::filesystem::path(std::getenv("NEURAL_STYLE_DATA")) / "models";
    auto engine = Engine::open({.feature_network = models / "painter.safetensors", .device = "cpu"});
    CHECK(engine);
    const auto style =
        tests::Shot{.width = 96, .height = 96, .camera = {.turn = 0.7}}.frame(tests::boats(), 3);
    Settings settings;
    settings.quality = Quality::draft;
    settings.precision = Precision::float32;
    MadeFrames frames(count, std::move(make));
    HeldPaintings paintings;
    Film film;
    const auto done = paint_film(frames, {{0, count}}, paintings, {}, [&](const FrameJob& job) {
        ++film.painted;
        return engine->paint({.content = job.content,
                              .styles = {{.picture = style}},
                              .motion = job.motion,
                              .settings = settings});
    });
    CHECK(done);
    film.brightness = std::move(paintings.brightness);
    return film;
}

void a_still_shot_is_painted_once_and_keeps_its_colors() {
    const auto film = painted(200, [](std::size_t) { return scene(); });
    CHECK(film.painted == 1);
    CHECK_NEAR(film.brightness.back(), film.brightness.front(), 0.01);
}

// As a camera's noise or a codec makes of a still shot.
void a_still_shot_with_noise_keeps_its_colors() {
    const auto film = painted(100, [](std::size_t number) {
        auto frame = scene();
        std::mt19937 random(static_cast<unsigned>(number));
        std::normal_distribution<float> noise(0, 1.0f / 255);
        for (float& value : frame.span())
            value += noise(random);
        return frame;
    });
    CHECK(film.painted == 100);
    for (const double brightness : film.brightness)
        CHECK_NEAR(brightness, film.brightness.front(), 0.5);
}

void slow_changes_of_light_are_followed() {
    const auto film = painted(40, [](std::size_t number) {
        auto frame = scene();
        for (float& value : frame.span())
            value = 0.6f * value + 0.004f * float(number);
        return frame;
    });
    const double change = 255 * 0.004 * 39;
    CHECK_NEAR(film.brightness.back() - film.brightness.front(), change, 0.25 * change);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_still_shot_is_painted_once_and_keeps_its_colors),
        TEST(a_still_shot_with_noise_keeps_its_colors),
        TEST(slow_changes_of_light_are_followed),
    });
}
