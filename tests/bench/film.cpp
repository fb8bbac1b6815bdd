// SPDX-License-Identifier: GPL-3.0-or-later
/// bench-film MODELS STYLE FRAMES INTO [--alone] [--quality QUALITY] [--steadiness X] [--passes N] [--loop]:
/// paints the portable pixmaps of a folder as a film, or each frame alone; prints a line of JSON with seconds
/// per frame.
#include "film.hpp"

#include "pixmaps.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/setting_text.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace neural_style;
using Clock = std::chrono::steady_clock;

class FolderFrames : public Frames {
  public:
    explicit FolderFrames(const std::filesystem::path& folder) : files_(folder) {}

    std::size_t count() const override { return files_.count(); }
    Result<Samples> frame(std::size_t number) override { return files_.read(number); }
    std::string name(std::size_t number) const { return files_.name(number); }

  private:
    Pixmaps files_;
};

class HeldPaintings : public Paintings {
  public:
    bool has(std::size_t number, int pass) const override { return kept_.contains({number, pass}); }
    Result<Image> painting(std::size_t number, int pass) override {
        return unpacked(kept_.at({number, pass}));
    }
    Result<void> keep(std::size_t number, int pass, const Image& painting) override {
        kept_[{number, pass}] = packed(painting, Sample::u8);
        return {};
    }
    const Samples& at(std::size_t number, int pass) const { return kept_.at({number, pass}); }

  private:
    std::map<std::pair<std::size_t, int>, Samples> kept_;
};

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

template <typename T>
T checked(Result<T> result) {
    if (!result) {
        std::cerr << result.error().message << "\n";
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 4)
        return 2;
    const std::filesystem::path models = arguments[0], into = arguments[3];
    Settings settings;
    FilmSettings film;
    bool alone = false;
    for (std::size_t i = 4; i < arguments.size(); ++i) {
        const auto& option = arguments[i];
        if (option == "--alone")
            alone = true;
        else if (option == "--loop")
            film.loop = true;
        else if (option == "--quality")
            settings.quality = *choice_named<Quality>(arguments[++i]);
        else if (option == "--steadiness")
            film.steadiness = std::stod(arguments[++i]);
        else if (option == "--passes")
            film.passes = std::stoi(arguments[++i]);
    }
    auto engine = checked(Engine::open({.feature_network = models / "painter.safetensors",
                                        .encoder = models / "encoder.safetensors",
                                        .decoder = models / "decoder.safetensors",
                                        .preview_size = 0}));
    const auto style = unpacked(read_pixmap(arguments[1]));
    FolderFrames frames(arguments[2]);
    HeldPaintings paintings;
    std::vector<double> painted, whole;
    auto begin = Clock::now();
    const auto paint = [&](const FrameJob& job) {
        const auto start = Clock::now();
        auto painting = engine.paint({.content = job.content,
                                      .styles = {{.picture = style}},
                                      .motion = alone ? Motion{} : job.motion,
                                      .shot = alone ? SamplesView() : job.shot,
                                      .settings = settings});
        painted.push_back(seconds_since(start));
        return painting;
    };
    const auto kept = [&](std::size_t, int) {
        whole.push_back(seconds_since(begin));
        begin = Clock::now();
    };
    if (alone)
        for (std::size_t i = 0; i < frames.count(); ++i)
            checked(paint_film(frames, {{i, i + 1}}, paintings, film, paint, kept));
    else
        checked(paint_film(frames, {{0, frames.count()}}, paintings, film, paint, kept));
    std::filesystem::create_directories(into);
    for (std::size_t i = 0; i < frames.count(); ++i)
        write_pixmap(into / frames.name(i), paintings.at(i, alone ? 0 : last_pass(film)));
    const auto median = [](std::vector<double> values) { // of all but the first
        if (values.size() > 1)
            values.erase(values.begin());
        std::ranges::nth_element(values, values.begin() + std::ptrdiff_t(values.size() / 2));
        return values[values.size() / 2];
    };
    std::cout << formatted("{{\"first\":{:.4f},\"frame\":{:.4f},\"painting\":{:.4f}}}\n", whole.front(),
                           median(whole), median(painted));
}
