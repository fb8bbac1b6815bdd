// SPDX-License-Identifier: GPL-3.0-or-later
#include "layer_job.hpp"

#include "feather.hpp"
#include "fit.hpp"
#include "preview_settings.hpp"
#include "settings_object.hpp"
#include "translation.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace neural_style::plugin {
namespace {

/// Default number of steps between snapshots that become layers.
constexpr int steps_between_layers = 25;

nlohmann::json named(const std::string& name, const protocol::NamedPicture& picture) {
    return {{"layer", name}, {"hash", picture.name()}};
}

Samples packed(const Mask& mask, int width, int height) {
    return {.sample = mask.sample,
            .width = width,
            .height = height,
            .channels = mask_channels,
            .bytes = pack(mask.values, mask.sample)};
}

std::string written(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Why the job's styles cannot be painted; nothing if they can.
std::optional<Error> refusal(const LayerJob& job) {
    if ((job.styles.empty() && needs_style(job.settings)) || job.styles.size() > SettingsRange::styles_max)
        return Error{ErrorCode::invalid_request, sentence(_("There are {} styles: choose 1 to {}."),
                                                          job.styles.size(), SettingsRange::styles_max)};
    if (!job.settings.blend.empty() && job.settings.blend.size() != job.styles.size())
        return Error{
            ErrorCode::invalid_request,
            sentence(_("There must be as many shares as styles, but there are {} and {}: give one for each."),
                     job.settings.blend.size(), job.styles.size())};
    return std::nullopt;
}

} // namespace

Result<JobPictures> JobPictures::read(Host& host, const LayerJob& job, const Content& content,
                                      PlaneSize size) {
    if (auto refused = refusal(job))
        return std::unexpected(*std::move(refused));
    const auto mask = [&](int id, nlohmann::json& record) -> Result<protocol::NamedPicture> {
        auto read = host.mask(id, content.look());
        if (!read)
            return std::unexpected(read.error());
        if (job.feather > 0) {
            feather(read->values, content.area.width, content.area.height, job.feather);
            if (read->sample == Sample::u8)
                read->sample = Sample::u16;
        }
        if (size.width != content.area.width || size.height != content.area.height)
            read->values = scaled_plane(read->values, {content.area.width, content.area.height}, size);
        protocol::NamedPicture picture(packed(*read, size.width, size.height));
        record = named(read->name, picture);
        return picture;
    };
    JobPictures pictures;
    nlohmann::json record;
    nlohmann::json styles = nlohmann::json::array();
    for (const auto& chosen : job.styles) {
        auto style = style_picture(chosen.picture, job.styles_folder, host);
        if (!style)
            return std::unexpected(style.error());
        styles.push_back(nlohmann::json::parse(style->record));
        pictures.styles.push_back(*std::move(style));
        auto& region = pictures.regions.emplace_back();
        if (!chosen.region)
            continue;
        auto read = mask(*chosen.region, styles.back()["region"]);
        if (!read)
            return std::unexpected(read.error());
        region.emplace(std::move(*read));
    }
    record["styles"] = std::move(styles);
    if (job.protect) {
        auto protect = mask(*job.protect, record["protect"]);
        if (!protect)
            return std::unexpected(protect.error());
        pictures.protect.emplace(std::move(*protect));
    }
    if (job.refine) {
        auto refine = host.picture_over(*job.refine, content.area, content.picture);
        if (!refine)
            return std::unexpected(refine.error());
        pictures.refine.emplace(large_enough(std::move(refine->picture)));
        record["refine"] = named(refine->name, *pictures.refine);
    }
    pictures.record = written(record);
    return pictures;
}

EngineJob engine_job(const LayerJob& job, const Content& content, const protocol::NamedPicture& picture,
                     const JobPictures& pictures) {
    EngineJob order{.settings = settings_for_area(job.settings, content),
                    .content = picture,
                    .styles = {},
                    .protect = pictures.protect ? &*pictures.protect : nullptr,
                    .refine = pictures.refine ? &*pictures.refine : nullptr,
                    .memory_limit = job.memory_limit,
                    .snapshot_every = job.snapshot_every > 0 ? job.snapshot_every
                                      : job.snapshot_layers  ? steps_between_layers
                                                             : 0};
    for (std::size_t i = 0; i < pictures.styles.size(); ++i)
        order.styles.push_back({.picture = pictures.styles[i].picture,
                                .region = pictures.regions[i] ? &*pictures.regions[i] : nullptr,
                                .alpha = pictures.styles[i].alpha ? &*pictures.styles[i].alpha : nullptr});
    return order;
}

std::string painting_record(const LayerJob& job, const JobPictures& pictures, unsigned layer_tattoo) {
    auto json = nlohmann::json::parse(pictures.record);
    json["version"] = NEURAL_STYLE_VERSION;
    json["settings"] = protocol::settings_object(job.settings);
    json["layer"] = layer_tattoo;
    return written(json);
}

Settings settings_for_area(const Settings& settings, const Content& content) {
    return settings_for_part(settings, {.layer_width = content.layer_width,
                                        .layer_height = content.layer_height,
                                        .part = content.area,
                                        .width = std::max(content.area.width, SettingsRange::size_min),
                                        .height = std::max(content.area.height, SettingsRange::size_min)});
}

} // namespace neural_style::plugin
