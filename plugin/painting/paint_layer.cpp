// SPDX-License-Identifier: GPL-3.0-or-later
#include "paint_layer.hpp"

#include "fit.hpp"
#include "painting_record.hpp"
#include "scaled_plane.hpp"
#include "translation.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace neural_style::plugin {
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

/// Paints one layer; the host then keeps the painting.
Result<PaintedLayer> paint(Host& host, EngineClient& engine, const LayerJob& job,
                           const EngineClient::UpdateCallback& update, std::stop_token stop,
                           std::stop_token keep) {
    // First, so that it loads while we read.
    if (auto started = engine.start(); !started)
        return std::unexpected(started.error());
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
    auto pictures = JobPictures::read(host, job, *content, size);
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
    auto at_home = host.keep_painting({.picture = fitted.view(),
                                       .settings = painting_record(job, *pictures, content->layer_tattoo),
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
