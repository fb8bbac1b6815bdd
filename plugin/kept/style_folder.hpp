// SPDX-License-Identifier: GPL-3.0-or-later
/// The user's own paintings: a folder of picture files, and a list of recently used ones.
///
///     StyleFolder mine(user_folder, openable_endings());
///     mine.add("/home/me/holiday/mural.jpg");
///     for (const auto& file : mine.files())
///         show(file);
#pragma once

#include <neural_style/error.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace neural_style::plugin {

class StyleFolder {
  public:
    /// `folder` is ours, within the user's; it need not exist. `endings` are those of pictures, in small
    /// letters, as "png" or "xcf.gz"; empty: any file may be a picture.
    StyleFolder(std::filesystem::path folder, std::vector<std::string> endings)
        : folder_(std::move(folder)), endings_(std::move(endings)) {}

    /// Files with a picture's ending, sorted by name, at most `files_max`. Their content is not checked.
    std::vector<std::filesystem::path> files() const;
    /// Copies the file unless one of the same name and content exists. Returns the copy. Errors, translated:
    /// not_written.
    Result<std::filesystem::path> add(const std::filesystem::path& file) const;
    bool holds(const std::filesystem::path& file) const;
    const std::vector<std::string>& endings() const { return endings_; }

    /// Most recent first; deleted ones are left out.
    std::vector<std::filesystem::path> recent() const;
    /// Failure to write the list is ignored.
    void note(const std::filesystem::path& file) const;

    /// A file with that base name, here or among the recent ones; empty: none.
    std::filesystem::path find(const std::string& base_name) const;

    static constexpr std::size_t files_max = 1000;
    static constexpr std::size_t recent_max = 12;

  private:
    std::filesystem::path pictures() const { return folder_ / "styles"; }
    std::filesystem::path list() const { return folder_ / "recent-styles"; }

    bool is_picture(const std::filesystem::path& file) const;

    std::filesystem::path folder_;
    std::vector<std::string> endings_;
};

} // namespace neural_style::plugin
