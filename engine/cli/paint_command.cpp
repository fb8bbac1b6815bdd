// SPDX-License-Identifier: GPL-3.0-or-later
#include "paint_command.hpp"

#include "buffer_pixels.hpp"
#include "data_folder.hpp"
#include "image_file.hpp"
#include "new_file.hpp"
#include "progress_line.hpp"
#include "protocol/settings_json.hpp"
#include "report.hpp"
#include "scaled_plane.hpp"
#include "style_catalog.hpp"
#include "translation.hpp"

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace neural_style::cli {
namespace {

/// A picture as the engine sees it, and as it was stored.
struct LoadedPicture {
    Picture file;
    BufferPixels pixels;
};

Result<LoadedPicture> load(const std::filesystem::path& path) {
    auto file = load_picture(path);
    if (!file)
        return std::unexpected(file.error());
    auto pixels = read_pixels(file->buffer.get(), *gegl_buffer_get_extent(file->buffer.get()));
    if (!pixels)
        return std::unexpected(pixels.error());
    return LoadedPicture{std::move(*file), std::move(*pixels)};
}

/// The first layer asked for that the network does not have.
std::optional<Error> check_layers(const Engine& engine, const Settings& settings) {
    const auto known = engine.layers();
    for (const auto* list : {&settings.style_layers, &settings.content_layers})
        for (const auto& layer : *list)
            if (std::ranges::find(known, layer) == known.end()) {
                std::string all;
                for (const auto& name : known)
                    all += (all.empty() ? "" : ", ") + name;
                return Error{ErrorCode::invalid_request,
                             sentence(_("The network has no layer \"{}\": choose among {}."), layer, all)};
            }
    return std::nullopt;
}

void tell_estimate(const Estimate& estimate, const Engine& engine, Talk talk) {
    const std::string device = engine.device().name;
    if (talk == Talk::programs)
        print_json({{"type", "estimate"},
                    {"memory-needed", estimate.memory_needed},
                    {"time-needed", estimate.time_needed},
                    {"device", device}});
    else
        std::puts(sentence(_("Takes about {:.0f} MiB of memory and {:.0f} s on {}."),
                           double(estimate.memory_needed) / (1 << 20), estimate.time_needed, device)
                      .c_str());
}

} // namespace

ExitStatus paint(PaintArguments arguments, std::stop_token stop) {
    const auto start = std::chrono::steady_clock::now();
    const auto talk = arguments.talk;

    if (!arguments.estimate)
        if (const auto obstacle = obstacle_to_writing(arguments.output))
            return report(*obstacle, talk);
    const auto data = data_folder();
    const auto style_path = style_file(arguments.style, data);
    if (!style_path)
        return report(style_path.error(), talk);
    auto photo = load(arguments.photo);
    if (!photo)
        return report(photo.error(), talk);
    auto style = load(*style_path);
    if (!style)
        return report(style.error(), talk);
    style->file.buffer.reset();
    if (stop.stop_requested())
        return report({ErrorCode::cancelled, ""}, talk);

    if (arguments.open.backbone.empty())
        arguments.open.backbone = data / "models" / "mini-encoder.safetensors";
    arguments.open.preview_size = 0;
    auto engine = Engine::open(arguments.open);
    if (!engine)
        return report(engine.error(), talk);
    if (const auto error = check_layers(*engine, arguments.settings)) {
        report(*error, talk);
        return exit_usage;
    }
    const Request request{.content = photo->pixels.image,
                          .styles = {{.picture = style->pixels.image}},
                          .settings = arguments.settings};
    if (arguments.estimate) {
        const auto estimate = engine->estimate(request);
        if (!estimate)
            return report(estimate.error(), talk);
        tell_estimate(*estimate, *engine, talk);
        return exit_done;
    }

    ProgressLine progress(talk);
    auto painting = engine->paint(request, [&](const Update& update) { progress.show(update); }, stop);
    progress.finish();
    if (!painting)
        return report(painting.error(), talk);
    const PlaneSize from{photo->pixels.image.width(), photo->pixels.image.height()};
    const PlaneSize to{painting->width(), painting->height()};
    std::vector<float> alpha = std::move(photo->pixels.alpha);
    if (!alpha.empty() && (from.width != to.width || from.height != to.height))
        alpha = scaled_plane(alpha, from, to);
    photo->pixels.image = {};
    if (stop.stop_requested())
        return report({ErrorCode::cancelled, ""}, talk);

    const auto notes = save_painting({.path = arguments.output,
                                      .painting = *painting,
                                      .alpha = alpha,
                                      .photo = photo->file,
                                      .photo_path = arguments.photo});
    if (!notes)
        return report(notes.error(), talk);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (talk == Talk::programs)
        print_json(
            {{"type", "result"},
             {"output", arguments.output.string()},
             {"width", to.width},
             {"height", to.height},
             {"seconds", seconds},
             {"device", engine->device().name},
             {"settings", nlohmann::ordered_json::parse(protocol::settings_to_json(arguments.settings))},
             {"notes", *notes}});
    if (talk == Talk::people) {
        for (const auto& note : *notes)
            std::fprintf(stderr, "%s\n", note.c_str());
        std::puts(sentence(_("Painted {} ({} x {}) in {:.1f} s on {}."), arguments.output.string(), to.width,
                           to.height, seconds, engine->device().name)
                      .c_str());
    }
    return exit_done;
}

} // namespace neural_style::cli
