// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_catalog.hpp"

#include "translation.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

namespace neural_style::cli {

Result<std::vector<BundledStyle>> bundled_styles(const std::filesystem::path& data) try {
    const auto folder = data / "styles";
    std::ifstream file(folder / "catalog.json");
    std::vector<BundledStyle> styles;
    for (const auto& entry : nlohmann::json::parse(file))
        styles.push_back({entry.at("name"), folder / entry.at("file").get<std::string>(),
                          entry.value("title", ""), entry.value("painter", ""), entry.value("year", "")});
    return styles;
} catch (const nlohmann::json::exception&) {
    return failure(
        ErrorCode::bad_picture,
        sentence(_("The list of bundled styles in {} cannot be read: set NEURAL_STYLE_DATA to the data "
                   "folder, or install the program again."),
                 (data / "styles").string()));
}

Result<std::filesystem::path> style_file(const std::string& style, const std::filesystem::path& data) {
    std::error_code ignored;
    if (std::filesystem::exists(style, ignored))
        return style;
    // A name with a folder or an ending was meant as a file, which will be missed by name when it is opened.
    if (style.find_first_of("/.") != std::string::npos)
        return style;
    const auto styles = bundled_styles(data);
    if (!styles)
        return std::unexpected(styles.error());
    std::string names;
    for (const auto& bundled : *styles) {
        if (bundled.name == style)
            return bundled.file;
        names += (names.empty() ? "" : ", ") + bundled.name;
    }
    return failure(
        ErrorCode::bad_picture,
        sentence(_("There is no picture and no bundled style named {}: give a file, or one of {}."), style,
                 names));
}

} // namespace neural_style::cli
