// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshot_folder.hpp"

#include "new_file.hpp"
#include "translation.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <png.h>
#include <string>
#include <system_error>
#include <vector>

namespace neural_style {
namespace {

namespace fs = std::filesystem;

fs::path numbered(const fs::path& folder, int number) {
    return folder / formatted("painting-{:04}.png", number);
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
    const fs::path named = folder.has_filename() ? folder : folder.parent_path(); // "steps/"
    const bool exists = fs::exists(named, ignored);
    if (auto obstacle = obstacle_to_writing(exists ? numbered(named, 1) : named))
        return std::unexpected(*std::move(obstacle));
    for (const auto& entry : fs::directory_iterator(named, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("painting-") && name.ends_with(".png"))
            return failure(ErrorCode::not_written,
                           sentence(_("The folder {} holds snapshots already: empty it or choose another."),
                                    folder.string()));
    }
    return SnapshotFolder(named);
}

fs::path SnapshotFolder::next() const {
    return numbered(folder_, count_ + 1);
}

Result<void> SnapshotFolder::add(ImageView snapshot) {
    const fs::path path = next();
    const auto bytes = encoded(snapshot);
    if (bytes.empty())
        return failure(ErrorCode::not_written,
                       sentence(_("{} could not be encoded: use a smaller picture."), path.string()));
    std::error_code ignored; // the next line reports any error
    const bool made = count_ == 0 && fs::create_directory(folder_, ignored);
    auto written = write_new_file(path, bytes);
    if (written)
        ++count_;
    else if (made)
        fs::remove(folder_, ignored);
    return written;
}

} // namespace neural_style
