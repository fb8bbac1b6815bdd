// SPDX-License-Identifier: GPL-3.0-or-later
#include "gimp_host.hpp"

#include "buffer_pixels.hpp"
#include "drawable_pixels.hpp"
#include "drawn_layer.hpp"
#include "fit.hpp"
#include "item_name.hpp"
#include "opened_picture.hpp"
#include "translation.hpp"
#include "visible_part.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <ranges>
#include <utility>
#include <vector>

namespace neural_style::plugin {
namespace {

Error refused(const char* sentence) {
    return {ErrorCode::invalid_request, sentence};
}

GimpDrawable* drawable_of(GimpLayer* layer) {
    return GIMP_DRAWABLE(layer);
}
GimpItem* item_of(GimpLayer* layer) {
    return GIMP_ITEM(layer);
}

GObjectPointer<GeglBuffer> buffer_of(GimpDrawable* drawable) {
    return GObjectPointer<GeglBuffer>(gimp_drawable_get_buffer(drawable));
}

GeglRectangle rectangle_of(const Area& area) {
    return {area.x, area.y, area.width, area.height};
}

} // namespace

void attach_record(GimpItem* item, const std::string& settings) {
    GimpParasite* parasite =
        gimp_parasite_new(record_parasite, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE,
                          guint32(settings.size() + 1), settings.c_str());
    gimp_item_attach_parasite(item, parasite);
    gimp_parasite_free(parasite);
}

Area with_context(const Area& area, int width, int height) {
    const int left = std::max(0, area.x - selection_context);
    const int top = std::max(0, area.y - selection_context);
    const int right = std::min(width, area.x + area.width + selection_context);
    const int bottom = std::min(height, area.y + area.height + selection_context);
    return {left, top, right - left, bottom - top};
}

namespace {

/// The new layer's mask: the selection, the layer's own mask, or their product. Null if there is neither. A
/// copy: later changes of selection or mask are meant for something else.
GObjectPointer<GeglBuffer> masked_at_start(GimpLayer* layer, const SeenDrawable& photo, GimpImage* image) {
    GimpDrawable* own =
        gimp_layer_get_apply_mask(layer) ? GIMP_DRAWABLE(gimp_layer_get_mask(layer)) : nullptr;
    const bool selected = !gimp_selection_is_empty(image);
    if (!own && !selected)
        return nullptr;
    GimpDrawable* selection = GIMP_DRAWABLE(gimp_image_get_selection(image));
    int x = 0, y = 0;
    gimp_drawable_get_offsets(drawable_of(layer), &x, &y);
    const int width = photo.width, height = photo.height;
    const GeglRectangle here{0, 0, width, height};
    const GeglRectangle there{photo.x + (selected ? x : 0), photo.y + (selected ? y : 0), width, height};
    GimpDrawable* first = selected ? selection : own;
    GObjectPointer<GeglBuffer> mask(gegl_buffer_new(&here, gimp_drawable_get_format(first)));
    gegl_buffer_copy(buffer_of(first).get(), &there, GEGL_ABYSS_NONE, mask.get(), &here);
    if (!own || !selected)
        return mask;
    const auto second = buffer_of(own);
    const Babl* format = babl_format("Y float"); // masks are linear
    std::vector<float> row(width), other(width);
    for (int line = 0; line < height; ++line) {
        const GeglRectangle rectangle{0, line, width, 1}, own_row{photo.x, photo.y + line, width, 1};
        gegl_buffer_get(mask.get(), &rectangle, 1.0, format, row.data(), GEGL_AUTO_ROWSTRIDE,
                        GEGL_ABYSS_NONE);
        gegl_buffer_get(second.get(), &own_row, 1.0, format, other.data(), GEGL_AUTO_ROWSTRIDE,
                        GEGL_ABYSS_NONE);
        std::ranges::transform(row, other, row.begin(), std::multiplies());
        gegl_buffer_set(mask.get(), &rectangle, 0, format, row.data(), GEGL_AUTO_ROWSTRIDE);
    }
    return mask;
}

} // namespace

Result<std::vector<GimpHost>> GimpHost::open(GimpImage* image, GimpDrawable** drawables) {
    const int count = gimp_core_object_array_get_length(reinterpret_cast<GObject**>(drawables));
    if (!image || count == 0)
        return std::unexpected(refused(_("There is no layer to paint: select one.")));
    std::vector<GimpHost> hosts;
    for (int i = 0; i < count; ++i) {
        auto host = open(image, drawables[i]);
        if (!host)
            return std::unexpected(host.error());
        hosts.push_back(std::move(*host));
    }
    return hosts;
}

Result<GimpHost> GimpHost::open(GimpImage* image, GimpDrawable* drawable) {
    GimpItem* item = GIMP_ITEM(drawable);
    if (gimp_item_is_layer_mask(item))
        return std::unexpected(
            refused(_("A layer mask cannot be painted: click the layer itself and try again.")));
    if (!gimp_item_is_layer(item))
        return std::unexpected(refused(_("A channel cannot be painted: select a layer and try again.")));
    if (gimp_layer_is_floating_sel(GIMP_LAYER(item)))
        return std::unexpected(refused(
            _("A floating selection cannot be painted: anchor it or make it a layer, and try again.")));
    if (gimp_image_get_base_type(image) == GIMP_INDEXED)
        return std::unexpected(refused(_("An indexed image has too few colors to be painted: change it with "
                                         "Image > Mode > RGB and try again.")));
    return GimpHost(image, GIMP_LAYER(item));
}

Result<void> GimpHost::allows(Output output) {
    if (output != Output::replace && output != Output::layer_effect)
        return {};
    if (gimp_item_get_lock_content(item_of(source_)))
        return std::unexpected(
            refused(_("The layer's pixels are locked: unlock them, or let the painting become a "
                      "new layer.")));
    if (output == Output::replace && gimp_item_is_group(item_of(source_)))
        return std::unexpected(
            refused(_("A group of layers cannot be replaced: let the painting become a new layer.")));
    return {};
}

/// Reads again what is seen of the layer, unless it still is what was read last.
Result<void> GimpHost::look(Output output) {
    if (!gimp_image_is_valid(image_) || !gimp_item_is_valid(item_of(source_)))
        return std::unexpected(refused(_("The layer is gone: select another one and try again.")));
    if (frame_)
        return {};
    auto photo =
        drawables_.look(drawable_of(source_), output == Output::replace ? Seen::own_pixels : Seen::effects);
    if (!photo)
        return std::unexpected(photo.error());
    photo_ = *std::move(photo);
    return {};
}

Area GimpHost::painted_area(Output output) {
    if (!look(output))
        return {};
    const Area whole{0, 0, photo_->width, photo_->height};
    if (frame_ || gimp_selection_is_empty(image_))
        return whole;
    int x = 0, y = 0, left = 0, top = 0, right = 0, bottom = 0;
    gboolean selected = FALSE;
    gimp_drawable_get_offsets(drawable_of(source_), &x, &y);
    gimp_selection_bounds(image_, &selected, &left, &top, &right, &bottom);
    const GeglRectangle there{left - x - photo_->x, top - y - photo_->y, right - left, bottom - top};
    const GeglRectangle here{0, 0, whole.width, whole.height};
    GeglRectangle common;
    if (!gegl_rectangle_intersect(&common, &there, &here))
        return {};
    return with_context({common.x, common.y, common.width, common.height}, whole.width, whole.height);
}

Result<Content> GimpHost::content(Output output) {
    drawables_.forget();
    if (auto seen = look(output); !seen)
        return std::unexpected(seen.error());
    source_width_ = gimp_drawable_get_width(drawable_of(source_));
    source_height_ = gimp_drawable_get_height(drawable_of(source_));
    linked_file_ = linked_file(item_of(source_));
    width_ = photo_->width;
    height_ = photo_->height;
    area_ = painted_area(output);
    if (area_ == Area{})
        return std::unexpected(refused(
            _("The selection does not touch the layer: change the selection, or choose Select > None.")));
    mask_ = masked_at_start(source_, *photo_, image_);
    auto pixels = drawable_pixels(*photo_, rectangle_of(area_));
    if (!pixels)
        return std::unexpected(pixels.error());
    alpha_ = std::move(pixels->alpha);
    return Content{.picture = std::move(pixels->image),
                   .layer_width = width_,
                   .layer_height = height_,
                   .area = area_,
                   .layer_tattoo = gimp_item_get_tattoo(item_of(source_))};
}

Result<LayerPart> GimpHost::part(const Area& area, int longest, Output output) {
    if (auto seen = look(output); !seen)
        return std::unexpected(seen.error());
    const auto [width, height] = fitted({area.width, area.height}, longest);
    auto pixels = drawable_pixels(*photo_, rectangle_of(area), {width, height});
    if (!pixels)
        return std::unexpected(pixels.error());
    LayerPart part{.area = area,
                   .image = unpacked(pixels->image),
                   .layer_width = photo_->width,
                   .layer_height = photo_->height,
                   .alpha = unpack(pixels->alpha.bytes, pixels->alpha.sample),
                   .mask = {},
                   .gray = bool(gimp_drawable_is_gray(drawable_of(source_)))};
    if (frame_)
        return part;
    const auto multiply = [&](GimpDrawable* by) {
        const auto seen = drawables_.look(by, Seen::own_pixels);
        if (!seen)
            return;
        auto values = drawable_mask(**seen, over(**seen, area), {width, height});
        if (!values)
            return;
        if (part.mask.empty())
            part.mask = std::move(*values);
        else
            std::ranges::transform(part.mask, *values, part.mask.begin(), std::multiplies());
    };
    if (!gimp_selection_is_empty(image_))
        multiply(GIMP_DRAWABLE(gimp_image_get_selection(image_)));
    if (gimp_layer_get_apply_mask(source_) && gimp_layer_get_mask(source_))
        multiply(GIMP_DRAWABLE(gimp_layer_get_mask(source_)));
    return part;
}

namespace {

/// `size`: of all of it, at which it is read.
Result<StylePicture> style_of(const SeenDrawable& seen, PlaneSize size, std::string name) {
    auto pixels = drawable_pixels(seen, {0, 0, seen.width, seen.height}, size);
    if (!pixels)
        return std::unexpected(pixels.error());
    auto part = visible_part(*std::move(pixels));
    if (part.image.empty())
        return failure(ErrorCode::bad_picture,
                       sentence(_("There is nothing to be seen in “{}”: choose another picture."), name));
    const auto full = [](int part, int of, int whole) {
        return std::max(1, int(std::lround(double(part) * whole / of)));
    };
    const int width = full(part.image.width, size.width, seen.width),
              height = full(part.image.height, size.height, seen.height);
    return StylePicture{.picture = std::move(part.image),
                        .name = std::move(name),
                        .width = width,
                        .height = height,
                        .alpha = std::move(part.alpha)};
}

} // namespace

Result<StylePicture> GimpHost::style_layer(int id, int longest) {
    if (!gimp_item_id_is_drawable(id))
        return failure(ErrorCode::bad_picture,
                       _("The layer chosen as the style is gone: choose another style."));
    GimpDrawable* drawable = gimp_drawable_get_by_id(id);
    const auto seen = drawables_.look(drawable, Seen::effects_and_mask);
    if (!seen)
        return std::unexpected(seen.error());
    const PlaneSize whole{(*seen)->width, (*seen)->height};
    return style_of(**seen, longest > 0 ? fitted(whole, longest) : whole, item_name(GIMP_ITEM(drawable)));
}

Result<StylePicture> GimpHost::style_file(const std::filesystem::path& file, int longest) {
    const auto opened = OpenedPicture::open(file);
    if (!opened)
        return std::unexpected(opened.error());
    SeenDrawables drawables; // its own: the drawable goes with the file
    const auto seen = drawables.look(opened->drawable(), Seen::own_pixels);
    if (!seen)
        return std::unexpected(seen.error());
    const PlaneSize whole{(*seen)->width, (*seen)->height};
    const double scale = std::sqrt(style_pixels_max / (double(whole.width) * whole.height));
    const int most = int(std::max(whole.width, whole.height) * std::min(scale, 1.0));
    return style_of(**seen, fitted(whole, longest > 0 ? longest : most), file.filename().string());
}

GeglRectangle GimpHost::over(const SeenDrawable& seen, const Area& area) const {
    int source_x = 0, source_y = 0, x = 0, y = 0;
    gimp_drawable_get_offsets(drawable_of(source_), &source_x, &source_y);
    gimp_drawable_get_offsets(seen.drawable, &x, &y);
    return {area.x + source_x + photo_->x - x - seen.x, area.y + source_y + photo_->y - y - seen.y,
            area.width, area.height};
}

Result<Mask> GimpHost::mask(int id, const Look& look) {
    if (!gimp_item_id_is_drawable(id))
        return failure(ErrorCode::bad_picture,
                       _("A layer or channel chosen as a mask is gone: choose another one."));
    GimpDrawable* drawable = gimp_drawable_get_by_id(id);
    const auto seen = drawables_.look(drawable, Seen::effects_and_mask);
    if (!seen)
        return std::unexpected(seen.error());
    auto values = drawable_mask(**seen, over(**seen, look.area), {look.width, look.height});
    if (!values)
        return std::unexpected(values.error());
    // An 8-bit mask has at most 8 bits of alpha and of brightness: 16 hold their product.
    const Babl* format = (*seen)->format;
    const bool integers = babl_format_get_type(format, 0) == babl_type("u8");
    const bool one = babl_format_get_n_components(format) == 1;
    return Mask{.values = std::move(*values),
                .sample = !integers ? Sample::f32
                          : one     ? Sample::u8
                                    : Sample::u16,
                .name = item_name(GIMP_ITEM(drawable))};
}

Result<StylePicture> GimpHost::picture_over(int id, const Area& area, const Samples& beneath) {
    if (!gimp_item_id_is_drawable(id))
        return failure(ErrorCode::bad_picture,
                       _("The layer chosen to go on from is gone: choose another one."));
    GimpDrawable* drawable = gimp_drawable_get_by_id(id);
    const int width = beneath.width, height = beneath.height;
    const auto seen = drawables_.look(drawable, Seen::effects_and_mask);
    if (!seen)
        return std::unexpected(seen.error());
    const GeglRectangle there = over(**seen, area);
    const GeglRectangle own{0, 0, (*seen)->width, (*seen)->height};
    GeglRectangle common;
    if (!gegl_rectangle_intersect(&common, &there, &own))
        return failure(
            ErrorCode::bad_picture,
            _("The layer chosen to go on from does not touch the one to paint: choose another one."));
    auto pixels = drawable_pixels(**seen, there, {width, height});
    if (!pixels)
        return std::unexpected(pixels.error());
    StylePicture result{
        .picture = beneath, .name = item_name(GIMP_ITEM(drawable)), .width = width, .height = height};
    const SamplesView above(pixels->image), alpha(pixels->alpha);
    const auto inside = [](double place, int begin, int length) {
        return place >= begin && place < begin + length;
    };
    const std::size_t pixel_bytes = 3 * sample_bytes(beneath.sample);
    for (int y = 0; y < height; ++y) {
        if (!inside(there.y + (y + 0.5) * area.height / height, common.y, common.height))
            continue;
        for (int x = 0; x < width; ++x) {
            if (!inside(there.x + (x + 0.5) * area.width / width, common.x, common.width))
                continue;
            const std::size_t place = std::size_t(y) * width + x;
            const float cover = alpha.empty() ? 1 : std::clamp(alpha.at(place), 0.0f, 1.0f);
            std::array<float, 3> from, to;
            std::byte* mixed = result.picture.bytes.data() + place * pixel_bytes;
            above.read(place * 3, 3, from.data());
            unpack(mixed, beneath.sample, 3, to.data());
            for (int c = 0; c < 3; ++c)
                to[c] = cover * from[c] + (1 - cover) * to[c];
            pack(to, beneath.sample, mixed);
        }
    }
    return result;
}

/// Whether a painting can still go there. A new layer or image needs no equal size.
Result<void> GimpHost::still_takes(Output output) const {
    if (!gimp_image_is_valid(image_))
        return std::unexpected(refused(_("The image was closed while it was painted: nothing was changed.")));
    if (!gimp_item_is_valid(item_of(source_)))
        return std::unexpected(
            refused(_("The layer was deleted while it was painted: nothing was changed.")));
    if (gimp_image_get_base_type(image_) == GIMP_INDEXED)
        return std::unexpected(refused(
            _("The image became indexed while it was painted: change it back to RGB and try again.")));
    if (output != Output::replace)
        return {};
    if (linked_file(item_of(source_)) != linked_file_)
        return std::unexpected(refused(_("The file that the layer links to has changed while it was painted: "
                                         "nothing was changed, try again.")));
    if (gimp_drawable_get_width(drawable_of(source_)) != source_width_ ||
        gimp_drawable_get_height(drawable_of(source_)) != source_height_)
        return std::unexpected(refused(
            _("The layer has changed its size while it was painted: nothing was changed, try again.")));
    return {};
}

/// Of the painting's pixels: the layer's, as it is now, unless its effects need alpha.
const Babl* GimpHost::format() const {
    return photo_->copy ? photo_->format : gimp_drawable_get_format(drawable_of(source_));
}

/// The whole layer with the painting in it; null if memory is short.
GObjectPointer<GeglBuffer> GimpHost::rendered(SamplesView painting) const {
    const auto from = photo_->buffer();
    const GeglRectangle whole{0, 0, width_, height_};
    GObjectPointer<GeglBuffer> to(gegl_buffer_new(&whole, format()));
    if (area_ != Area{0, 0, width_, height_}) // the photo continues under the mask
        gegl_buffer_copy(from.get(), &whole, GEGL_ABYSS_NONE, to.get(), &whole);
    const auto written = write_pixels(to.get(), area_.x, area_.y, painting, alpha_,
                                      {.buffer = from.get(), .x = area_.x, .y = area_.y});
    if (written)
        return to;
    g_printerr("neural-style: %s\n", written.error().message.c_str());
    return nullptr;
}

/// The new layer with its pixels, not yet in the image. NULL if GIMP refuses.
GimpLayer* GimpHost::made_layer(GimpImage* image, GeglBuffer* pixels, const char* name) const {
    GimpDrawable* source = drawable_of(source_);
    const bool alpha = babl_format_has_alpha(format());
    const GimpImageType type = gimp_drawable_is_gray(source) ? (alpha ? GIMP_GRAYA_IMAGE : GIMP_GRAY_IMAGE)
                                                             : (alpha ? GIMP_RGBA_IMAGE : GIMP_RGB_IMAGE);
    GimpLayer* layer = gimp_layer_new(image, name, width_, height_, type, 100.0,
                                      gimp_image_get_default_new_layer_mode(image));
    if (!layer)
        return nullptr;
    const GeglRectangle whole{0, 0, width_, height_};
    gegl_buffer_copy(pixels, &whole, GEGL_ABYSS_NONE, buffer_of(drawable_of(layer)).get(), &whole);
    int x = 0, y = 0;
    if (image == image_) {
        gimp_drawable_get_offsets(source, &x, &y);
        gimp_layer_set_offsets(layer, x + photo_->x, y + photo_->y);
    }
    return layer;
}

/// In the layer's size and the image's colours and resolution.
GimpImage* GimpHost::new_image() const {
    GimpImage* image = gimp_image_new_with_precision(width_, height_, gimp_image_get_base_type(image_),
                                                     gimp_image_get_precision(image_));
    if (GimpColorProfile* profile = gimp_image_get_color_profile(image_)) {
        gimp_image_set_color_profile(image, profile);
        g_object_unref(profile);
    }
    double across = 0, down = 0;
    if (gimp_image_get_resolution(image_, &across, &down))
        gimp_image_set_resolution(image, across, down);
    return image;
}

void GimpHost::add_mask(GimpLayer* layer) const {
    GimpLayerMask* mask = gimp_layer_create_mask(layer, GIMP_ADD_MASK_BLACK);
    {
        const GeglRectangle whole{0, 0, width_, height_};
        const auto to = buffer_of(GIMP_DRAWABLE(mask));
        gegl_buffer_copy(mask_.get(), &whole, GEGL_ABYSS_NONE, to.get(), &whole);
    }
    gimp_layer_add_mask(layer, mask);
    gimp_layer_set_edit_mask(layer, FALSE);
}

namespace {

std::unexpected<Error> no_room() {
    return failure(ErrorCode::out_of_memory,
                   _("GIMP could not make room for the new layer: close other images and try again."));
}

} // namespace

Result<void> GimpHost::keep_snapshot(SamplesView snapshot) {
    auto pixels = rendered(snapshot);
    if (!pixels)
        return no_room();
    kept_snapshots_.push_back(std::move(pixels));
    return {};
}

Result<void> GimpHost::keep_painting(const Painting& painting) {
    if (auto takes = still_takes(painting.output); !takes)
        return takes;
    auto pixels = rendered(painting.picture);
    if (!pixels)
        return no_room();
    kept_ = {.pixels = std::move(pixels), .settings = painting.settings, .output = painting.output};
    return {};
}

Result<void> GimpHost::prepare() {
    if (auto takes = still_takes(kept_->output); !takes)
        return takes;
    if (auto allowed = allows(kept_->output); !allowed)
        return allowed;
    for (const auto& pixels : kept_snapshots_) {
        const auto name = sentence(_("Neural Style, step {}"), prepared_snapshots_.size() + 1);
        GimpLayer* layer = made_layer(image_, pixels.get(), name.c_str());
        if (!layer)
            return no_room();
        gimp_item_set_visible(item_of(layer), FALSE);
        prepared_snapshots_.push_back(layer);
    }
    kept_snapshots_.clear();
    if (kept_->output == Output::replace)
        return {};
    if (kept_->output == Output::new_image)
        own_image_ = new_image();
    prepared_ = made_layer(own_image_ ? own_image_ : image_, kept_->pixels.get(), _("Neural Style"));
    if (!prepared_)
        return no_room();
    kept_->pixels.reset();
    if (mask_)
        add_mask(prepared_);
    attach_record(item_of(prepared_), kept_->settings);
    return {};
}

Result<void> GimpHost::insert_above_source(GimpLayer* layer) {
    GimpItem* parent = gimp_item_get_parent(item_of(source_));
    if (!gimp_image_insert_layer(image_, layer, parent ? GIMP_LAYER(parent) : nullptr,
                                 gimp_image_get_item_position(image_, item_of(source_))))
        return std::unexpected(
            refused(_("GIMP did not take the new layer: unlock the layer's group and try again.")));
    placed_.push_back(layer);
    return {};
}

Result<void> GimpHost::insert() {
    if (auto takes = still_takes(kept_->output); !takes)
        return takes;
    Result<void> done;
    // New layers become the selected ones; restored, so that Repeat paints the source again.
    GimpLayer** selected = gimp_image_get_selected_layers(image_);
    if (own_image_)
        gimp_image_insert_layer(own_image_, prepared_, nullptr, 0);
    else if (prepared_)
        done = insert_above_source(prepared_);
    if (done && prepared_)
        inserted_ = std::exchange(prepared_, nullptr);
    // Each goes directly above the source, so the first is inserted last.
    while (done && !prepared_snapshots_.empty()) {
        done = insert_above_source(prepared_snapshots_.back());
        if (done)
            prepared_snapshots_.pop_back();
    }
    if (selected && selected[0])
        gimp_image_set_selected_layers(image_, const_cast<const GimpLayer**>(selected));
    g_free(selected);
    if (done && kept_->output == Output::replace)
        done = replace();
    if (done)
        kept_.reset();
    return done;
}

/// Through the selection, like every filter of GIMP.
Result<void> GimpHost::replace() {
    GimpDrawable* source = drawable_of(source_);
    rasterize(item_of(source_));
    {
        const GObjectPointer<GeglBuffer> to(gimp_drawable_get_shadow_buffer(source));
        const GeglRectangle whole{0, 0, width_, height_};
        gegl_buffer_copy(kept_->pixels.get(), &whole, GEGL_ABYSS_NONE, to.get(), &whole);
    }
    if (!gimp_drawable_merge_shadow(source, TRUE))
        return std::unexpected(
            refused(_("GIMP did not let the layer be changed: unlock it, or let the painting "
                      "become a new layer.")));
    gimp_drawable_update(source, area_.x, area_.y, area_.width, area_.height);
    attach_record(item_of(source_), kept_->settings);
    inserted_ = source_;
    return {};
}

void GimpHost::discard() {
    kept_.reset();
    kept_snapshots_.clear();
    for (GimpLayer* layer : std::exchange(placed_, {}))
        if (gimp_item_is_valid(item_of(layer)))
            gimp_image_remove_layer(image_, layer);
    const auto forget = [](GimpLayer* layer) {
        if (layer && gimp_item_is_valid(item_of(layer)))
            gimp_item_delete(item_of(layer));
    };
    for (GimpLayer* layer : std::exchange(prepared_snapshots_, {}))
        forget(layer);
    forget(std::exchange(prepared_, nullptr));
    if (GimpImage* image = std::exchange(own_image_, nullptr); image && gimp_image_is_valid(image))
        gimp_image_delete(image);
    inserted_ = nullptr;
}

void GimpHost::begin_step() {
    if (gimp_image_is_valid(image_))
        gimp_image_undo_group_start(image_);
}

void GimpHost::end_step() {
    if (gimp_image_is_valid(image_))
        gimp_image_undo_group_end(image_);
    gimp_displays_flush();
}

} // namespace neural_style::plugin
