// SPDX-License-Identifier: GPL-3.0-or-later
/// A host without an editor: returns what it was told to, and keeps what it receives.
///
///     FakeHost host;
///     host.content_answer = whole_layer(64, 48);
///     paint_layer(host, engine, job);
///     CHECK(host.inserted.size() == 1);
#pragma once

#include "fit.hpp"
#include "glib_pointers.hpp"
#include "host.hpp"

#include <cstring>
#include <filesystem>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tests {

namespace plugin = neural_style::plugin;

/// A picture file without alpha, read by GdkPixbuf instead of an editor.
inline neural_style::Result<plugin::StylePicture> picture_in_file(const std::filesystem::path& file,
                                                                  int longest = 0) {
    int width = 0, height = 0;
    gdk_pixbuf_get_file_info(file.c_str(), &width, &height);
    const neural_style::GObjectPointer<GdkPixbuf> pixels(
        longest > 0 && std::max(width, height) > longest
            ? gdk_pixbuf_new_from_file_at_size(file.c_str(), longest, longest, nullptr)
            : gdk_pixbuf_new_from_file(file.c_str(), nullptr));
    if (!pixels)
        return neural_style::failure(neural_style::ErrorCode::bad_picture,
                                     file.filename().string() + " is no picture.");
    neural_style::Samples picture{.width = gdk_pixbuf_get_width(pixels.get()),
                                  .height = gdk_pixbuf_get_height(pixels.get())};
    const std::size_t row = std::size_t(picture.width) * 3;
    picture.bytes.resize(row * std::size_t(picture.height));
    for (int y = 0; y < picture.height; ++y)
        std::memcpy(picture.bytes.data() + std::size_t(y) * row,
                    gdk_pixbuf_read_pixels(pixels.get()) +
                        std::size_t(y) * gdk_pixbuf_get_rowstride(pixels.get()),
                    row);
    return plugin::StylePicture{
        .picture = std::move(picture), .name = file.filename().string(), .width = width, .height = height};
}

class FakeHost : public plugin::Host {
  public:
    struct Inserted {
        int width = 0;
        int height = 0;
        std::vector<float> samples;
        std::string settings;
        plugin::Output output = plugin::Output::new_layer;
    };

    plugin::Content content_answer;
    std::optional<neural_style::Error> content_error;
    std::optional<neural_style::Error> insert_error;
    std::map<int, plugin::StylePicture> layers;
    std::map<int, plugin::Mask> masks;
    std::vector<Inserted> kept; // until they are inserted
    std::vector<Inserted> inserted;
    int steps = 0;                              // of undo
    std::vector<std::pair<int, int>> snapshots; // sizes
    bool locked = false;

    neural_style::Result<plugin::Content> content(plugin::Output) override {
        if (content_error)
            return std::unexpected(*content_error);
        return content_answer;
    }
    neural_style::Result<plugin::LayerPart> part(const plugin::Area& area, int longest,
                                                 plugin::Output) override {
        if (content_error)
            return std::unexpected(*content_error);
        const auto size = plugin::fitted({area.width, area.height}, longest);
        return plugin::LayerPart{.area = area,
                                 .image = neural_style::Image(size.width, size.height),
                                 .layer_width = content_answer.layer_width,
                                 .layer_height = content_answer.layer_height};
    }
    neural_style::Result<plugin::StylePicture> style_layer(int id, int = 0) override {
        const auto found = layers.find(id);
        if (found == layers.end())
            return neural_style::failure(neural_style::ErrorCode::bad_picture, "The layer is gone.");
        return found->second;
    }
    neural_style::Result<plugin::StylePicture> style_file(const std::filesystem::path& file,
                                                          int longest = 0) override {
        return picture_in_file(file, longest);
    }
    neural_style::Result<plugin::Mask> mask(int id, const plugin::Look&) override {
        const auto found = masks.find(id);
        if (found == masks.end())
            return neural_style::failure(neural_style::ErrorCode::bad_picture, "The mask is gone.");
        return found->second;
    }
    neural_style::Result<plugin::StylePicture> picture_over(int id, const plugin::Area&,
                                                            const neural_style::Samples&) override {
        return style_layer(id);
    }
    neural_style::Result<void> allows(plugin::Output output) override {
        if (output == plugin::Output::replace && locked)
            return neural_style::failure(neural_style::ErrorCode::invalid_request, "The layer is locked.");
        return {};
    }
    neural_style::Result<void> keep_snapshot(neural_style::SamplesView snapshot) override {
        snapshots.push_back({snapshot.width(), snapshot.height()});
        return {};
    }
    neural_style::Result<void> keep_painting(const plugin::Painting& painting) override {
        std::vector<float> samples(painting.picture.pixels() * 3);
        painting.picture.read(0, samples.size(), samples.data());
        kept.push_back({painting.picture.width(), painting.picture.height(), std::move(samples),
                        painting.settings, painting.output});
        return {};
    }
    neural_style::Result<void> prepare() override { return {}; }
    neural_style::Result<void> insert() override {
        if (insert_error)
            return std::unexpected(*insert_error);
        inserted = std::move(kept);
        return {};
    }
    void discard() override {
        kept.clear();
        inserted.clear();
        snapshots.clear();
    }
    void begin_step() override { ++steps; }
    void end_step() override {}
};

/// A layer of that size with many values, all of it to be painted.
inline plugin::Content whole_layer(int width, int height,
                                   neural_style::Sample sample = neural_style::Sample::f32) {
    std::vector<float> values(std::size_t(width) * std::size_t(height) * 3);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = float(i % 256) / 255.0f;
    return {.picture = {.sample = sample,
                        .width = width,
                        .height = height,
                        .bytes = neural_style::pack(values, sample)},
            .layer_width = width,
            .layer_height = height,
            .area = {0, 0, width, height},
            .layer_tattoo = 17};
}

/// A black layer.
inline plugin::StylePicture black_layer(int width, int height, const char* name) {
    return {.picture = neural_style::packed(neural_style::Image(width, height), neural_style::Sample::u8),
            .name = name,
            .width = width,
            .height = height};
}

} // namespace tests
