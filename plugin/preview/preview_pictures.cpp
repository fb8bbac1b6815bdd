// SPDX-License-Identifier: GPL-3.0-or-later
#include "preview_pictures.hpp"

#include "feather.hpp"
#include "fit.hpp"
#include "preview_settings.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace neural_style::plugin {
namespace {

/// Side of the checkerboard's squares behind transparency, in pixels.
constexpr int check_side = 8;

SharedPicture shared(protocol::Picture picture) {
    return std::make_shared<const protocol::NamedPicture>(std::move(picture));
}

protocol::Picture in_8_bits(protocol::Picture picture) {
    if (picture.sample == Sample::u8)
        return picture;
    picture.bytes = pack(unpack(picture.bytes, picture.sample), Sample::u8);
    picture.sample = Sample::u8;
    return picture;
}

/// The part reduced to a longest side of `longest`, from its own pixels.
LayerPart shrunk(const LayerPart& part, int longest) {
    const PlaneSize from{part.image.width(), part.image.height()};
    const PlaneSize to = fitted(from, longest);
    LayerPart small{.area = part.area,
                    .image = fit(part.image, to.width, to.height),
                    .layer_width = part.layer_width,
                    .layer_height = part.layer_height,
                    .gray = part.gray};
    if (!part.alpha.empty())
        small.alpha = scaled_plane(part.alpha, from, to);
    if (!part.mask.empty())
        small.mask = scaled_plane(part.mask, from, to);
    return small;
}

/// The gray that a grayscale layer makes of a colour: babl's Y', of the same luminance.
float gray_of(const guint8* color) {
    static const auto linear = [] {
        std::array<float, 256> values;
        for (int i = 0; i < 256; ++i) {
            const double value = i / 255.0;
            values[i] = float(value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4));
        }
        return values;
    }();
    // IEC 61966-2-1
    const double light = 0.2126 * linear[color[0]] + 0.7152 * linear[color[1]] + 0.0722 * linear[color[2]];
    return float(light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055);
}

GObjectPointer<GdkPixbuf> composed(const LayerPart& part, const auto& color) {
    const int width = part.image.width(), height = part.image.height();
    GObjectPointer<GdkPixbuf> picture(gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, width, height));
    guint8* rows = gdk_pixbuf_get_pixels(picture.get());
    const int stride = gdk_pixbuf_get_rowstride(picture.get());
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const std::size_t i = std::size_t(y) * width + x;
            const float alpha = part.alpha.empty() ? 1 : std::clamp(part.alpha[i], 0.0f, 1.0f);
            const float behind = (x / check_side + y / check_side) % 2 ? 0.4f : 0.6f;
            for (int c = 0; c < 3; ++c) {
                const float value = alpha * std::clamp(color(i, c), 0.0f, 1.0f) + (1 - alpha) * behind;
                rows[std::size_t(y) * stride + std::size_t(x) * 3 + c] = guint8(std::lround(value * 255));
            }
        }
    return picture;
}

} // namespace

GObjectPointer<GdkPixbuf> shown_before(const LayerPart& part) {
    return composed(part, [&](std::size_t i, int c) { return part.image.span()[i * 3 + c]; });
}

GObjectPointer<GdkPixbuf> shown_after(const LayerPart& part, std::span<const std::byte> painting, int width,
                                      int height) {
    const GObjectPointer<GdkPixbuf> given(
        gdk_pixbuf_new_from_data(reinterpret_cast<const guint8*>(painting.data()), GDK_COLORSPACE_RGB, FALSE,
                                 8, width, height, width * 3, nullptr, nullptr));
    const GObjectPointer<GdkPixbuf> scaled(
        gdk_pixbuf_scale_simple(given.get(), part.image.width(), part.image.height(), GDK_INTERP_BILINEAR));
    const guint8* rows = gdk_pixbuf_read_pixels(scaled.get());
    const int stride = gdk_pixbuf_get_rowstride(scaled.get());
    return composed(part, [&](std::size_t i, int c) {
        const std::size_t y = i / std::size_t(part.image.width()), x = i % std::size_t(part.image.width());
        const guint8* pixel = rows + y * stride + x * 3;
        const float painted = part.gray ? gray_of(pixel) : pixel[c] / 255.0f;
        const float mask = part.mask.empty() ? 1 : part.mask[i];
        return mask * painted + (1 - mask) * part.image.span()[i * 3 + c];
    });
}

