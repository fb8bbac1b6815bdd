// SPDX-License-Identifier: GPL-3.0-or-later
#include "paint_animation.hpp"

#include "fit.hpp"
#include "gobject_pointer.hpp"
#include "preview_settings.hpp"
#include "translation.hpp"

#include <algorithm>
#include <functional>
#include <gegl.h>
#include <map>
#include <optional>
#include <utility>

namespace neural_style::plugin {
namespace {

/// At that size: itself, if it has it.
Image sized(Image image, PlaneSize size) {
    return image.width() == size.width && image.height() == size.height ? std::move(image)
                                                                        : fit(image, size.width, size.height);
}

const Babl* rgb_float() {
    return babl_format("R'G'B' float");
}

/// The animation as a film in the size that is painted: reduced under a size limit, and at least as large as
/// the engine's contents are.
class Film : public Frames, public Paintings {
  public:
    /// `size_limit`: as in Settings. `reading` is called before each frame is read.
    Film(Animation& animation, int size_limit, std::function<void(std::size_t)> reading)
        : animation_(animation), size_{animation.width(), animation.height()}, reading_(std::move(reading)) {
        if (size_limit > 0)
            size_ = fitted(size_, size_limit);
        size_ = {std::max(size_.width, SettingsRange::size_min),
                 std::max(size_.height, SettingsRange::size_min)};
    }

    PlaneSize size() const { return size_; }
    std::size_t painted() const { return passes_.size(); }

    std::size_t count() const override { return animation_.frames(); }
    Result<Samples> frame(std::size_t number) override {
        reading_(number);
        return animation_.frame(number).transform([&](Samples frame) {
            return frame.width == size_.width && frame.height == size_.height
                       ? std::move(frame)
                       : packed(fit(unpacked(frame), size_.width, size_.height), frame.sample);
        });
    }
    bool has(std::size_t number, int pass) const override {
        const auto found = passes_.find(number);
        return found != passes_.end() && found->second >= pass;
    }
    Result<Image> painting(std::size_t number, int) override {
        const auto found = paintings_.find(number);
        if (found == paintings_.end())
            return animation_.painting(number);
        Image painting(size_.width, size_.height);
        const GeglRectangle whole{0, 0, size_.width, size_.height};
        gegl_buffer_get(found->second.get(), &whole, 1.0, rgb_float(), painting.data(), GEGL_AUTO_ROWSTRIDE,
                        GEGL_ABYSS_NONE);
        return painting;
    }
    Result<void> keep(std::size_t number, int pass, const Image& painting) override {
        passes_[number] = pass;
        const PlaneSize home{animation_.width(), animation_.height()};
        if (size_.width == home.width && size_.height == home.height)
            return animation_.keep(number, painting);
        // Kept in this size as well: a painting that was enlarged and reduced for each frame would blur.
        const GeglRectangle whole{0, 0, size_.width, size_.height};
        auto& kept = paintings_[number];
        kept.reset(gegl_buffer_new(&whole, babl_format("R'G'B' u16")));
        gegl_buffer_set(kept.get(), &whole, 0, rgb_float(), painting.data(), GEGL_AUTO_ROWSTRIDE);
        return animation_.keep(number, fit(painting, home.width, home.height));
    }

