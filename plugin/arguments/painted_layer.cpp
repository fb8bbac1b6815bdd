// SPDX-License-Identifier: GPL-3.0-or-later
#include "painted_layer.hpp"

#include "arguments.hpp"
#include "drawn_layer.hpp"
#include "item_name.hpp"
#include "settings_object.hpp"
#include "translation.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace neural_style::plugin {
namespace {

using nlohmann::json;

std::string text_at(const json& entry, const char* key) {
    const auto found = entry.is_object() ? entry.find(key) : entry.end();
    return entry.is_object() && found != entry.end() && found->is_string() ? found->get<std::string>()
                                                                           : std::string();
}

std::optional<int> named_in(GimpItem** items, const std::string& name) {
    std::optional<int> found;
    for (GimpItem** item = items; item && *item && !found; ++item) {
        if (item_name(*item) == name)
            found = gimp_item_get_id(*item);
        else if (gimp_item_is_group(*item)) {
            GimpItem** children = gimp_item_get_children(*item);
            found = named_in(children, name);
            g_free(children);
        }
        if (!found && gimp_item_is_layer(*item))
            if (GimpLayerMask* mask = gimp_layer_get_mask(GIMP_LAYER(*item));
                mask && item_name(GIMP_ITEM(mask)) == name)
                found = gimp_item_get_id(GIMP_ITEM(mask));
    }
    return found;
}

std::optional<int> named_in(GimpImage* image, const std::string& name) {
    GimpLayer** layers = gimp_image_get_layers(image);
    GimpChannel** channels = gimp_image_get_channels(image);
    auto found = named_in(reinterpret_cast<GimpItem**>(layers), name);
    if (!found)
        found = named_in(reinterpret_cast<GimpItem**>(channels), name);
    g_free(layers);
    g_free(channels);
    return found;
}

std::optional<int> named_anywhere(GimpImage* first, const std::string& name) {
    auto found = named_in(first, name);
    GimpImage** images = gimp_get_images();
    for (GimpImage** image = images; !found && image && *image; ++image)
        found = named_in(*image, name);
    g_free(images);
    return found;
}

std::optional<StyleChoice> style_of(const json& entry, GimpImage* image, const StyleFolder& mine) {
    if (const auto name = text_at(entry, "name"); !name.empty())
        return StyleName{name};
    if (const auto file = text_at(entry, "file"); !file.empty())
        if (const auto path = mine.find(file); !path.empty())
            return StyleFile{path};
    if (const auto layer = text_at(entry, "layer"); !layer.empty())
        if (const auto id = named_anywhere(image, layer))
            return StyleLayer{*id};
    return {};
}

std::optional<int> mask_of(const json& entry, const char* key, GimpImage* image) {
    const auto found = entry.is_object() ? entry.find(key) : entry.end();
    if (!entry.is_object() || found == entry.end())
        return {};
    const auto name = text_at(*found, "layer");
    return name.empty() ? std::nullopt : named_in(image, name);
}

} // namespace

Result<void> recall_painting(std::vector<GimpHost>& hosts, GimpProcedureConfig* config,
                             const StyleFolder& mine) {
    const auto refused = [](const char* sentence) { return failure(ErrorCode::invalid_request, sentence); };
    if (hosts.size() > 1)
        return refused(_("Several layers are selected: select the one painted layer to repaint."));
    GimpImage* image = hosts.front().image();
    GimpItem* painted = GIMP_ITEM(hosts.front().source());
    // A text that its painting has replaced keeps the record when GIMP makes it a text again.
    GimpParasite* parasite = is_drawn(painted) ? nullptr : gimp_item_get_parasite(painted, record_parasite);
    if (!parasite)
        return refused(_("This layer was not painted by Neural Style: select one that was."));
    guint32 size = 0;
    const auto* data = static_cast<const char*>(gimp_parasite_get_data(parasite, &size));
    const auto record =
        json::parse(std::string(data, size ? size - 1 : 0), nullptr, /*allow_exceptions=*/false);
    gimp_parasite_free(parasite);
    const auto settings = record.is_object() && record.contains("settings")
                              ? protocol::settings_in(record["settings"])
                              : failure(ErrorCode::invalid_request, {});
    if (!settings || !record.contains("layer") || !record["layer"].is_number_unsigned())
        return refused(_("What this layer remembers of its painting cannot be read: paint the photo anew."));
    GimpLayer* original = gimp_image_get_layer_by_tattoo(image, record["layer"].get<unsigned>());
    if (!original)
        return refused(_(
            "The layer that this one was painted from is gone: undo its deletion, or paint another layer."));
    auto host = GimpHost::open(image, GIMP_DRAWABLE(original));
    if (!host)
        return std::unexpected(host.error());
    hosts.front() = std::move(*host);

    g_object_set(config, argument::preset, "", nullptr);
    write_settings(config, *settings);
    std::vector<StyleSlot> styles;
    const auto& shares = settings->blend;
    if (const auto entries = record.find("styles"); entries != record.end() && entries->is_array())
        for (std::size_t i = 0; i < entries->size() && i < SettingsRange::styles_max; ++i)
            if (auto style = style_of((*entries)[i], image, mine))
                styles.push_back({.picture = *std::move(style),
                                  .share = i < shares.size() ? shares[i] : 1.0,
                                  .region = mask_of((*entries)[i], "region", image)});
    if (!styles.empty())
        write_styles(config, styles);
    else
        g_object_set(config, argument::blend, "", nullptr);
    set_drawable(config, argument::protect, mask_of(record, "protect", image));
    set_drawable(config, argument::refine, std::nullopt);
    return {};
}

} // namespace neural_style::plugin
