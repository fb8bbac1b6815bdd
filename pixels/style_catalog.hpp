// SPDX-License-Identifier: GPL-3.0-or-later
/// The bundled paintings: what `data/styles/catalog.json` lists. Shared by the plug-in and the command line.
///
///     auto catalog = StyleCatalog::read(data / "styles");
///     if (catalog)
///         if (auto style = catalog->find("starry-night"))
///             show(style->title, style->file);
#pragma once

#include <neural_style/error.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style {

/// Numbers of `Settings` by the names that settings have as JSON: {"stroke-size", 150}.
using SuitedSettings = std::map<std::string, double>;

/// The settings that a catalogue may have for a painting, with what they are for all others.
const SuitedSettings& suitable_settings();

/// One painting that comes with the program.
struct BundledStyle {
    std::string name;           ///< for scripts: "starry-night"
    std::filesystem::path file; ///< absolute
    std::string title;          ///< for people; may be empty, then the name serves
    std::string painter;        ///< may be empty
    std::string year;           ///< may be empty; "about 1910" is allowed
    SuitedSettings settings{};  ///< that suit it; those that are not here stay as they are for all
};

class StyleCatalog {
  public:
    /// Reads `folder`/catalog.json. Entries without a name or with a file outside `folder` are left out, and
    /// so are settings that are not suitable, or out of range.
    /// Errors, translated: bad_picture when the file is missing or not a catalogue.
    static Result<StyleCatalog> read(const std::filesystem::path& folder);

    const std::vector<BundledStyle>& styles() const { return styles_; }
    /// The one with that name. Errors, translated: invalid_request, with the names there are.
    Result<BundledStyle> find(std::string_view name) const;
    /// Names for a sentence: "starry-night, waves".
    std::string names() const;

  private:
    std::vector<BundledStyle> styles_;
};

/// What people read: "The Starry Night (Vincent van Gogh, 1889)".
std::string display_title(const BundledStyle& style);

/// The same for people and scripts: "detail 0.2, stroke-size 130"; empty: none.
std::string words_of(const SuitedSettings& settings);

/// The bundled painting of that name. Errors, translated: those of `read` and `find`.
Result<BundledStyle> bundled_style(std::string_view name, const std::filesystem::path& folder);

/// Whether a text that may be either means a file: names of bundled paintings have neither slash nor dot.
bool is_file_name(std::string_view style);

/// The file that such a text means, whatever lies in the working directory: one that it names, or a bundled
/// painting of `folder`. Errors, translated: those of `bundled_style`. A file that is missing is noticed when
/// it is opened.
Result<std::filesystem::path> style_file(const std::string& style, const std::filesystem::path& folder);

} // namespace neural_style
