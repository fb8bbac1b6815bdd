// SPDX-License-Identifier: GPL-3.0-or-later
#include "paint_command.hpp"

#include "elapsed.hpp"
#include "file_digests.hpp"
#include "image_file.hpp"
#include "installation.hpp"
#include "kept_scales.hpp"
#include "new_file.hpp"
#include "output.hpp"
#include "painting_record.hpp"
#include "photo_painting.hpp"
#include "progress_line.hpp"
#include "report.hpp"
#include "settings_json.hpp"
#include "stop_signals.hpp"
#include "translation.hpp"

#include <neural_style/descriptor.hpp>
#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace neural_style::cli {
namespace {

/// A substitute for a missing photo: grey of the requested size, as an 8-bit sRGB file.
LoadedPhoto without_photo(int width, int height) {
    Image grey(width, height);
    std::ranges::fill(grey.span(), 0.5f);
    return {{.buffer = GObjectPointer<GeglBuffer>(empty_buffer(babl_format("R'G'B' u8")))},
            {.image = packed(grey, Sample::f32), .alpha = {}}};
}

/// Everything that the engine reads.
struct Pictures {
    LoadedPhoto photo;
    StylePictures style_pictures;
    std::span<const LoadedStyle> styles;
    std::vector<std::vector<float>> regions; ///< one per style, in order; empty: everywhere
    std::vector<float> protect;
    Image refine;
    std::vector<std::string> notes; ///< sentences on all the files

