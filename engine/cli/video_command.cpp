// SPDX-License-Identifier: GPL-3.0-or-later
#include "video_command.hpp"

#include "contact_sheet.hpp"
#include "elapsed.hpp"
#include "file_digests.hpp"
#include "film_kind.hpp"
#include "film_output.hpp"
#include "frame_names.hpp"
#include "image_file.hpp"
#include "installation.hpp"
#include "kept_paintings.hpp"
#include "new_file.hpp"
#include "output.hpp"
#include "photo_painting.hpp"
#include "progress_line.hpp"
#include "report.hpp"
#include "settings_json.hpp"
#include "shot_shards.hpp"
#include "stop_signals.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;

class Video {
  public:
    Video(const VideoArguments& arguments, ReaderProcess& reader, FilmInput film)
        : arguments_(arguments), reader_(reader), film_(std::move(film)), notes_(film_.notes()) {}

    /// Styles and masks.
    Result<void> load(StylePictures styles);

    ExitStatus estimate(Engine& engine);
    ExitStatus preview(Engine& engine, std::stop_token stop);
    ExitStatus paint(Engine& engine, std::stop_token stop);

  private:
    Request request_for(const FrameJob& job) const;
    std::string record() const;
    ExitStatus stopped(const KeptPaintings& kept) const;
    Result<void> paint_shots(const std::vector<Shot>& shots, KeptPaintings& kept, Engine& engine,
                             std::stop_token stop);
    Result<void> write(KeptPaintings& kept);
    void tell_result(double seconds, const Engine& engine, int width, int height) const;
    ExitStatus tell_shard(const KeptPaintings& kept, const std::vector<Shot>& shots, double seconds) const;

    const VideoArguments& arguments_;
    ReaderProcess& reader_;
    FilmInput film_;
    StylePictures style_pictures_;
    std::span<const LoadedStyle> styles_;
    std::vector<std::vector<float>> regions_; ///< one per style; empty: everywhere
    std::vector<float> protect_;
    std::vector<std::string> notes_;
};

Result<void> Video::load(StylePictures styles) {
    style_pictures_ = std::move(styles);
    const SamplesView size(nullptr, film_.head().width, film_.head().height);
    const auto loaded = style_pictures_.of(reader_, size, arguments_.settings, notes_);
    if (!loaded)
        return std::unexpected(loaded.error());
    styles_ = *loaded;
    const PlaneSize stored{film_.stored_width(), film_.stored_height()},
        painted{film_.head().width, film_.head().height};
    const auto mask = [&](const fs::path& path) {
        return load_mask(reader_, path, stored, notes_).transform([&](std::vector<float> values) {
            return values.empty() ? values : scaled_plane(values, stored, painted);
        });
    };
    for (const auto& style : arguments_.styles) {
        auto region = mask(style.region);
        if (!region)
            return std::unexpected(region.error());
        regions_.push_back(*std::move(region));
    }
    return mask(arguments_.protect).transform([&](std::vector<float> values) {
        protect_ = std::move(values);
    });
}

Request Video::request_for(const FrameJob& job) const {
    const auto mask = [&](const std::vector<float>& values) {
        return values.empty() ? MaskView{} : MaskView{values.data(), film_.head().width, film_.head().height};
    };
    Request request{.content = job.content,
                    .styles = {},
                    .protect = mask(protect_),
                    .motion = job.motion,
                    .shot = job.shot,
                    .settings = arguments_.settings};
    for (std::size_t i = 0; i < styles_.size(); ++i)
        request.styles.push_back(styles_[i].style(mask(regions_[i])));
    return request;
}

ExitStatus Video::estimate(Engine& engine) {
    const SamplesView size(nullptr, film_.head().width, film_.head().height);
    const auto one = engine.estimate(request_for({.content = size}));
    if (!one)
        return report(one.error(), arguments_.talk);
    const std::size_t frames = arguments_.preview_every > 0
                                   ? (film_.count() + std::size_t(arguments_.preview_every) - 1) /
                                         std::size_t(arguments_.preview_every)
                                   : film_.count() * std::size_t(last_pass(arguments_.film_settings) + 1);
    const double seconds = one->time_needed * double(frames);
    const std::string device = engine.device().name;
    if (arguments_.talk == Talk::programs)
        print_json({{"type", "estimate"},
                    {"frames", frames},
                    {"width", size.width()},
                    {"height", size.height()},
                    {"memory-needed", one->memory_needed},
                    {"time-needed", seconds},
                    {"tiles", one->tiles},
                    {"device", device}});
    else
        print_line(sentence(
            _("{} frames of {} x {} pixels take about {:.0f} MiB of memory and together about {:.0f} s "
              "on {}."),
            frames, size.width(), size.height(), double(one->memory_needed) / (1 << 20), seconds, device));
    return exit_done;
}

