// SPDX-License-Identifier: GPL-3.0-or-later
/// Shots made of a photo, whose motion is known exactly.
///
///     const Photo photo;
///     Shot pan{.camera = {.across = 2.5}};
///     Image frame = pan.frame(photo, 7);
///     Flow back = pan.back(7, 6);   // from what frame 7 shows to where frame 6 showed it
#pragma once

#include "cmocka.hpp"
#include "flow.hpp"

#include <neural_style/image.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>

namespace tests {

using neural_style::Flow;
using neural_style::Image;

/// data/photos/boats.jpg, as the build has written it: portable pixmap of 8 bits.
inline Image boats() {
    const char* path = std::getenv("NEURAL_STYLE_BOATS");
    CHECK(path);
    std::ifstream file(path, std::ios::binary);
    std::string magic;
    int width = 0, height = 0, most = 0;
    file >> magic >> width >> height >> most;
    file.get();
    CHECK(magic == "P6" && most == 255);
    Image image(width, height);
    std::string bytes(image.span().size(), 0);
    CHECK(file.read(bytes.data(), std::streamsize(bytes.size())));
    for (std::size_t i = 0; i < bytes.size(); ++i)
        image.span()[i] = float(static_cast<unsigned char>(bytes[i])) / 255;
    return image;
}

/// Between pixels: bilinear.
inline std::array<float, 3> color_at(const Image& image, double x, double y) {
    x = std::clamp(x, 0.0, image.width() - 1.001);
    y = std::clamp(y, 0.0, image.height() - 1.001);
    const int left = int(x), top = int(y);
    const float u = float(x - left), v = float(y - top);
    std::array<float, 3> color{};
    for (int c = 0; c < 3; ++c)
        color[c] = (1 - v) * ((1 - u) * image.pixel(left, top)[c] + u * image.pixel(left + 1, top)[c]) +
                   v * ((1 - u) * image.pixel(left, top + 1)[c] + u * image.pixel(left + 1, top + 1)[c]);
    return color;
}

/// What changes from frame to frame.
struct Camera {
    double across = 0, down = 0; ///< in pixels
    double zoom = 1;             ///< factor
    double turn = 0;             ///< in radians
};

struct Shot {
    int width = 320, height = 180;
    Camera camera{};
    double object_across = 0; ///< of a disc in front, in pixels of the frame; 0: there is none

    struct Place {
        double x, y;
    };

    /// Where in the photo a frame's place is.
    Place in_photo(const Image& photo, int number, Place place) const {
        const double factor = std::pow(camera.zoom, -number), angle = camera.turn * number;
        const double x = (place.x - width / 2.0) * factor, y = (place.y - height / 2.0) * factor;
        return {photo.width() / 2.0 + x * std::cos(angle) - y * std::sin(angle) + camera.across * number,
                photo.height() / 2.0 + x * std::sin(angle) + y * std::cos(angle) + camera.down * number};
    }
    Place center_of_object(int number) const { return {60 + object_across * number, height / 2.0}; }
    bool in_object(int number, Place place) const {
        const auto center = center_of_object(number);
        return object_across != 0 && std::hypot(place.x - center.x, place.y - center.y) < 40;
    }

    Image frame(const Image& photo, int number) const {
        Image frame(width, height);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const Place here{double(x), double(y)};
                auto place = in_photo(photo, number, here);
                if (in_object(number, here)) {
                    const auto center = center_of_object(number);
                    place = {120 + here.x - center.x, 120 + here.y - center.y};
                }
                std::ranges::copy(color_at(photo, place.x, place.y), frame.pixel(x, y));
            }
        return frame;
    }

    Flow back(int from, int to) const {
        Flow flow = neural_style::still(width, height);
        const double factor = std::pow(camera.zoom, to - from), angle = camera.turn * (from - to),
                     turned = -camera.turn * to, own = std::pow(camera.zoom, to);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                float* way = flow.at(x, y);
                if (in_object(from, {double(x), double(y)})) {
                    way[0] = float(object_across * (to - from));
                    continue;
                }
                const double u = (x - width / 2.0) * factor, v = (y - height / 2.0) * factor,
                             dx = camera.across * (from - to) * own, dy = camera.down * (from - to) * own;
                way[0] = float(width / 2.0 + u * std::cos(angle) - v * std::sin(angle) +
                               dx * std::cos(turned) - dy * std::sin(turned) - x);
                way[1] = float(height / 2.0 + u * std::sin(angle) + v * std::cos(angle) +
                               dx * std::sin(turned) + dy * std::cos(turned) - y);
            }
        return flow;
    }

    /// Whether the earlier frame shows what the later one shows there.
    bool seen_before(const Flow& back, int from, int to, int x, int y) const {
        const Place there{x + double(back.at(x, y)[0]), y + double(back.at(x, y)[1])};
        return there.x >= 0 && there.x <= width - 1 && there.y >= 0 && there.y <= height - 1 &&
               in_object(from, {double(x), double(y)}) == in_object(to, there);
    }
};

} // namespace tests
