// SPDX-License-Identifier: GPL-3.0-or-later
/// The bundled paintings: what `data/styles/catalog.json` lists.
///
///     auto catalog = StyleCatalog::read(folder / "styles");
///     if (catalog)
///         if (const BundledStyle* style = catalog->named("starry-night"))
///             show(style->title, style->file);
#pragma once

#include <neural_style/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style::plugin {

/// One painting that comes with the program.
struct BundledStyle {
    std::string name;           ///< for scripts: "starry-night"
    std::filesystem::path file; ///< absolute
    std::string title;          ///< for people; may be empty, then the name serves
    std::string painter;        ///< may be empty
    std::string year;           ///< may be empty; "about 1910" is allowed
};

class StyleCatalog {
  public:
    /// Reads `folder`/catalog.json. Entries without a name or with a file outside `folder` are left out.
    /// Errors, translated: bad_picture when the file is missing or not a catalogue.
    static Result<StyleCatalog> read(const std::filesystem::path& folder);

    const std::vector<BundledStyle>& styles() const { return styles_; }
    /// The one with that name; nullptr when there is none.
    const BundledStyle* named(std::string_view name) const;
    /// Names for a sentence: "starry-night, waves".
    std::string names() const;

  private:
    std::vector<BundledStyle> styles_;
};

/// What people read: "The Starry Night (Vincent van Gogh, 1889)".
std::string display_title(const BundledStyle& style);

/// The data folder: the first of these that has a folder `styles`, or the last.
/// `environment` is NEURAL_STYLE_DATA and may be empty.
std::filesystem::path data_folder(const std::filesystem::path& environment,
                                  const std::filesystem::path& program_folder,
                                  const std::filesystem::path& installed);

} // namespace neural_style::plugin