ExitStatus Video::preview(Engine& engine, std::stop_token stop) {
    const auto start = Clock::now();
    const std::size_t every = std::size_t(arguments_.preview_every),
                      count = (film_.count() + every - 1) / every;
    ContactSheet sheet(count, film_.head().width, film_.head().height);
    ProgressLine progress(arguments_.talk);
    for (std::size_t i = 0; i < count; ++i) {
        const auto frame = film_.frame(i * every);
        if (!frame)
            return report(frame.error(), arguments_.talk);
        const auto painting = engine.paint(
            request_for({.content = *frame}),
            [&](const Update& update) {
                progress.show((double(i) + update.fraction) / double(count),
                              sentence(_("frame {} of {}"), i + 1, count));
            },
            stop);
        if (!painting) {
            progress.finish();
            return report(painting.error(), arguments_.talk);
        }
        sheet.add(*painting);
    }
    progress.finish();
    const Picture like{.buffer = GObjectPointer<GeglBuffer>(empty_buffer(babl_format("R'G'B' u8")))};
    const auto saved = save_painting({.path = arguments_.output,
                                      .painting = sheet.picture(),
                                      .alpha = {},
                                      .photo = like,
                                      .kind = arguments_.kind});
    if (!saved)
        return report(saved.error(), arguments_.talk);
    tell_result(seconds_since(start), engine, sheet.picture().width(), sheet.picture().height());
    return exit_done;
}

