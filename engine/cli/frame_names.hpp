// SPDX-License-Identifier: GPL-3.0-or-later
/// Names of numbered pictures, which are the frames of a film.
///
///     const auto pattern = FramePattern::in("frames/img_%04d.png");
///     pattern->name(12); // frames/img_0012.png
#pragma once

#include <neural_style/error.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style::cli {

/// As FFmpeg and printf write it: %d or %04d, once, in the file's name.
class FramePattern {
  public:
    /// Nothing if there is no number in the name.
    static std::optional<FramePattern> in(const std::filesystem::path& path);

    std::filesystem::path name(std::uint64_t number) const;
    /// The number in a file's name; nothing: it is another file.
    std::optional<std::uint64_t> number_in(const std::string& name) const;
    const std::filesystem::path& folder() const { return folder_; }

  private:
    std::filesystem::path folder_;
    std::string before_, after_;
    std::size_t digits_ = 1; ///< at least
};

/// Whether `a` comes before `b`, with runs of digits compared as numbers: img2 before img10.
bool natural_order(std::string_view a, std::string_view b);

struct FrameFiles {
    std::vector<std::filesystem::path> files; ///< at least one, in order
    std::string gap = {};                     ///< the first name that seems to be missing in a folder
};

/// The pictures of a folder, or those of a pattern from the lowest number on. Errors, translated: bad_picture
/// (none, one of the pattern is missing).
Result<FrameFiles> frame_files(const std::filesystem::path& folder_or_pattern);

} // namespace neural_style::cli
