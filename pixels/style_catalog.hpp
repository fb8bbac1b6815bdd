// SPDX-License-Identifier: GPL-3.0-or-later
/// The bundled paintings listed in `data/styles/catalog.json`. Shared by the plug-in and the command line.
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

/// Numeric `Settings` by their JSON names: {"stroke-size", 150}.
using SuitedSettings = std::map<std::string, double>;

/// The settings that a catalogue may set for a painting, with their general defaults.
const SuitedSettings& suitable_settings();

/// One painting that comes with the program.
struct BundledStyle {
    std::string name;           ///< for scripts: "starry-night"
    std::filesystem::path file; ///< absolute
    std::string title;          ///< for people; if empty, the name serves
    std::string painter;        ///< may be empty
    std::string year;           ///< may be empty; "about 1910" is allowed
    SuitedSettings settings{};  ///< that suit it; all others keep their defaults
};

class StyleCatalog {
  public:
    /// Reads `folder`/catalog.json. Ignores entries without a name or with a file outside `folder`, and
    /// settings that are not suitable or out of range. Errors, translated: bad_picture if the file is missing
    /// or not a catalogue.
    static Result<StyleCatalog> read(const std::filesystem::path& folder);

    const std::vector<BundledStyle>& styles() const { return styles_; }
    /// The painting with that name. Errors, translated: invalid_request, listing the existing names.
    Result<BundledStyle> find(std::string_view name) const;
    /// The names, for a sentence: "starry-night, waves".
    std::string names() const;

  private:
    std::vector<BundledStyle> styles_;
};

/// The title for people: "The Starry Night (Vincent van Gogh, 1889)".
std::string display_title(const BundledStyle& style);

/// The settings as text: "detail 0.2, stroke-size 130"; empty: none.
std::string words_of(const SuitedSettings& settings);

/// The bundled painting of that name. Errors, translated: those of `read` and `find`.
Result<BundledStyle> bundled_style(std::string_view name, const std::filesystem::path& folder);

/// Whether such a text names a file: names of bundled paintings contain neither slash nor dot.
bool is_file_name(std::string_view style);

/// The file meant by such a text, whatever is in the working directory: either the file it names, or a
/// bundled painting from `folder`. Errors, translated: those of `bundled_style`. A missing file is noticed
/// when it is opened.
Result<std::filesystem::path> style_file(const std::string& style, const std::filesystem::path& folder);

} // namespace neural_style
