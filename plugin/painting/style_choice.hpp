// SPDX-License-Identifier: GPL-3.0-or-later
/// The picture used as style: a bundled painting, a picture file, or a layer of an open image.
///
///     StyleChoice choice = StyleFile{"/home/me/my-painting.png"};
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

namespace neural_style::plugin {

struct StyleName {
    std::string name; ///< in the catalogue
    bool operator==(const StyleName&) const = default;
};
struct StyleFile {
    std::filesystem::path path;
    bool operator==(const StyleFile&) const = default;
};
struct StyleLayer {
    int id = 0; ///< the editor's id of the layer, valid while its image is open
    bool operator==(const StyleLayer&) const = default;
};

using StyleChoice = std::variant<StyleName, StyleFile, StyleLayer>;

/// A style with its share of the painting and its region.
struct StyleSlot {
    StyleChoice picture;
    double share = 1;
    std::optional<int> region = {};
    bool operator==(const StyleSlot&) const = default;
};

} // namespace neural_style::plugin
