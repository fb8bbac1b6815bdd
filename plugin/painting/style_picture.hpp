// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads the chosen style from wherever it is.
///
///     auto style = style_picture(StyleName{"starry-night"}, data / "styles", host);
///     if (style)
///         engine.paint({.settings = settings, .content = photo, .styles = {{style->picture}}});
#pragma once

#include "host.hpp"
#include "picture.hpp"
#include "style_choice.hpp"

#include <neural_style/error.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace neural_style::plugin {

/// A style, ready to send.
struct ReadStyle {
    protocol::NamedPicture picture;
    /// For the layer's record: {"name": …}, {"file": base name, "hash": …} or {"layer": name, "hash": …}.
    /// Never an absolute path, so that a shared picture reveals nothing about its maker's disk.
    std::string record;
    std::optional<protocol::NamedPicture> alpha = {}; ///< mask of the picture's size; none: all of it is seen
};

/// `styles_folder` contains the catalogue, which is read only for a bundled style. Errors, translated:
/// invalid_request for a name that is not in the catalogue, bad_picture.
Result<ReadStyle> style_picture(const StyleChoice& choice, const std::filesystem::path& styles_folder,
                                Host& host);

} // namespace neural_style::plugin
