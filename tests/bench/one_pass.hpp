// SPDX-License-Identifier: GPL-3.0-or-later
/// One-pass paintings with the networks loaded and the style known, as in a dialog.
///
///     OnePassPaintings paintings({.feature_network = encoder, .decoder = decoder});
///     paintings.seconds(photo, style, "");        // Instant
///     paintings.seconds(photo, style, "waves");   // a trained style
#pragma once

#include <neural_style/engine.hpp>

#include <string>

namespace bench {

class OnePassPaintings {
  public:
    explicit OnePassPaintings(const neural_style::OpenOptions& options);

    /// From pixels to pixels; `trained_style` as in the settings, empty: any style.
    double seconds(neural_style::ImageView photo, neural_style::ImageView style, const std::string& trained_style);

  private:
    neural_style::Engine engine_;
};

} // namespace bench
