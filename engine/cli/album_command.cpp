// SPDX-License-Identifier: GPL-3.0-or-later
#include "album_command.hpp"

#include "album_files.hpp"
#include "album_report.hpp"
#include "album_strip.hpp"
#include "elapsed.hpp"
#include "image_file.hpp"
#include "installation.hpp"
#include "new_file.hpp"
#include "output.hpp"
#include "photo_painting.hpp"
#include "picture_sentences.hpp"
#include "progress_line.hpp"
#include "report.hpp"
#include "stop_signals.hpp"
#include "style_catalog.hpp"
#include "translation.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <future>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;
/// For file names: "waves", "waves+my-painting".
std::string words_for(const std::vector<StyleArgument>& styles) {
    std::string words;
    for (const auto& style : styles)
        words += (words.empty() ? "" : "+") +
                 (is_file_name(style.picture) ? fs::path(style.picture).stem().string() : style.picture);
    return words;
}

/// The root of a painting's area, which strokes are a share of, in pixels.
double root_of_area(SamplesView photo, const Settings& settings) {
    return std::sqrt(double(photo.width()) * photo.height()) *
           painted_share(settings, photo.width(), photo.height());
}

/// That of the middle one of all photos that can be read; 0: there are none.
double middle_side(std::span<const AlbumFile> files, ReaderProcess& reader, const Settings& settings) {
    std::vector<double> sides;
    for (const auto& file : files)
        if (const auto head = reader.read(file.photo))
            sides.push_back(root_of_area({nullptr, head->width, head->height}, settings));
    if (sides.empty())
        return 0;
    const auto middle = sides.begin() + std::ptrdiff_t((sides.size() - 1) / 2);
    std::ranges::nth_element(sides, middle);
    return *middle;
}

/// A photo that waits for its painting.
struct Waiting {
    LoadedPhoto photo;
    double seconds = 0; ///< that reading it took
};

/// Who paints one photo after the other.
struct Painter {
    Engine engine;
    ReaderProcess& reader; ///< of the one thread that loads
    StylePictures styles;
};

class Album {
  public:
    Album(const PaintArguments& arguments, std::span<const AlbumFile> files)
        : arguments_(arguments), files_(files), report_(arguments.talk, files) {}

    /// Strokes have the size in pixels that they have on a painting of that side, and the statistics of what
    /// is painted in one pass are those of the strip.
    void match(double side, Image strip) {
        common_side_ = side;
        strip_ = std::move(strip);
    }

    /// Each painter on a thread of its own.
    ExitStatus paint(std::span<Painter> painters, Range range);
    ExitStatus estimate(Painter& painter, Range range);
    /// On whichever thread: ends the program. A file that is begun is completed; else there is nothing to
    /// lose.
    [[noreturn]] void leave() {
        const std::lock_guard none(writing_);
        end_after([&] { return report_.stopped(); });
    }

  private:
    struct Saved {
        std::size_t file;
        Result<PaintedFile> result;
    };

    /// The photos whose turn has not come.
    struct Turns {
        std::vector<std::size_t> files;
        std::atomic<std::size_t> next = 0;
        std::atomic<bool> told = false; ///< that no photo has the styles

        std::optional<std::size_t> take() {
            const auto turn = next++;
            return turn < files.size() ? std::optional(files[turn]) : std::nullopt;
        }
    };

    Settings settings_for(SamplesView photo) const;
    /// What is there already is told.
    std::vector<std::size_t> to_do(Range range);
    /// False if no photo has those styles, which is told.
    bool paint(Painter& painter, Turns& turns);
    Result<Request> request_for(Painter& painter, SamplesView photo, std::vector<std::string>& notes);
    Result<Waiting> load(ReaderProcess& reader, std::size_t file);
    Saved save(std::size_t file, const PaintedPhoto& painted, PaintedFile told);
    /// Waits for it.
    void tell(std::future<Saved>& saving);

    const PaintArguments& arguments_;
    std::span<const AlbumFile> files_;
    AlbumReport report_;
    double common_side_ = 0; ///< 0: strokes are a share of each photo
    Image strip_;            ///< of the album; empty: each photo has its own statistics
    std::mutex saving_;
    std::mutex writing_; ///< held while a file is not whole, and from the end on
};

Settings Album::settings_for(SamplesView photo) const {
    auto settings = arguments_.settings;
    if (common_side_ > 0)
        settings.stroke_size = std::clamp(settings.stroke_size * common_side_ / root_of_area(photo, settings),
                                          SettingsRange::stroke_size_min, SettingsRange::stroke_size_max);
    return settings;
}

