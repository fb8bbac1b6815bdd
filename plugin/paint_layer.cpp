// SPDX-License-Identifier: GPL-3.0-or-later
#include "paint_layer.hpp"

#include "enlarge.hpp"
#include "protocol/settings_json.hpp"
#include "style_picture.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace neural_style::plugin {
namespace {

/// What the new layer remembers of how it was made.
std::string record(const Settings& settings, unsigned layer_tattoo, const std::string& style_record) {
    nlohmann::json json;
    json["version"] = NEURAL_STYLE_VERSION;
    json["settings"] = nlohmann::json::parse(protocol::settings_to_json(settings));
    json["layer"] = layer_tattoo;
    json["style"] = nlohmann::json::parse(style_record);
    return json.dump();
}

} // namespace

Settings settings_for_area(const Settings& settings, const Content& content, int style_width,
                           int style_height) {
    Settings result = settings;
    const int layer_longest = std::max(content.layer_width, content.layer_height);
    const int area_longest = std::max(content.area.width, content.area.height);
    double scale = 1; // of both, by the size limit
    if (settings.size_limit > 0 && settings.size_limit < layer_longest) {
        scale = double(settings.size_limit) / layer_longest;
        result.size_limit = std::max(1, int(std::lround(area_longest * scale)));
    }
    // The engine lays the style out beside its content, by the square roots of their areas, and never larger
    // than the style's own pixels (engine/core/scales.hpp).
    const double style_side = std::sqrt(double(style_width) * style_height);
    const auto beside = [&](double width, double height) {
        return std::min(scale * std::sqrt(width * height), style_side);
    };
    result.stroke_size = std::clamp(settings.stroke_size * beside(content.layer_width, content.layer_height) /
                                        beside(content.area.width, content.area.height),
                                    SettingsRange::stroke_size_min, SettingsRange::stroke_size_max);
    return result;
}

Result<PaintedLayer> paint_layer(Host& host, EngineClient& engine, const LayerJob& job,
                                 const EngineClient::UpdateCallback& update, std::stop_token stop) {
    // First of all, so that it loads while we read.
    if (auto started = engine.start(); !started)
        return std::unexpected(started.error());
    auto style = style_picture(job.style, job.styles_folder, host);
    if (!style)
        return std::unexpected(style.error());
    auto content = host.content();
    if (!content)
        return std::unexpected(content.error());
    const Settings settings =
        settings_for_area(job.settings, *content, style->picture.width, style->picture.height);
    const Area area = content->area;
    if (!protocol::size_allowed(area.width, area.height))
        return failure(ErrorCode::invalid_request,
                       sentence(_("The layer is larger than {} megapixels: select a smaller part."),
                                int(protocol::pixels_max / 1'000'000)));
    const auto sample = sample_for(content->depth);
    const protocol::Picture picture{.sample = sample,
                                    .width = area.width,
                                    .height = area.height,
                                    .bytes = protocol::pack(content->image.span(), sample)};
    content->image = {}; // 12 bytes per pixel that nobody needs while the engine paints
    auto painting =
        engine.paint({.settings = settings, .content = picture, .style = style->picture}, update, stop);
    if (!painting)
        return std::unexpected(painting.error());
    const auto samples = protocol::unpack(painting->picture.bytes, painting->picture.sample);
    ImageView image{samples.data(), painting->picture.width, painting->picture.height};
    Image enlarged;
    if (image.width != area.width || image.height != area.height) {
        enlarged = enlarge(image, area.width, area.height);
        image = enlarged;
    }
    auto inserted =
        host.insert({.image = image, .settings = record(job.settings, content->layer_tattoo, style->record)});
    if (!inserted)
        return std::unexpected(inserted.error());
    return PaintedLayer{.seconds = painting->seconds, .device = painting->device};
}

} // namespace neural_style::plugin
