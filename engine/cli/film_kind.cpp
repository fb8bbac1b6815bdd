// SPDX-License-Identifier: GPL-3.0-or-later
#include "film_kind.hpp"

#include "frame_names.hpp"
#include "picture_kind.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <system_error>
#include <utility>

namespace neural_style::cli {

namespace fs = std::filesystem;

std::optional<FilmKind> film_kind_of(const fs::path& output, bool lossless) {
    std::error_code ignored;
    if (output.string().ends_with('/') || fs::is_directory(output, ignored))
        return FilmKind{"frames", true};
    std::string ending = output.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    if (FramePattern::in(output))
        return kind_of_name(output) ? std::optional(FilmKind{"frames", true}) : std::nullopt;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kinds{{{".mp4", "mp4"},
                                                                                  {".m4v", "mp4"},
                                                                                  {".mov", "mov"},
                                                                                  {".mkv", "mkv"},
                                                                                  {".webm", "webm"},
                                                                                  {".gif", "gif"},
                                                                                  {".webp", "webp"},
                                                                                  {".apng", "apng"},
                                                                                  {".png", "apng"}}};
    const auto found =
        std::ranges::find(kinds, std::string_view(ending), [](const auto& kind) { return kind.first; });
    if (found == kinds.end() || (lossless && found->second != "mkv"))
        return std::nullopt;
    const bool animation = found->second == "gif" || found->second == "webp" || found->second == "apng";
    return FilmKind{std::string(found->second), animation || lossless};
}

} // namespace neural_style::cli