std::vector<std::size_t> Album::to_do(Range range) {
    std::vector<std::size_t> files;
    std::error_code ignored;
    for (std::size_t file = range.begin; file < range.end; ++file)
        if (!arguments_.album->again && fs::exists(files_[file].painting, ignored))
            report_.skipped(file);
        else
            files.push_back(file);
    return files;
}

Result<Request> Album::request_for(Painter& painter, SamplesView photo, std::vector<std::string>& notes) {
    Request request{
        .content = photo, .styles = {}, .shot = ImageView(strip_), .settings = settings_for(photo)};
    const auto styles = painter.styles.of(painter.reader, photo, request.settings, notes);
    if (!styles)
        return std::unexpected(styles.error());
    for (const auto& style : *styles)
        request.styles.push_back(style.style());
    return request;
}

Result<Waiting> Album::load(ReaderProcess& reader, std::size_t file) try {
    const auto start = Clock::now();
    const auto& [path, painting, kind] = files_[file];
    // What cannot be written need not be read.
    std::error_code ignored;
    fs::create_directories(painting.parent_path(), ignored); // the next line reports any error
    if (auto obstacle = obstacle_to_writing(painting))
        return std::unexpected(*std::move(obstacle));
    if (auto obstacle = obstacle_to_encoding(kind))
        return std::unexpected(*std::move(obstacle));
    auto photo = load_photo(reader, path, kind);
    if (!photo)
        return std::unexpected(photo.error());
    return Waiting{.photo = *std::move(photo), .seconds = seconds_since(start)};
} catch (const std::bad_alloc&) {
    return std::unexpected(error_of({reader::Reason::no_memory}, files_[file].photo.string()));
}

Album::Saved Album::save(std::size_t file, const PaintedPhoto& painted, PaintedFile told) {
    const auto start = Clock::now();
    const std::lock_guard alone(saving_); // Exiv2's XMP is for one thread at a time
    std::unique_lock whole(writing_, std::defer_lock);
    auto notes = save_painting({.path = files_[file].painting,
                                .painting = painted.painting,
                                .alpha = painted.alpha,
                                .photo = painted.file,
                                .kind = files_[file].kind},
                               [&] { whole.lock(); });
    if (!notes)
        return {file, std::unexpected(notes.error())};
    report_.count_written();
    told.seconds += seconds_since(start);
    std::ranges::move(*notes, std::back_inserter(told.notes));
    return {file, std::move(told)};
}

void Album::tell(std::future<Saved>& saving) {
    if (!saving.valid())
        return;
    const auto [file, result] = saving.get();
    if (result)
        report_.painted(file, *result);
    else
        report_.failed(file, result.error());
}

ExitStatus Album::paint(std::span<Painter> painters, Range range) {
    Turns turns{.files = to_do(range)};
    std::vector<std::future<bool>> others;
    for (auto& painter : painters.subspan(1))
        others.push_back(std::async(std::launch::async, [&] { return paint(painter, turns); }));
    bool has_styles = paint(painters.front(), turns);
    for (auto& other : others)
        has_styles &= other.get();
    ignore_stop_signals();
    return has_styles ? report_.end(painters.front().engine.device().name) : exit_failed;
}

bool Album::paint(Painter& painter, Turns& turns) {
    // While one photo is painted, the next is read and the last one written. That takes the memory of two
    // more pictures, which no one has who sets a limit.
    const bool overlaps = arguments_.open.memory_limit == 0;
    const auto policy = overlaps ? std::launch::async : std::launch::deferred;
    const auto loading = [&](std::optional<std::size_t> file) {
        return file ? std::async(policy, [this, &painter, file] { return load(painter.reader, *file); })
                    : std::future<Result<Waiting>>();
    };
    // Bars of several would cover each other.
    const auto talk = arguments_.album->jobs > 1 ? Talk::nobody : arguments_.talk;
    std::future<Saved> saving;
    auto taken = turns.take();
    auto next = loading(taken);
    while (taken) {
        const auto file = *taken;
        report_.begin(file);
        auto waiting = next.get();
        if (!waiting) {
            report_.failed(file, waiting.error());
            taken = turns.take();
            next = loading(taken);
            continue;
        }
        const auto start = Clock::now();
        const Samples& content = waiting->photo.pixels.image;
        PaintedFile told{.notes = waiting->photo.file.notes};
        const auto request = request_for(painter, content, told.notes);
        if (!request) {
            tell(saving);
            turns.next = turns.files.size();
            if (!turns.told.exchange(true))
                report(request.error(), arguments_.talk);
            return false;
        }
        taken = turns.take();
        next = loading(taken);
        ProgressLine progress(talk, ProgressLine::Elsewhere::nothing);
        auto painting = painter.engine.paint(*request, [&](const Update& update) {
            const std::lock_guard not_after_leaving(writing_);
            progress.show(update);
        });
        progress.finish();
        if (!painting) {
            report_.failed(file, painting.error());
            continue;
        }
        told.width = painting->width();
        told.height = painting->height();
        told.seconds = waiting->seconds + seconds_since(start);
        tell(saving);
        saving = std::async(policy, [this, file, told = std::move(told),
                                     painted = to_write(std::move(waiting->photo), *std::move(painting))] {
            return save(file, painted, told);
        });
        if (!overlaps)
            tell(saving);
    }
    tell(saving);
    return true;
}