    Request request(const PaintArguments& arguments) const {
        const Samples& content = photo.pixels.image;
        const auto mask = [&](const std::vector<float>& values) {
            return values.empty() ? MaskView{} : MaskView{values.data(), content.width, content.height};
        };
        Request request{.content = content,
                        .styles = {},
                        .protect = mask(protect),
                        .refine = refine.empty() ? ImageView{} : ImageView(refine),
                        .settings = arguments.settings,
                        .snapshot_every = arguments.snapshots.empty() ? 0 : arguments.snapshot_every};
        for (std::size_t i = 0; i < styles.size(); ++i)
            request.styles.push_back(styles[i].style(mask(regions[i])));
        return request;
    }
};

Result<Pictures> load_all(ReaderProcess& reader, const PaintArguments& arguments,
                          const std::filesystem::path& styles_folder) {
    Pictures pictures;
    if (arguments.photo.empty()) {
        pictures.photo = without_photo(arguments.width, arguments.height);
    } else {
        auto photo = load_photo(reader, arguments.photo, arguments.kind);
        if (!photo)
            return std::unexpected(photo.error());
        pictures.notes = photo->file.notes;
        pictures.photo = std::move(*photo);
    }
    const Samples& content = pictures.photo.pixels.image;
    auto style_pictures = StylePictures::named(arguments.styles, styles_folder);
    if (!style_pictures)
        return std::unexpected(style_pictures.error());
    pictures.style_pictures = *std::move(style_pictures);
    const auto styles = pictures.style_pictures.of(reader, content, arguments.settings, pictures.notes);
    if (!styles)
        return std::unexpected(styles.error());
    pictures.styles = *styles;
    for (const auto& style : arguments.styles) {
        auto region = load_mask(reader, style.region, {content.width, content.height}, pictures.notes);
        if (!region)
            return std::unexpected(region.error());
        pictures.regions.push_back(std::move(*region));
    }
    auto protect = load_mask(reader, arguments.protect, {content.width, content.height}, pictures.notes);
    if (!protect)
        return std::unexpected(protect.error());
    pictures.protect = std::move(*protect);
    if (!arguments.refine.empty()) {
        auto refine = load_image(reader, arguments.refine, pictures.notes);
        if (!refine)
            return std::unexpected(refine.error());
        pictures.refine = std::move(*refine);
        if (auto error = size_differs(arguments.refine, {pictures.refine.width(), pictures.refine.height()},
                                      {content.width, content.height}))
            return std::unexpected(*std::move(error));
    }
    return pictures;
}

/// What a process keeps of a painting that several make together.
KeptScales kept_scales(const PaintArguments& arguments, const Pictures& pictures, const Ranks& ranks) {
    auto folder = arguments.output;
    folder += ".scales";
    const auto& open = arguments.open;
    const nlohmann::ordered_json record{
        {"version", Engine::version()},
        {"photo", digests_of({&arguments.photo, 1})},
        {"settings", nlohmann::ordered_json::parse(protocol::settings_to_json(arguments.settings))},
        {"styles", digests_of(pictures.style_pictures.files())},
        {"networks", {open.feature_network.filename(), open.decoder.filename()}}};
    return {folder, formatted("part-{}-of-{}", ranks.rank() + 1, ranks.count()),
            record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

void keep(const Update& update, PaintingRecord& record) {
    if (update.stage == Stage::painting && update.iteration > 0)
        record.add({.width = update.width,
                    .height = update.height,
                    .iteration = update.iteration,
                    .losses = update.losses});
    if (!update.snapshot.empty())
        record.add(update.snapshot);
}

void tell_estimate(const Estimate& estimate, const Engine& engine, Talk talk) {
    const std::string device = engine.device().name;
    if (talk == Talk::programs)
        print_json({{"type", "estimate"},
                    {"memory-needed", estimate.memory_needed},
                    {"time-needed", estimate.time_needed},
                    {"tiles", estimate.tiles},
                    {"device", device}});
    else
        print_line(sentence(_("Takes about {:.0f} MiB of memory and {:.0f} s on {}; tiles: {}."),
                            double(estimate.memory_needed) / (1 << 20), estimate.time_needed, device,
                            estimate.tiles));
}

void tell_result(const PaintArguments& arguments, ImageView size, double seconds, const Engine& engine,
                 const std::vector<std::string>& notes) {
    const std::string device = engine.device().name;
    if (arguments.talk == Talk::programs)
        print_json(
            {{"type", "result"},
             {"output", arguments.output.string()},
             {"width", size.width},
             {"height", size.height},
             {"seconds", seconds},
             {"device", device},
             {"settings", nlohmann::ordered_json::parse(protocol::settings_to_json(arguments.settings))},
             {"notes", notes}});
    if (arguments.talk == Talk::people) {
        for (const auto& remark : notes)
            note(remark);
        print_line(sentence(_("Painted {} ({} x {}) in {:.1f} s on {}."), arguments.output.string(),
                            size.width, size.height, seconds, device));
    }
}

/// Takes standard output for the painting alone: whatever else is printed goes to standard error.
class StandardOutput {
  public:
    StandardOutput() : descriptor_(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) {
        std::fflush(stdout);
        dup2(STDERR_FILENO, STDOUT_FILENO);
    }

    int descriptor() const { return descriptor_.get(); }
    std::optional<Error> obstacle() const {
        if (descriptor_ && !isatty(descriptor()))
            return std::nullopt;
        return Error{ErrorCode::not_written,
                     _("Standard output shows no pictures: send it to a file or a program, as in: -o - > "
                       "painted.png")};
    }

  private:
    Descriptor descriptor_;
};

} // namespace

ExitStatus paint(PaintArguments arguments, ReaderProcess& reader, std::stop_token stop, Ranks* ranks) {
    const auto start = Clock::now();
    const bool tells = !ranks || ranks->rank() == 0;
    if (ranks && arguments.open.device == "automatic")
        arguments.open.device = "cpu";
    const auto talk = arguments.talk;
    // What fails for all of several processes, rank 0 tells, and ends the others meanwhile.
    const auto fail = [&](const Error& error) {
        if (!tells)
            std::this_thread::sleep_for(std::chrono::seconds(2));
        return report(error, talk);
    };

    const bool streams = arguments.output == "-";
    std::optional<StandardOutput> stream;
    if (!arguments.estimate && tells) {
        if (streams)
            arguments.output = (stream.emplace(), _("standard output"));
        if (const auto obstacle = stream ? stream->obstacle() : obstacle_to_writing(arguments.output))
            return fail(*obstacle);
        if (const auto obstacle = obstacle_to_encoding(*arguments.kind))
            return fail(*obstacle);
    }
    // Loading and encoding cannot be interrupted, and there is nothing to lose meanwhile.
    const auto leave = [&] { end_after([&] { return report({ErrorCode::cancelled, ""}, talk); }); };
    std::optional<std::stop_callback<decltype(leave)>> leaves(std::in_place, stop, leave);
    const auto data = data_folder();
    auto pictures = load_all(reader, arguments, data / "styles");
    if (!pictures)
        return fail(pictures.error());

    auto engine = opened_engine(arguments, data);
    if (!engine)
        return engine.error();
    leaves.reset();
    Request request = pictures->request(arguments);
    if (arguments.estimate) {
        const auto estimate = engine->estimate(request);
        if (!estimate)
            return fail(estimate.error());
        if (tells)
            tell_estimate(*estimate, *engine, talk);
        return exit_done;
    }
    std::optional<KeptScales> kept;
    request.ranks = ranks;
    if (ranks && !streams)
        request.kept = &kept.emplace(kept_scales(arguments, *pictures, *ranks));

    auto record = PaintingRecord::open(
        {.snapshots = arguments.snapshots, .losses = tells ? arguments.losses : std::filesystem::path()});
    if (!record)
        return fail(record.error());
    ProgressLine progress(tells ? talk : Talk::nobody);
    const auto follow = [&](const Update& update) {
        keep(update, *record);
        progress.show(update);
    };
    auto painting = engine->paint(request, follow, stop);
    progress.finish();
    if (!painting)
        return fail(painting.error());
    std::array<float, 1> written{}; // what is kept is needed until rank 0 has written the painting
    if (!tells) {
        ranks->hand_out(written);
        if (kept)
            kept->remove();
        return exit_done;
    }
    const auto painted = to_write(std::move(pictures->photo), *std::move(painting));

    leaves.emplace(stop, leave);
    auto notes = save_painting({.path = arguments.output,
                                .painting = painted.painting,
                                .alpha = painted.alpha,
                                .photo = painted.file,
                                .kind = arguments.kind,
                                .stream = stream ? stream->descriptor() : -1},
                               [&] { leaves.reset(); });
    if (!notes)
        return fail(notes.error());
    ignore_stop_signals();
    if (ranks)
        ranks->hand_out(written);
    if (kept)
        kept->remove();
    notes->insert(notes->begin(), pictures->notes.begin(), pictures->notes.end());
    tell_result(arguments, painted.painting, seconds_since(start), *engine, *notes);
    auto status = exit_done;
    for (const auto& sentence : record->end())
        status = report({ErrorCode::not_written, sentence}, talk);
    return status;
}

} // namespace neural_style::cli
