// SPDX-License-Identifier: GPL-3.0-or-later
#include "request_check.hpp"

#include "guarded.hpp"
#include "size.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace neural_style {

namespace {

[[noreturn]] void refuse(const std::string& sentence) {
    throw Failure(ErrorCode::invalid_request, sentence);
}

bool holds_nan(const float* values, std::size_t count) {
    bool found = false;
    for (std::size_t i = 0; i < count; ++i)
        found |= std::isnan(values[i]);
    return found;
}

void check_picture(const std::string& what, ImageView image) {
    if (image.width < 1 || image.height < 1)
        refuse(formatted("There is no {} picture; choose one.", what));
    if (image.width < SettingsRange::size_min || image.height < SettingsRange::size_min)
        refuse(
            formatted("The {} picture is {} x {} pixels; at least {} x {} are needed. Choose a larger one.",
                      what, image.width, image.height, SettingsRange::size_min, SettingsRange::size_min));
    if (image.data && holds_nan(image.data, image.samples()))
        refuse(
            formatted("The {} picture holds values that are not numbers; convert it to an integer precision, "
                      "or choose another.",
                      what));
}

void check_mask(const std::string& what, MaskView mask, std::string_view of, Size size) {
    if (mask.width == 0 && mask.height == 0)
        return;
    if (mask.width != size.width || mask.height != size.height)
        refuse(formatted("The mask of {} is {} x {} pixels and the {} picture {} x {}; make them equally "
                         "large.",
                         what, mask.width, mask.height, of, size.width, size.height));
    if (mask.data && holds_nan(mask.data, std::size_t(mask.width) * std::size_t(mask.height)))
        refuse(formatted("The mask of {} holds values that are not numbers; choose another.", what));
}

void check_motion(const Motion& motion, Size size) {
    if (!(motion.steadiness >= 0 && motion.steadiness <= Motion::steadiness_max))
        refuse(formatted("A steadiness of {} cannot be had; choose 0 to {}.", motion.steadiness,
                         Motion::steadiness_max));
    const auto& moved = motion.moved;
    const auto& trusted = motion.trusted;
    if (moved.width == 0 && moved.height == 0 && trusted.width == 0 && trusted.height == 0)
        return;
    check_picture("moved", moved);
    if (moved.width != size.width || moved.height != size.height)
        refuse(formatted(
            "The moved painting is {} x {} pixels and the content picture {} x {}; make them equally "
            "large.",
            moved.width, moved.height, size.width, size.height));
    if (trusted.width == 0 && trusted.height == 0)
        refuse("Nothing tells how far the moved painting is trusted; give a mask of that, too.");
    check_mask("what is trusted", trusted, "content", size);
}

bool nothing_in(MaskView mask) {
    return mask.data &&
           std::none_of(mask.data, mask.data + std::size_t(mask.width) * std::size_t(mask.height),
                        [](float value) { return value > 0; });
}

// What only a process that sees the whole picture can do.
void check_shared(const Request& request) {
    const auto& settings = request.settings;
    const auto without = [](bool used, std::string_view what) {
        if (used)
            refuse(formatted("Processes that paint one picture together cannot do {}. Leave it out, or start "
                             "one process, without mpirun.",
                             what));
    };
    bool regions = false;
    for (const auto& style : request.styles)
        regions |= style.region.width > 0;
    without(regions, "regions");
    without(request.protect.width > 0, "a protected part");
    without(request.refine.width > 0, "refining");
    without(request.motion.moved.width > 0, "films");
    without(request.snapshot_every > 0, "snapshots");
    without(settings.seamless, "seamless pictures");
    without(settings.texture, "textures");
    without(settings.manner != Manner::strokes, "other manners than strokes");
    without(settings.quality == Quality::instant || !settings.trained_style.empty() ||
                settings.start == Start::instant,
            "paintings in one pass");
    without(settings.colors != Colors::style, "other colors than the style's");
    without(settings.detail > 0, "the photo's detail");
    without(settings.smoothing == Smoothing::softmax, "smoothed features");
    without(settings.time_limit > 0, "a time limit");
    without(settings.size_limit > 0 &&
                settings.size_limit < std::max(request.content.width(), request.content.height()),
            "a size limit");
}

} // namespace

void check(const Request& request) {
    const auto& settings = request.settings;
    if (const auto error = check(settings))
        throw Failure(error->code, error->message);
    const Size size{request.content.width(), request.content.height()};
    const std::string_view content = "content";
    // Integers are numbers.
    if (request.ranks)
        check_shared(request);
    check_picture(std::string(content), ImageView{request.content.floats(), size.width, size.height});
    const bool takes_colors = settings.colors == Colors::palette || settings.colors == Colors::harmony;
    if (request.styles.empty() && (needs_style(settings) || (takes_colors && settings.trained_style.empty())))
        refuse("There is no style picture; choose one.");
    if (request.styles.size() > SettingsRange::styles_max)
        refuse(formatted("There are {} styles; choose at most {}.", request.styles.size(),
                         SettingsRange::styles_max));
    if (!settings.blend.empty() && settings.blend.size() != request.styles.size())
        refuse(formatted("There are {} shares for {} styles; give one for each.", settings.blend.size(),
                         request.styles.size()));
    for (std::size_t i = 0; i < request.styles.size(); ++i) {
        const auto& style = request.styles[i];
        check_picture("style", style.picture);
        check_mask(formatted("style {}", i + 1), style.region, content, size);
        check_mask("what is seen of a style", style.alpha, "style",
                   {style.picture.width, style.picture.height});
        if (nothing_in(style.alpha))
            refuse("There is nothing to be seen in the style picture; choose another one.");
    }
    check_mask("the protected part", request.protect, content, size);
    if (request.refine.width != 0 || request.refine.height != 0) {
        check_picture("painted", request.refine);
        if (request.refine.width != size.width || request.refine.height != size.height)
            refuse(formatted(
                "The painting to go on from is {} x {} pixels and the content picture {} x {}; make "
                "them equally large.",
                request.refine.width, request.refine.height, size.width, size.height));
    }
    check_motion(request.motion, size);
    if (request.motion.moved.width != 0 && request.refine.width != 0)
        refuse("A film's frame goes on from the frames before; leave out the painting to go on from.");
    if (request.shot.width() != 0 || request.shot.height() != 0)
        check_picture("shot's",
                      ImageView{request.shot.floats(), request.shot.width(), request.shot.height()});
    if (settings.trained_style.empty() && settings.quality == Quality::instant &&
        settings.manner != Manner::dream && request.refine.width != 0)
        refuse("The quality instant paints anew; choose another one to go on from a painting.");
    if (!settings.trained_style.empty() && takes_colors)
        refuse("A trained style has no palette of its own; choose the colors style or content, or no trained "
               "style.");
    if (request.snapshot_every < 0 || request.snapshot_every > SettingsRange::snapshot_every_max)
        refuse(formatted("A snapshot every {} steps cannot be made; choose 0 for none, or up to {}.",
                         request.snapshot_every, SettingsRange::snapshot_every_max));
}

} // namespace neural_style