  private:
    Animation& animation_;
    PlaneSize size_;
    std::function<void(std::size_t)> reading_;
    std::map<std::size_t, int> passes_;                           // the last one of each frame
    std::map<std::size_t, GObjectPointer<GeglBuffer>> paintings_; // where GEGL may swap them
};

std::optional<protocol::NamedPicture> named(SamplesView picture, Sample sample) {
    return picture.empty() ? std::nullopt
                           : std::optional<protocol::NamedPicture>(packed(unpacked(picture), sample));
}

std::optional<protocol::NamedPicture> named(MaskView mask) {
    if (mask.empty())
        return std::nullopt;
    const std::span values(mask.data, std::size_t(mask.width) * std::size_t(mask.height));
    return protocol::NamedPicture({.sample = Sample::u8,
                                   .width = mask.width,
                                   .height = mask.height,
                                   .channels = mask_channels,
                                   .bytes = pack(values, Sample::u8)});
}

/// Lets windows and GIMP be heard between two frames, while the engine is not waited for.
void listen() {
    while (g_main_context_iteration(nullptr, /*may_block=*/FALSE))
        ;
}

} // namespace

Result<PaintedLayer> paint_animation(Host& host, Animation& animation, EngineClient& engine,
                                     const LayerJob& job, const FilmSettings& film, const LayerUpdate& update,
                                     std::stop_token stop, std::stop_token keep) {
    // First, so that it loads while we read.
    if (auto started = engine.start(); !started)
        return std::unexpected(started.error());
    if (auto allowed = animation.allows(job.output); !allowed)
        return std::unexpected(allowed.error());
    const int width = animation.width(), height = animation.height();
    if (!protocol::size_allowed(width, height))
        return failure(
            ErrorCode::invalid_request,
            sentence(_("The image is larger than {} megapixels: make it smaller first, with Image > "
                       "Scale Image."),
                     int(protocol::pixels_max / 1'000'000)));
    const Content whole{
        .picture = {}, .layer_width = width, .layer_height = height, .area = {0, 0, width, height}};

    PaintedLayer painted;
    const double works = double(animation.frames()) * (last_pass(film) + 1);
    double done = 0; // of them
    double furthest = 0;
    const auto tell = [&](protocol::Update message, std::size_t number) {
        furthest = std::clamp((done + message.fraction) / works, furthest, 1.0);
        message.fraction = furthest;
        if (update)
            update(message, int(number));
    };
    Film frames(animation, job.settings.size_limit, [&](std::size_t number) {
        if (done == 0)
            tell({}, number);
        listen();
    });
    const auto pictures = JobPictures::read(host, job, whole, frames.size());
    if (!pictures)
        return std::unexpected(pictures.error());

    const auto settings = settings_for_part(job.settings, {.layer_width = width,
                                                           .layer_height = height,
                                                           .part = whole.area,
                                                           .width = frames.size().width,
                                                           .height = frames.size().height});

    // A frame on its way is given up in both cases, but for the first: then there would be nothing to keep.
    std::stop_source end;
    const std::stop_callback stopped(stop, [&] { end.request_stop(); });
    const std::stop_callback kept(keep, [&] {
        if (frames.painted() > 0)
            end.request_stop();
    });
    const auto paint = [&](const FrameJob& frame) -> Result<Image> {
        if (keep.stop_requested() && frames.painted() > 0)
            return failure(ErrorCode::cancelled, {});
        const protocol::NamedPicture content(packed(unpacked(frame.content), frame.content.sample()));
        // Moved by parts of a pixel, the painting before lies between the levels of 8 bits.
        const auto moved = named(frame.motion.moved, Sample::u16);
        const auto trusted = named(frame.motion.trusted);
        const auto shot = named(frame.shot, frame.shot.sample());
        auto order = engine_job(job, whole, content, *pictures);
        order.settings = settings;
        order.moved = moved ? &*moved : nullptr;
        order.trusted = trusted ? &*trusted : nullptr;
        order.steadiness = frame.motion.steadiness;
        order.shot = shot ? &*shot : nullptr;
        const auto follow = [&](const protocol::Update& message) {
            if (!message.notice.empty() && !std::ranges::contains(painted.notices, message.notice))
                painted.notices.push_back(message.notice);
            tell(message, frame.number);
        };
        auto painting = engine.paint(order, follow, end.get_token(), keep);
        // What is painted so far is worth another engine.
        if (!painting && painting.error().code == ErrorCode::engine_lost && frames.painted() > 0)
            painting = engine.paint(order, follow, end.get_token(), keep);
        if (!painting)
            return std::unexpected(painting.error());
        painted.seconds += painting->seconds;
        painted.device = painting->device;
        return sized(unpacked(painting->picture), {content->width, content->height});
    };
    const auto shots = find_shots(frames, end.get_token());
    const auto all =
        shots ? paint_film(
                    frames, *shots, frames, film, paint, [&](std::size_t, int) { ++done; }, end.get_token())
              : std::unexpected(shots.error());
    const bool ended_early = keep.stop_requested() && !stop.stop_requested() && frames.painted() > 0;
    if (!all && !(ended_early && all.error().code == ErrorCode::cancelled))
        return std::unexpected(all.error());
    if (stop.stop_requested())
        return failure(ErrorCode::cancelled, {});
    if (auto inserted = animation.insert(job.output, painting_record(job, *pictures, /*layer_tattoo=*/0));
        !inserted)
        return std::unexpected(inserted.error());
    return painted;
}

} // namespace neural_style::plugin
