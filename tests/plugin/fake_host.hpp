// SPDX-License-Identifier: GPL-3.0-or-later
/// A host without an editor: gives what it was told to give, and keeps what it was handed.
///
///     FakeHost host;
///     host.content_answer = Content{.image = Image(64, 48), .area = {0, 0, 64, 48}};
///     paint_layer(host, engine, job);
///     CHECK(host.inserted.size() == 1);
#pragma once

#include "host.hpp"

#include <map>
#include <optional>
#include <vector>

namespace tests {

namespace plugin = neural_style::plugin;

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

    neural_style::Result<plugin::Content> content() override {
        if (content_error)
            return std::unexpected(*content_error);
        return content_answer;
    }
    neural_style::Result<plugin::StylePicture> style_layer(int id) override {
        const auto found = layers.find(id);
        if (found == layers.end())
            return neural_style::failure(neural_style::ErrorCode::bad_picture, "The layer is gone.");
        return found->second;
    }
    neural_style::Result<plugin::Mask> mask(int id) override {
        const auto found = masks.find(id);
        if (found == masks.end())
            return neural_style::failure(neural_style::ErrorCode::bad_picture, "The mask is gone.");
        return found->second;
    }
    neural_style::Result<plugin::StylePicture> picture_over(int id, const plugin::Content&) override {
        return style_layer(id);
    }
    neural_style::Result<void> allows(plugin::Output output) override {
        if (output == plugin::Output::replace && locked)
            return neural_style::failure(neural_style::ErrorCode::invalid_request, "The layer is locked.");
        return {};
    }
    neural_style::Result<void> keep_snapshot(neural_style::ImageView snapshot) override {
        snapshots.push_back({snapshot.width, snapshot.height});
        return {};
    }
    neural_style::Result<void> keep_painting(const plugin::Painting& painting) override {
        const auto samples = painting.image.span();
        kept.push_back({painting.image.width, painting.image.height,
                        std::vector<float>(samples.begin(), samples.end()), painting.settings,
                        painting.output});
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

/// A layer of that size, all of it to be painted, with a different value in every sample.
inline plugin::Content whole_layer(int width, int height,
                                   neural_style::SampleDepth depth = neural_style::SampleDepth::f32) {
    plugin::Content content{.image = neural_style::Image(width, height),
                            .depth = depth,
                            .layer_width = width,
                            .layer_height = height,
                            .area = {0, 0, width, height},
                            .layer_tattoo = 17};
    auto samples = content.image.span();
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = float(i % 256) / 255.0f;
    return content;
}

} // namespace tests
