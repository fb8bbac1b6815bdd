// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshot_folder.hpp"

#include "new_file.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <format>
#include <png.h>
#include <string>
#include <system_error>
#include <vector>

namespace neural_style {
namespace {

namespace fs = std::filesystem;

fs::path numbered(const fs::path& folder, int number) {
    return folder / std::format("painting-{:04}.png", number);
}

/// Clamped and rounded to nearest; NaN becomes 0.
std::vector<std::uint8_t> in_8_bits(ImageView picture) {
    std::vector<std::uint8_t> bytes(picture.samples());
    std::ranges::transform(picture.span(), bytes.begin(), [](float sample) {
        return std::uint8_t((sample > 0 ? std::min(sample, 1.0f) : 0.0f) * 255 + 0.5f);
    });
    return bytes;
}

/// The bytes of a PNG file; empty if libpng fails.
std::vector<std::byte> encoded(ImageView picture) {
    const auto samples = in_8_bits(picture);
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    png.width = png_uint_32(picture.width);
    png.height = png_uint_32(picture.height);
    png.format = PNG_FORMAT_RGB;
    std::vector<std::byte> bytes(PNG_IMAGE_PNG_SIZE_MAX(png));
    png_alloc_size_t length = bytes.size();
    if (!png_image_write_to_memory(&png, bytes.data(), &length, 0, samples.data(), 0, nullptr))
        return {};
    bytes.resize(length);
    return bytes;
}

} // namespace

Result<SnapshotFolder> SnapshotFolder::open(const fs::path& folder) {
    std::error_code ignored;
    fs::create_directory(folder, ignored); // the next line reports any error
    if (auto obstacle = obstacle_to_writing(numbered(folder, 1)))
        return std::unexpected(*std::move(obstacle));
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("painting-") && name.ends_with(".png"))
            return failure(ErrorCode::not_written,
                           sentence(_("The folder {} holds snapshots already: empty it or choose another."),
                                    folder.string()));
    }
    return SnapshotFolder(folder);
}

Result<void> SnapshotFolder::add(ImageView snapshot) {
    const fs::path path = numbered(folder_, count_ + 1);
    const auto bytes = encoded(snapshot);
    if (bytes.empty())
        return failure(ErrorCode::not_written,
                       sentence(_("{} could not be encoded: use a smaller picture."), path.string()));
    auto written = write_new_file(path, bytes);
    if (written)
        ++count_;
    return written;
}

} // namespace neural_style