std::string Video::record() const {
    std::vector<fs::path> masks{arguments_.protect};
    for (const auto& style : arguments_.styles)
        masks.push_back(style.region);
    const auto& open = arguments_.open;
    const nlohmann::ordered_json record{
        {"version", Engine::version()},
        {"film", film_.identity()},
        {"first-frame", film_.number_in_film(0)},
        {"frames", film_.count()},
        {"width", film_.head().width},
        {"height", film_.head().height},
        {"settings", nlohmann::ordered_json::parse(protocol::settings_to_json(arguments_.settings))},
        {"styles", digests_of(style_pictures_.files())},
        {"masks", digests_of(masks)},
        {"networks", {open.feature_network.filename(), open.decoder.filename()}},
        {"passes", arguments_.film_settings.passes},
        {"steadiness", arguments_.film_settings.steadiness},
        {"loop", arguments_.film_settings.loop}};
    return record.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

/// How many paintings of those shots are kept, over all passes.
std::size_t painted_of(const std::vector<Shot>& shots, const KeptPaintings& kept, int passes) {
    std::size_t count = 0;
    for (const auto& shot : shots)
        for (auto number = shot.begin; number < shot.end; ++number)
            for (int pass = 0; pass < passes; ++pass)
                count += kept.has(number, pass);
    return count;
}

std::size_t frames_of(const std::vector<Shot>& shots) {
    std::size_t count = 0;
    for (const auto& [begin, end] : shots)
        count += end - begin;
    return count;
}

ExitStatus Video::stopped(const KeptPaintings& kept) const {
    const int last = last_pass(arguments_.film_settings);
    std::size_t whole = 0;
    for (std::size_t number = 0; number < film_.count(); ++number)
        whole += kept.has(number, last);
    const auto message =
        sentence(_("Stopped. {} of {} frames are kept in {}; the same command goes on with the others."),
                 whole, film_.count(), kept.folder().string());
    return report({ErrorCode::cancelled, ""}, arguments_.talk, {.stopped = message.c_str()});
}

Result<void> Video::paint_shots(const std::vector<Shot>& shots, KeptPaintings& kept, Engine& engine,
                                std::stop_token stop) {
    const int passes = last_pass(arguments_.film_settings) + 1;
    const std::size_t all = frames_of(shots) * std::size_t(passes), before = painted_of(shots, kept, passes);
    const double to_do = double(std::max<std::size_t>(all - before, 1));
    const auto start = Clock::now();
    std::size_t done = 0;
    ProgressLine progress(arguments_.talk == Talk::programs ? Talk::nobody : arguments_.talk);
    const auto speed = [&] { return double(done) / std::max(seconds_since(start), 1e-3); };
    const auto paint = [&](const FrameJob& job) {
        const auto show = [&](const Update& update) {
            const double fraction = std::min((double(done) + update.fraction) / to_do, 1.0);
            progress.show(fraction,
                          sentence(_("frame {} of {}, {:.2f} a second"), before + done + 1, all, speed()));
        };
        return engine.paint(request_for(job), show, stop);
    };
    const auto told = [&](std::size_t number, int pass) {
        ++done;
        if (arguments_.talk == Talk::programs)
            print_json({{"type", "frame"},
                        {"number", film_.number_in_film(number)},
                        {"pass", pass + 1},
                        {"done", before + done},
                        {"of", all},
                        {"frames-per-second", speed()},
                        {"seconds-left", std::max(to_do - double(done), 0.0) / speed()}});
    };
    auto painted = paint_film(film_, shots, kept, arguments_.film_settings, paint, told, stop);
    progress.finish();
    return painted;
}

Result<void> Video::write(KeptPaintings& kept) {
    const int last = last_pass(arguments_.film_settings);
    const auto first = kept.samples(0, last);
    if (!first)
        return std::unexpected(first.error());
    OutputWish wish{.path = arguments_.output,
                    .lossless = arguments_.lossless,
                    .head = film_.head(),
                    .source = film_.is_file() ? arguments_.film.path : fs::path(),
                    .first_number = film_.number_in_film(0)};
    wish.head.width = first->width;
    wish.head.height = first->height;
    const auto& times = wish.head.frames;
    if (arguments_.film.begin > 0 || arguments_.film.end != FilmWish{}.end)
        wish.source_end = wish.head.start + times.back().begin + times.back().duration;
    auto output = FilmOutput::open(wish);
    if (!output)
        return std::unexpected(output.error());
    ProgressLine progress(arguments_.talk);
    const bool transparent = film_.head().channels != picture_channels || film_.head().kind == "frames";
    for (std::size_t number = 0; number < film_.count(); ++number) {
        const auto painting = kept.samples(number, last);
        if (!painting)
            return std::unexpected(painting.error());
        auto alpha = transparent ? film_.alpha(number) : Result<Samples>();
        if (!alpha)
            return std::unexpected(alpha.error());
        if (!alpha->empty() && alpha->sample != painting->sample)
            *alpha = {.sample = painting->sample,
                      .width = alpha->width,
                      .height = alpha->height,
                      .channels = mask_channels,
                      .bytes = pack(unpack(alpha->bytes, alpha->sample), painting->sample)};
        if (auto added = (*output)->add(*painting, *alpha); !added)
            return added;
        progress.show(double(number + 1) / double(film_.count()), _("writing"));
    }
    progress.finish();
    auto notes = (*output)->end();
    if (!notes)
        return std::unexpected(notes.error());
    std::ranges::move(*notes, std::back_inserter(notes_));
    return {};
}

void Video::tell_result(double seconds, const Engine& engine, int width, int height) const {
    const std::string device = engine.device().name;
    if (arguments_.talk == Talk::programs)
        print_json(
            {{"type", "result"},
             {"output", arguments_.output.string()},
             {"frames", film_.count()},
             {"width", width},
             {"height", height},
             {"seconds", seconds},
             {"device", device},
             {"settings", nlohmann::ordered_json::parse(protocol::settings_to_json(arguments_.settings))},
             {"notes", notes_}});
    if (arguments_.talk != Talk::people)
        return;
    for (const auto& remark : notes_)
        note(remark);
    print_line(sentence(_("Painted {} ({} x {}) in {:.1f} s on {}."), arguments_.output.string(), width,
                        height, seconds, device));
}

ExitStatus Video::tell_shard(const KeptPaintings& kept, const std::vector<Shot>& shots,
                             double seconds) const {
    const auto& [part, parts] = arguments_.shard;
    if (arguments_.talk == Talk::programs)
        print_json({{"type", "shard"},
                    {"part", part},
                    {"parts", parts},
                    {"frames", frames_of(shots)},
                    {"folder", kept.folder().string()},
                    {"seconds", seconds}});
    if (arguments_.talk == Talk::people)
        print_line(sentence(
            _("Part {} of {} is painted: {} frames are kept in {}. When all parts are, the same command "
              "without --shard writes the film."),
            part, parts, frames_of(shots), kept.folder().string()));
    return exit_done;
}

ExitStatus Video::paint(Engine& engine, std::stop_token stop) {
    const auto start = Clock::now();
    const auto talk = arguments_.talk;
    auto kept = KeptPaintings::open({.folder = KeptPaintings::folder_of(arguments_.output),
                                     .record = record(),
                                     .again = arguments_.again,
                                     .sample = film_.head().sample,
                                     .first_number = film_.number_in_film(0)},
                                    reader_);
    if (!kept)
        return report(kept.error(), talk);
    const auto failed = [&](const Error& error) {
        // Ctrl-C also reaches the programs that read.
        return error.code == ErrorCode::cancelled || stop.stop_requested() ? stopped(*kept)
                                                                           : report(error, talk);
    };
    const auto shots = find_shots(film_, stop);
    if (!shots)
        return failed(shots.error());
    const auto mine = shots_of(*shots, arguments_.shard);
    if (const auto painted = paint_shots(mine, *kept, engine, stop); !painted)
        return failed(painted.error());
    if (arguments_.shard.parts > 1)
        return tell_shard(*kept, mine, seconds_since(start));
    const auto leave = [&] { end_after([&] { return stopped(*kept); }); };
    std::optional<std::stop_callback<decltype(leave)>> leaves(std::in_place, stop, leave);
    if (const auto written = write(*kept); !written)
        return report(written.error(), talk);
    leaves.reset();
    ignore_stop_signals();
    if (!arguments_.keep_frames)
        kept->remove();
    tell_result(seconds_since(start), engine, film_.head().width, film_.head().height);
    return exit_done;
}

/// Why the film could not be written later, as far as can be told before the long work.
std::optional<Error> obstacle_to_film(const VideoArguments& arguments) {
    const auto& output = arguments.output;
    if (arguments.preview_every > 0)
        return obstacle_to_encoding(*arguments.kind).or_else([&] { return obstacle_to_writing(output); });
    std::error_code ignored;
    if (film_kind_of(output, arguments.lossless)->name != "frames")
        return obstacle_to_writing(output);
    const auto pattern = FramePattern::in(output);
    const fs::path first = pattern ? pattern->name(1) : output / "000001.png";
    fs::create_directories(first.parent_path(), ignored); // the next line reports any error
    return obstacle_to_writing(first);
}

} // namespace