ExitStatus Album::estimate(Painter& painter, Range range) {
    Estimate whole{.memory_needed = 0, .time_needed = 0, .tiles = 0};
    std::map<std::tuple<int, int, Sample>, Result<Estimate>> known;
    std::size_t photos = 0;
    ExitStatus status = exit_done;
    for (const auto file : to_do(range)) {
        const auto one = [&]() -> Result<Estimate> {
            const auto head = painter.reader.read(files_[file].photo);
            if (!head)
                return std::unexpected(head.error());
            const auto key = std::tuple(head->width, head->height, head->sample);
            if (const auto found = known.find(key); found != known.end())
                return found->second;
            const Samples size{.sample = head->sample, .width = head->width, .height = head->height};
            std::vector<std::string> unread;
            const auto request = request_for(painter, size, unread);
            if (!request)
                return std::unexpected(request.error());
            return known.emplace(key, painter.engine.estimate(*request)).first->second;
        }();
        if (!one) {
            report_.failed(file, one.error());
            status = exit_failed;
            continue;
        }
        ++photos;
        whole.memory_needed = std::max(whole.memory_needed, one->memory_needed);
        whole.time_needed += one->time_needed;
        whole.tiles = std::max(whole.tiles, one->tiles);
    }
    whole.memory_needed *= std::uint64_t(arguments_.album->jobs);
    const std::string device = painter.engine.device().name;
    if (arguments_.talk == Talk::programs)
        print_json({{"type", "estimate"},
                    {"photos", photos},
                    {"memory-needed", whole.memory_needed},
                    {"time-needed", whole.time_needed},
                    {"tiles", whole.tiles},
                    {"device", device}});
    else
        print_line(
            sentence(_("{} photos take at most {:.0f} MiB of memory and together about {:.0f} s on {}."),
                     photos, double(whole.memory_needed) / (1 << 20), whole.time_needed, device));
    return status;
}

} // namespace

ExitStatus paint_album(PaintArguments arguments, ReaderProcess& reader, std::stop_token stop) {
    const auto talk = arguments.talk;
    std::error_code ignored;
    if (!arguments.output.empty() && fs::exists(arguments.output, ignored) &&
        !fs::is_directory(arguments.output, ignored))
        return report({ErrorCode::not_written,
                       sentence(_("Several paintings need a folder, and {} is a file: give a folder with -o, "
                                  "as in: -o painted/"),
                                arguments.output.string())},
                      talk);
    const auto leave_early = [&] { end_after([&] { return report({ErrorCode::cancelled, ""}, talk); }); };
    std::optional<std::stop_callback<decltype(leave_early)>> early(std::in_place, stop, leave_early);
    const auto data = data_folder();
    auto styles = StylePictures::named(arguments.styles, data / "styles");
    if (!styles)
        return report(styles.error(), talk);
    const auto files = album_files(*arguments.album, {.output = arguments.output,
                                                      .kind = arguments.kind,
                                                      .style = words_for(arguments.styles),
                                                      .reads = styles->files()});
    if (!files) {
        report(files.error(), talk);
        return exit_usage;
    }
    const int jobs = arguments.album->jobs;
    arguments.open.engines = jobs;
    arguments.open.memory_limit /= std::uint64_t(jobs);
    if (jobs > 1 && !std::getenv("OMP_NUM_THREADS"))
        Engine::use_all_cores(1, jobs);
    std::deque<ReaderProcess> readers(std::size_t(jobs) - 1);
    std::vector<Painter> painters;
    for (int i = 0; i < jobs; ++i) {
        auto engine = opened_engine(arguments, data);
        if (!engine)
            return engine.error();
        painters.push_back({*std::move(engine), i == 0 ? reader : readers[std::size_t(i) - 1], *styles});
    }
    Album album(arguments, *files);
    early.reset();
    const std::stop_callback leaves(stop, [&] { album.leave(); });
    if (arguments.album->match)
        album.match(middle_side(*files, reader, arguments.settings), album_strip(*files, reader));
    const auto range = range_of(arguments.album->shard, files->size());
    return arguments.estimate ? album.estimate(painters.front(), range) : album.paint(painters, range);
}

} // namespace neural_style::cli