PreviewPictures::PreviewPictures(Host& host, std::filesystem::path styles_folder, PictureReader& reader,
                                 std::function<void()> arrived)
    : host_(host), styles_(
                       std::move(styles_folder), reader,
                       [this](int id, int longest) {
                           return host_.style_layer(id, longest).transform([](StylePicture layer) {
                               PreviewStyles::Style style{.picture = shared(in_8_bits(layer.picture)),
                                                          .width = layer.width,
                                                          .height = layer.height};
                               if (!layer.alpha.empty())
                                   style.alpha = shared(in_8_bits(layer.alpha));
                               return style;
                           });
                       },
                       std::move(arrived)) {}

Result<SharedPicture> PreviewPictures::mask(int id, double radius) const {
    const int width = (*copy_->content)->width, height = (*copy_->content)->height;
    const Area& area = copy_->part.area;
    auto mask = host_.mask(id, {area, width, height});
    if (!mask)
        return std::unexpected(mask.error());
    feather(mask->values, width, height, radius * width / area.width);
    return shared({.sample = Sample::u8,
                   .width = width,
                   .height = height,
                   .channels = mask_channels,
                   .bytes = pack(mask->values, Sample::u8)});
}

/// Reads the layer once: smaller copies are made from larger ones.
Result<PreviewPictures::Copy*> PreviewPictures::copy(const Area& area, int longest, Output output) {
    // Only a layer that is replaced is painted without its effects.
    const bool same_photo =
        (std::exchange(copied_for_, output) == Output::replace) == (output == Output::replace);
    if (!same_photo || (!copies_.empty() && !(copies_.begin()->second.part.area == area)))
        copies_.clear();
    auto found = copies_.find(longest);
    if (found != copies_.end())
        return &found->second;
    const auto larger = copies_.upper_bound(longest);
    auto part = larger != copies_.end() ? Result<LayerPart>(shrunk(larger->second.part, longest))
                                        : host_.part(area, longest, output);
    if (!part)
        return std::unexpected(part.error());
    auto content = shared(packed(large_enough(part->image), Sample::u8));
    return &copies_.emplace(longest, Copy{std::move(*part), std::move(content)}).first->second;
}

Result<const LayerPart*> PreviewPictures::part(const Area& area, int longest, Output output) {
    const auto found = copy(area, longest, output);
    if (!found)
        return std::unexpected(found.error());
    return &(*found)->part;
}

void PreviewPictures::expect(const std::vector<StyleSlot>& styles) {
    for (const auto& expected : styles)
        if (!std::holds_alternative<StyleLayer>(expected.picture)) // GIMP replies only while we wait
            [[maybe_unused]]
            const auto begun = styles_.style(expected.picture);
}

Result<std::optional<PreviewOrder>> PreviewPictures::order(const LayerJob& job, const Area& area,
                                                           int longest) {
    std::vector<const PreviewStyles::Style*> styles;
    style_sizes_.clear();
    for (const auto& chosen : job.styles) {
        const auto found = styles_.style(chosen.picture);
        if (!found)
            return std::unexpected(found.error());
        if (!*found)
            return std::optional<PreviewOrder>();
        styles.push_back(*found);
        style_sizes_.push_back({(*found)->width, (*found)->height, chosen.region.has_value()});
    }
    const auto found = copy(area, longest, job.output);
    if (!found)
        return std::unexpected(found.error());
    copy_ = *found;
    const auto& content = copy_->content;
    PreviewOrder order{.settings = settings_for_part(job.settings, {.layer_width = copy_->part.layer_width,
                                                                    .layer_height = copy_->part.layer_height,
                                                                    .part = area,
                                                                    .width = (*content)->width,
                                                                    .height = (*content)->height}),
                       .content = content,
                       .styles = {},
                       .memory_limit = job.memory_limit};
    for (std::size_t i = 0; i < styles.size(); ++i) {
        auto& style =
            order.styles.emplace_back(PreviewStyle{.picture = styles[i]->picture, .alpha = styles[i]->alpha});
        if (!job.styles[i].region)
            continue;
        auto region = mask(*job.styles[i].region, job.feather);
        if (!region)
            return std::unexpected(region.error());
        style.region = *std::move(region);
    }
    if (job.protect) {
        auto protect = mask(*job.protect, job.feather);
        if (!protect)
            return std::unexpected(protect.error());
        order.protect = *std::move(protect);
    }
    if (job.refine) {
        const auto& part = copy_->part;
        auto refine = host_.picture_over(*job.refine, part.area, packed(part.image, Sample::u8));
        if (!refine)
            return std::unexpected(refine.error());
        order.refine = shared(large_enough(std::move(refine->picture)));
    }
    return std::optional(std::move(order));
}

} // namespace neural_style::plugin
