// SPDX-License-Identifier: GPL-3.0-or-later
#include "gimp_animation.hpp"

#include "buffer_pixels.hpp"
#include "gimp_host.hpp"
#include "item_name.hpp"
#include "passing_image.hpp"
#include "translation.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <span>
#include <string_view>
#include <utility>

namespace neural_style::plugin {
namespace {

std::unexpected<Error> refused(const char* sentence) {
    return failure(ErrorCode::invalid_request, sentence);
}

std::unexpected<Error> no_room() {
    return failure(ErrorCode::out_of_memory,
                   _("GIMP could not make room for the frames: close other images and try again."));
}

/// Top level only, the lowest first: the order in which GIMP plays them.
std::vector<GimpLayer*> layers_of(GimpImage* image) {
    GimpLayer** layers = gimp_image_get_layers(image);
    const std::unique_ptr<GimpLayer*, Free> owned(layers);
    std::vector<GimpLayer*> all;
    for (GimpLayer** layer = layers; layer && *layer; ++layer)
        all.push_back(*layer);
    std::ranges::reverse(all);
    return all;
}

/// As GIMP's exports read a layer's name: the first mark in it counts, without one it combines.
bool combines(GimpLayer* layer) {
    const std::string name = item_name(GIMP_ITEM(layer));
    return name.find("(replace)") >= name.find("(combine)");
}

GObjectPointer<GeglBuffer> buffer_of(GimpLayer* layer) {
    return GObjectPointer<GeglBuffer>(gimp_drawable_get_buffer(GIMP_DRAWABLE(layer)));
}

GimpImageType type_of(GimpImage* image, bool alpha) {
    if (gimp_image_get_base_type(image) == GIMP_GRAY)
        return alpha ? GIMP_GRAYA_IMAGE : GIMP_GRAY_IMAGE;
    return alpha ? GIMP_RGBA_IMAGE : GIMP_RGB_IMAGE;
}

/// With its pixels, which begin at the image's top left; not yet in the image. NULL: GIMP refused.
GimpLayer* new_layer(GimpImage* image, GeglBuffer* pixels, const GeglRectangle& part, bool alpha) {
    GimpLayer* layer = gimp_layer_new(image, "frame", part.width, part.height, type_of(image, alpha), 100.0,
                                      gimp_image_get_default_new_layer_mode(image));
    if (!layer)
        return nullptr;
    const GeglRectangle there{0, 0, part.width, part.height};
    gegl_buffer_copy(pixels, &part, GEGL_ABYSS_NONE, buffer_of(layer).get(), &there);
    gimp_layer_set_offsets(layer, part.x, part.y);
    return layer;
}

bool is_opaque(GeglBuffer* buffer) {
    const GeglRectangle whole = *gegl_buffer_get_extent(buffer);
    std::vector<float> row(std::size_t(whole.width));
    for (int y = 0; y < whole.height; ++y) {
        const GeglRectangle line{whole.x, whole.y + y, whole.width, 1};
        gegl_buffer_get(buffer, &line, 1.0, babl_format("A float"), row.data(), GEGL_AUTO_ROWSTRIDE,
                        GEGL_ABYSS_NONE);
        if (std::ranges::any_of(row, [](float alpha) { return alpha < 1; }))
            return false;
    }
    return true;
}

/// The top level's item that this one is or is in.
GimpItem* top_of(GimpItem* item) {
    while (GimpItem* parent = gimp_item_get_parent(item))
        item = parent;
    return item;
}

/// A layer and the one that takes its place.
struct Swap {
    GimpLayer* old;
    GimpLayer* layer;
};

/// The selected layers stay selected, or what took their places.
void select_again(GimpImage* image, std::span<GimpLayer* const> selected, const std::vector<Swap>& swaps) {
    if (selected.empty()) // a channel is, perhaps
        return;
    std::vector<const GimpLayer*> now;
    for (GimpLayer* layer : selected) {
        const auto swap = std::ranges::find(swaps, layer, &Swap::old);
        now.push_back(swap == swaps.end() ? layer : swap->layer);
    }
    now.push_back(nullptr);
    gimp_image_set_selected_layers(image, now.data());
}

/// All or none. Names stay, with their marks and durations.
bool swap_all(GimpImage* image, std::vector<Swap> swaps) {
    GimpLayer** layers = gimp_image_get_selected_layers(image);
    const std::unique_ptr<GimpLayer*, Free> owned(layers);
    std::vector<GimpLayer*> selected;
    for (GimpLayer** layer = layers; layer && *layer; ++layer)
        selected.push_back(GIMP_LAYER(top_of(GIMP_ITEM(*layer))));
    // Undo goes backwards, and GIMP then selects the neighbour of the layer that goes last.
    std::ranges::stable_partition(
        swaps, [&](const Swap& swap) { return std::ranges::contains(selected, swap.old); });
    for (auto swap = swaps.begin(); swap != swaps.end(); ++swap)
        if (!gimp_image_insert_layer(image, swap->layer, nullptr,
                                     gimp_image_get_item_position(image, GIMP_ITEM(swap->old)))) {
            for (const auto& inserted : std::ranges::subrange(swaps.begin(), swap))
                gimp_image_remove_layer(image, inserted.layer);
            return false;
        }
    for (const auto& swap : swaps) {
        const std::string name = item_name(GIMP_ITEM(swap.old));
        gimp_image_remove_layer(image, swap.old);
        gimp_item_set_name(GIMP_ITEM(swap.layer), name.c_str());
    }
    select_again(image, selected, swaps);
    return true;
}

} // namespace

GimpAnimation::GimpAnimation(GimpImage* image, std::vector<Frame> frames, bool has_hidden_layers)
    : image_(image), frames_(std::move(frames)), has_hidden_layers_(has_hidden_layers),
      width_(gimp_image_get_width(image)), height_(gimp_image_get_height(image)) {}

Result<GimpAnimation> GimpAnimation::open(GimpImage* image) {
    std::vector<Frame> frames;
    const auto layers = layers_of(image);
    for (GimpLayer* layer : layers) {
        if (gimp_layer_is_floating_sel(layer))
            return refused(_("There is a floating selection: anchor it or make it a layer, and try again."));
        if (gimp_item_get_visible(GIMP_ITEM(layer)))
            frames.push_back({.layer = layer, .combines = combines(layer)});
    }
    if (frames.size() < 2)
        return refused(
            _("An animation has at least two visible layers, one for each frame: to paint one layer, use "
              "Filters > Artistic > Neural Style."));
    frames.front().combines = false;
    const bool some_hidden = frames.size() < layers.size();
    return GimpAnimation(image, std::move(frames), some_hidden);
}

Result<void> GimpAnimation::allows(Output output) {
    if (output == Output::new_image)
        return {};
    for (const auto& frame : frames_)
        if (gimp_item_is_valid(GIMP_ITEM(frame.layer)) && gimp_item_get_lock_content(GIMP_ITEM(frame.layer)))
            return failure(
                ErrorCode::invalid_request,
                sentence(_("The pixels of the layer “{}” are locked: unlock them, hide the layer, or let the "
                           "painting become a new image."),
                         item_name(GIMP_ITEM(frame.layer))));
    return {};
}

Result<void> GimpAnimation::unchanged() const {
    if (!gimp_image_is_valid(image_))
        return refused(_("The image was closed while it was painted: nothing was changed."));
    if (gimp_image_get_width(image_) != width_ || gimp_image_get_height(image_) != height_)
        return refused(
            _("The image has changed its size while it was painted: nothing was changed, try again."));
    const auto layers = layers_of(image_);
    for (const auto& frame : frames_)
        if (!std::ranges::contains(layers, frame.layer))
            return refused(
                _("A layer of the animation was deleted or moved into a group while it was painted: "
                  "nothing was changed, try again."));
    return {};
}

/// GIMP puts the layer over the frame before it, with opacity, mode, mask and effects.
Result<void> GimpAnimation::compose(std::size_t number) {
    Frame& frame = frames_[number];
    const GeglRectangle whole{0, 0, width_, height_};
    const PassingImage passing(image_, width_, height_);
    if (!passing.get())
        return no_room();
    if (frame.combines) {
        GimpLayer* before = new_layer(passing.get(), frames_[number - 1].seen.get(), whole, /*alpha=*/true);
        if (!before || !gimp_image_insert_layer(passing.get(), before, nullptr, 0))
            return no_room();
    }
    GimpLayer* copy = passing.inserted(GIMP_DRAWABLE(frame.layer));
    GimpLayer* visible = copy ? gimp_layer_new_from_visible(passing.get(), passing.get(), "frame") : nullptr;
    if (!visible)
        return no_room();
    GObjectPointer<GeglBuffer> seen(
        gegl_buffer_new(&whole, gimp_drawable_get_format(GIMP_DRAWABLE(visible))));
    gegl_buffer_copy(buffer_of(visible).get(), &whole, GEGL_ABYSS_NONE, seen.get(), &whole);

    GeglRectangle own{0, 0, gimp_drawable_get_width(GIMP_DRAWABLE(frame.layer)),
                      gimp_drawable_get_height(GIMP_DRAWABLE(frame.layer))};
    gimp_drawable_get_offsets(GIMP_DRAWABLE(frame.layer), &own.x, &own.y);
    if (has_effects(GIMP_DRAWABLE(frame.layer))) // which may enlarge it
        own = whole;
    if (frame.combines)
        gegl_rectangle_bounding_box(&own, &own, &frames_[number - 1].bounds);
    if (!gegl_rectangle_intersect(&frame.bounds, &own, &whole))
        frame.bounds = whole;
    frame.opaque = is_opaque(seen.get());
    frame.seen = std::move(seen);
    return {};
}

Result<void> GimpAnimation::see(std::size_t number) {
    if (auto same = unchanged(); !same)
        return same;
    std::size_t first = number;
    while (!frames_[first].seen && frames_[first].combines)
        --first;
    for (; first <= number; ++first)
        if (!frames_[first].seen)
            if (auto composed = compose(first); !composed)
                return composed;
    return {};
}

Result<std::shared_ptr<const SeenDrawable>> GimpAnimation::seen(std::size_t number) {
    if (auto done = see(number); !done)
        return std::unexpected(done.error());
    const Frame& frame = frames_[number];
    int x = 0, y = 0;
    gimp_drawable_get_offsets(GIMP_DRAWABLE(frame.layer), &x, &y);
    GeglBuffer* pixels = GEGL_BUFFER(g_object_ref(frame.seen.get()));
    return std::make_shared<const SeenDrawable>(SeenDrawable{.drawable = GIMP_DRAWABLE(frame.layer),
                                                             .copy = GObjectPointer<GeglBuffer>(pixels),
                                                             .x = -x,
                                                             .y = -y,
                                                             .width = width_,
                                                             .height = height_,
                                                             .format = gegl_buffer_get_format(pixels),
                                                             .in_thumbnails = false});
}

Result<Samples> GimpAnimation::frame(std::size_t number) {
    if (auto done = see(number); !done)
        return std::unexpected(done.error());
    return read_samples(frames_[number].seen.get(), {0, 0, width_, height_})
        .transform([](BufferSamples pixels) { return std::move(pixels.image); });
}

Result<void> GimpAnimation::keep(std::size_t number, ImageView painting) {
    if (auto done = see(number); !done)
        return done;
    Frame& frame = frames_[number];
    const GeglRectangle whole{0, 0, width_, height_};
    const auto pixels = read_samples(frame.seen.get(), whole);
    if (!pixels)
        return std::unexpected(pixels.error());
    GObjectPointer<GeglBuffer> to(gegl_buffer_new(&whole, gegl_buffer_get_format(frame.seen.get())));
    if (auto written = write_pixels(to.get(), 0, 0, painting, pixels->alpha, {.buffer = frame.seen.get()});
        !written)
        return written;
    frame.painting = std::move(to);
    return {};
}

Result<Image> GimpAnimation::painting(std::size_t number) {
    return read_pixels(frames_[number].painting.get(), {0, 0, width_, height_})
        .transform([](BufferPixels pixels) { return std::move(pixels.image); });
}

std::size_t GimpAnimation::frame_of(GimpItem* item) const {
    const auto found =
        std::ranges::find(frames_, top_of(item), [](const Frame& frame) { return GIMP_ITEM(frame.layer); });
    return found == frames_.end() ? 0 : std::size_t(found - frames_.begin());
}

Result<void> GimpAnimation::insert(Output output, const std::string& record) {
    if (auto same = unchanged(); !same)
        return same;
    if (auto allowed = allows(output); !allowed)
        return allowed;
    GimpImage* image = output == Output::new_image ? gimp_image_duplicate(image_) : image_;
    if (!image)
        return no_room();
    const auto here = layers_of(image_), there = layers_of(image);
    std::vector<Swap> swaps;
    const auto prepared = [&] {
        for (std::size_t i = 0; i < frames_.size(); ++i) {
            const Frame& frame = frames_[i];
            // One that was not painted but shows what is beneath has to bring that along.
            const bool stands_alone = !frame.painting && frame.combines && frames_[i - 1].painting;
            if (!frame.painting && !stands_alone)
                continue;
            GimpLayer* old = there[std::size_t(std::ranges::find(here, frame.layer) - here.begin())];
            const bool alpha = !frame.opaque || gimp_drawable_has_alpha(GIMP_DRAWABLE(old));
            GimpLayer* layer =
                new_layer(image, (stands_alone ? frame.seen : frame.painting).get(), frame.bounds, alpha);
            if (!layer)
                return false;
            swaps.push_back({.old = old, .layer = layer});
            gimp_item_set_color_tag(GIMP_ITEM(layer), gimp_item_get_color_tag(GIMP_ITEM(old)));
            if (frame.painting)
                attach_record(GIMP_ITEM(layer), record);
        }
        return true;
    };
    gimp_image_undo_group_start(image);
    // First, since GIMP lets a layer only into an image of the mode that it was made for.
    const bool rgb = gimp_image_get_base_type(image) != GIMP_INDEXED || gimp_image_convert_rgb(image);
    const bool good = rgb && prepared() && swap_all(image, swaps);
    gimp_image_undo_group_end(image);
    if (!good) {
        for (const auto& swap : swaps)
            if (gimp_item_is_valid(GIMP_ITEM(swap.layer)))
                gimp_item_delete(GIMP_ITEM(swap.layer));
        if (image != image_)
            gimp_image_delete(image);
        return no_room();
    }
    if (image != image_)
        gimp_image_clean_all(image);
    gimp_displays_flush();
    painted_image_ = image;
    painted_layer_ = swaps.front().layer;
    return {};
}

} // namespace neural_style::plugin
