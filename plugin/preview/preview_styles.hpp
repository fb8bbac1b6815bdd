// SPDX-License-Identifier: GPL-3.0-or-later
/// Small copies of a preview's styles, each read once, and again if its file or layer changes.
///
///     PreviewStyles styles(styles_folder, reader, small_layer, [&] { preview.arrived(); });
///     if (const auto style = styles.style(StyleName{"waves"}); style && *style)
///         order.styles.push_back({(*style)->picture});
#pragma once

#include "lifetime.hpp"
#include "live_preview.hpp"
#include "picture_reader.hpp"
#include "style_choice.hpp"

#include <neural_style/error.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace neural_style::plugin {

class PreviewStyles {
  public:
    struct Style {
        SharedPicture picture;
        int width = 0; ///< of the whole picture
        int height = 0;
        SharedPicture alpha = {}; ///< null: all of it is seen
    };
    /// Reads a layer with at most that many pixels on a side. Errors, translated.
    using ReadLayer = std::function<Result<Style>(int id, int longest)>;

    /// `styles_folder` contains the catalogue. `reader` must outlive it. `arrived` is called when a missing
    /// file has been read.
    PreviewStyles(std::filesystem::path styles_folder, PictureReader& reader, ReadLayer read_layer,
                  std::function<void()> arrived);

    /// Null: its file is still being read. A failure is reported once, and the file is read again the next
    /// time. Errors, translated: those of `bundled_style`, `PictureReader` and `ReadLayer`.
    Result<const Style*> style(const StyleChoice& choice);
    /// Layers may have changed, so they are read again the next time.
    void forget_layers();

  private:
    /// A file's modification time and size.
    using Stamp = std::pair<std::filesystem::file_time_type, std::uintmax_t>;
    struct Read {
        Result<Style> style;
        Stamp stamp = {}; // of a file
    };
    static Stamp stamp_of(const std::filesystem::path& path);
    Result<const Style*> file(const std::filesystem::path& path);

    std::filesystem::path styles_folder_;
    PictureReader& reader_;
    ReadLayer read_layer_;
    std::function<void()> arrived_;
    std::map<std::string, Read> read_; // by path
    std::map<int, Style> layers_;      // by id
    std::set<std::string> under_way_;
    Lifetime lifetime_;
};

} // namespace neural_style::plugin
