// SPDX-License-Identifier: GPL-3.0-or-later
#include "fit.hpp"

#include "enlarge.hpp"

#include <neural_style/settings.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace neural_style::plugin {
namespace {

Image averaged(ImageView image, int width, int height) {
    Image result(width, height);
    std::ranges::copy(
        scaled_pixels(image.span(), picture_channels, {image.width, image.height}, {width, height}),
        result.data());
    return result;
}

} // namespace

Image fit(ImageView image, int width, int height) {
    const int least_width = std::min(image.width, width), least_height = std::min(image.height, height);
    if (least_width == image.width && least_height == image.height)
        return enlarge(image, width, height);
    Image smaller = averaged(image, least_width, least_height);
    return least_width == width && least_height == height ? std::move(smaller)
                                                          : enlarge(smaller, width, height);
}

PlaneSize fitted(PlaneSize size, int longest) {
    const double scale = std::min(1.0, double(longest) / std::max(size.width, size.height));
    return {std::max(1, int(std::lround(size.width * scale))),
            std::max(1, int(std::lround(size.height * scale)))};
}

Image large_enough(Image image) {
    const int width = std::max(image.width(), SettingsRange::size_min);
    const int height = std::max(image.height(), SettingsRange::size_min);
    return width == image.width() && height == image.height() ? std::move(image)
                                                              : enlarge(image, width, height);
}

Samples large_enough(Samples picture) {
    if (picture.width >= SettingsRange::size_min && picture.height >= SettingsRange::size_min)
        return picture;
    return packed(large_enough(unpacked(picture)), picture.sample);
}

} // namespace neural_style::plugin