ExitStatus paint_video(VideoArguments arguments, ReaderProcess& reader, std::stop_token stop) {
    const auto talk = arguments.talk;
    if (!arguments.estimate)
        if (const auto obstacle = obstacle_to_film(arguments))
            return report(*obstacle, talk);
    const auto leave = [&] { end_after([&] { return report({ErrorCode::cancelled, ""}, talk); }); };
    std::optional<std::stop_callback<decltype(leave)>> leaves(std::in_place, stop, leave);
    const auto data = data_folder();
    auto styles = StylePictures::named(arguments.styles, data / "styles");
    if (!styles)
        return report(styles.error(), talk);
    ProgressLine progress(talk == Talk::programs ? Talk::nobody : talk, ProgressLine::Elsewhere::nothing);
    auto film = FilmInput::open(arguments.film, reader, [&](std::size_t count) {
        progress.show(0, sentence(_("looking at the film, {} frames so far"), count));
    });
    progress.finish();
    if (!film)
        return report(film.error(), talk);
    Video video(arguments, reader, *std::move(film));
    if (const auto loaded = video.load(*std::move(styles)); !loaded)
        return report(loaded.error(), talk);
    auto engine = opened_engine(arguments, data);
    if (!engine)
        return engine.error();
    leaves.reset();
    return arguments.estimate            ? video.estimate(*engine)
           : arguments.preview_every > 0 ? video.preview(*engine, stop)
                                         : video.paint(*engine, stop);
}

} // namespace neural_style::cli
