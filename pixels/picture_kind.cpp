// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_kind.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace neural_style {

std::string_view name_of(PictureKind kind) {
    constexpr std::array<std::string_view, 7> names{"PNG",     "JPEG", "TIFF",   "WebP",
                                                    "JPEG XL", "AVIF", "OpenEXR"};
    return names[std::size_t(kind)];
}

std::string_view ending_of(PictureKind kind) {
    constexpr std::array<std::string_view, 7> endings{"png", "jpg", "tiff", "webp", "jxl", "avif", "exr"};
    return endings[std::size_t(kind)];
}

std::optional<PictureKind> kind_of_name(const std::filesystem::path& path) {
    std::string ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    if (ending == ".png")
        return PictureKind::png;
    if (ending == ".jpg" || ending == ".jpeg")
        return PictureKind::jpeg;
    if (ending == ".tif" || ending == ".tiff")
        return PictureKind::tiff;
    if (ending == ".webp")
        return PictureKind::webp;
    if (ending == ".jxl")
        return PictureKind::jpeg_xl;
    if (ending == ".avif")
        return PictureKind::avif;
    if (ending == ".exr")
        return PictureKind::exr;
    return std::nullopt;
}

} // namespace neural_style
