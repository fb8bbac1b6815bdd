// SPDX-License-Identifier: GPL-3.0-or-later
#include "paint_layer.hpp"

#include "feather.hpp"
#include "fit.hpp"
#include "painting_record.hpp"
#include "preview_settings.hpp"
#include "scaled_plane.hpp"
#include "settings_json.hpp"
#include "settings_object.hpp"
#include "style_picture.hpp"
#include "translation.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace neural_style::plugin {
namespace {

/// Default number of steps between snapshots that become layers.
constexpr int steps_between_layers = 25;

/// Everything that is sent to the engine, and the new layer's record of it.
struct Pictures {
    std::vector<ReadStyle> styles;
    std::vector<std::optional<protocol::NamedPicture>> regions;
    std::optional<protocol::NamedPicture> protect;
    std::optional<protocol::NamedPicture> refine;
    nlohmann::json record;

    /// Everything but the content. Masks depend on the content's position, so that is read first. `size`: of
    /// the content as sent to the engine.
    static Result<Pictures> read(Host& host, const LayerJob& job, const Content& content, PlaneSize size);
};

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

Result<Pictures> Pictures::read(Host& host, const LayerJob& job, const Content& content, PlaneSize size) {
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
    Pictures pictures;
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
    pictures.record["styles"] = std::move(styles);
    if (job.protect) {
        auto protect = mask(*job.protect, pictures.record["protect"]);
        if (!protect)
            return std::unexpected(protect.error());
        pictures.protect.emplace(std::move(*protect));
    }
    if (job.refine) {
        auto refine = host.picture_over(*job.refine, content.area, content.picture);
        if (!refine)
            return std::unexpected(refine.error());
        pictures.refine.emplace(large_enough(std::move(refine->picture)));
        pictures.record["refine"] = named(refine->name, *pictures.refine);
    }
    return pictures;
}

/// The new layer's record of how it was made.
std::string record(const Settings& settings, unsigned layer_tattoo, nlohmann::json pictures) {
    nlohmann::json& json = pictures;
    json["version"] = NEURAL_STYLE_VERSION;
    json["settings"] = protocol::settings_object(settings);
    json["layer"] = layer_tattoo;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

Settings settings_for_area(const Settings& settings, const Content& content) {
    return settings_for_part(settings, {.layer_width = content.layer_width,
                                        .layer_height = content.layer_height,
                                        .part = content.area,
                                        .width = std::max(content.area.width, SettingsRange::size_min),
                                        .height = std::max(content.area.height, SettingsRange::size_min)});
}

namespace {

/// A picture from the engine at the size of the area: itself, or floats if its size differs.
class FittedPicture {
  public:
    FittedPicture(const protocol::Picture& picture, const Area& area) : picture_(picture) {
        if (picture.width != area.width || picture.height != area.height)
            fitted_ = fit(unpacked(picture), area.width, area.height);
    }
    SamplesView view() const { return fitted_.empty() ? SamplesView(picture_) : SamplesView(fitted_); }

  private:
    const protocol::Picture& picture_;
    Image fitted_;
};

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

/// The engine's job, which refers to `picture` and `pictures`.
EngineJob engine_job(const LayerJob& job, const Content& content, const protocol::NamedPicture& picture,
                     const Pictures& pictures) {
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

/// Paints one layer; the host then keeps the painting.
Result<PaintedLayer> paint(Host& host, EngineClient& engine, const LayerJob& job,
                           const EngineClient::UpdateCallback& update, std::stop_token stop,
                           std::stop_token keep) {
    // First, so that it loads while we read.
    if (auto started = engine.start(); !started)
        return std::unexpected(started.error());
    if (auto refused = refusal(job))
        return std::unexpected(*std::move(refused));
    if (auto allowed = host.allows(job.output); !allowed)
        return std::unexpected(allowed.error());
    auto content = host.content(job.output);
    if (!content)
        return std::unexpected(content.error());
    const Area area = content->area;
    if (!protocol::size_allowed(area.width, area.height))
        return failure(ErrorCode::invalid_request,
                       sentence(_("The layer is larger than {} megapixels: select a smaller part."),
                                int(protocol::pixels_max / 1'000'000)));
    // The engine refuses smaller contents, so they are enlarged for it and their painting is reduced again.
    const PlaneSize size{std::max(area.width, SettingsRange::size_min),
                         std::max(area.height, SettingsRange::size_min)};
    auto pictures = Pictures::read(host, job, *content, size);
    if (!pictures)
        return std::unexpected(pictures.error());
    if (job.snapshot_every > 0 && job.snapshots.empty() && !job.snapshot_layers)
        return failure(ErrorCode::invalid_request,
                       _("Snapshots need a folder: choose one, or no snapshots."));
    auto kept =
        PaintingRecord::open({.snapshots = job.snapshot_every > 0 ? job.snapshots : std::filesystem::path(),
                              .losses = job.losses});
    if (!kept)
        return std::unexpected(kept.error());
    const protocol::NamedPicture picture(large_enough(std::move(content->picture)));

    std::vector<std::string> notices;
    auto order = engine_job(job, *content, picture, *pictures);
    order.take_snapshot = [&](const protocol::Picture& snapshot, int) {
        if (!job.snapshots.empty())
            kept->add(unpacked(snapshot));
        if (!job.snapshot_layers)
            return;
        const FittedPicture fitted(snapshot, area);
        if (auto layer = host.keep_snapshot(fitted.view()); !layer)
            notices.push_back(layer.error().message);
    };
    const auto follow = [&](const protocol::Update& message) {
        if (!message.notice.empty())
            notices.push_back(message.notice);
        if (message.stage == Stage::painting && message.iteration > 0)
            kept->add({.width = message.width,
                       .height = message.height,
                       .iteration = message.iteration,
                       .losses = message.losses});
        if (update)
            update(message);
    };
    auto painting = engine.paint(order, follow, stop, keep);
    if (!painting)
        return std::unexpected(painting.error());
    const FittedPicture fitted(painting->picture, area);
    auto at_home = host.keep_painting(
        {.picture = fitted.view(),
         .settings = record(job.settings, content->layer_tattoo, std::move(pictures->record)),
         .output = job.output});
    if (!at_home)
        return std::unexpected(at_home.error());
    std::ranges::move(kept->end(), std::back_inserter(notices));
    return PaintedLayer{
        .seconds = painting->seconds, .device = painting->device, .notices = std::move(notices)};
}

/// First everything slow, for all layers; then all insertions at once.
Result<void> insert_all(std::span<Host* const> hosts) {
    for (Host* host : hosts)
        if (auto prepared = host->prepare(); !prepared)
            return prepared;
    Result<void> done;
    hosts.front()->begin_step();
    for (auto host = hosts.begin(); done && host != hosts.end(); ++host)
        done = (*host)->insert();
    if (!done)
        for (Host* host : hosts)
            host->discard();
    hosts.front()->end_step();
    return done;
}

Result<std::vector<PaintedLayer>> paint_all(std::span<Host* const> hosts, EngineClient& engine,
                                            const LayerJob& job, const LayerUpdate& update,
                                            std::stop_token stop, std::stop_token keep) {
    std::vector<PaintedLayer> layers;
    for (Host* host : hosts) {
        auto painted = paint(
            *host, engine, job,
            [&](const protocol::Update& message) {
                if (update)
                    update(message, int(layers.size()));
            },
            stop, keep);
        if (!painted)
            return std::unexpected(painted.error());
        layers.push_back(*std::move(painted));
    }
    if (auto inserted = insert_all(hosts); !inserted)
        return std::unexpected(inserted.error());
    return layers;
}

} // namespace

Result<std::vector<PaintedLayer>> paint_layers(std::span<Host* const> hosts, EngineClient& engine,
                                               const LayerJob& job, const LayerUpdate& update,
                                               std::stop_token stop, std::stop_token keep) {
    auto painted = paint_all(hosts, engine, job, update, stop, keep);
    if (!painted)
        for (Host* host : hosts)
            host->discard();
    return painted;
}

Result<PaintedLayer> paint_layer(Host& host, EngineClient& engine, const LayerJob& job,
                                 const EngineClient::UpdateCallback& update, std::stop_token stop,
                                 std::stop_token keep) {
    Host* const hosts[] = {&host};
    auto painted = paint_layers(
        hosts, engine, job,
        [&](const protocol::Update& message, int) {
            if (update)
                update(message);
        },
        stop, keep);
    if (!painted)
        return std::unexpected(painted.error());
    return std::move(painted->front());
}

} // namespace neural_style::plugin
