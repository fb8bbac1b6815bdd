// SPDX-License-Identifier: GPL-3.0-or-later
/// The user's own paintings: a folder of picture files, and a list of those used last.
///
///     StyleFolder mine(user_folder);
///     mine.add("/home/me/holiday/mural.jpg");
///     for (const auto& file : mine.files())
///         show(file);
#pragma once

#include <neural_style/error.hpp>

#include <filesystem>
#include <vector>

namespace neural_style::plugin {

class StyleFolder {
  public:
    /// `folder` is ours within the user's; nothing needs to be there yet.
    explicit StyleFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Files with the ending of a picture, sorted by name, at most `files_max`. What is in them is not looked
    /// at.
    std::vector<std::filesystem::path> files() const;
    /// Copies the file; one of the same name and content is not copied again. Answers with the copy. Errors,
    /// translated: not_written.
    Result<std::filesystem::path> add(const std::filesystem::path& file) const;
    bool holds(const std::filesystem::path& file) const;

    /// The last first; those that are gone are left out.
    std::vector<std::filesystem::path> recent() const;
    /// A list that cannot be written is no reason to complain.
    void note(const std::filesystem::path& file) const;

    /// A file with that base name, here or used lately; empty: there is none.
    std::filesystem::path find(const std::string& base_name) const;

    static constexpr std::size_t files_max = 1000;
    static constexpr std::size_t recent_max = 12;

  private:
    std::filesystem::path pictures() const { return folder_ / "styles"; }
    std::filesystem::path list() const { return folder_ / "recent-styles"; }

    std::filesystem::path folder_;
};

} // namespace neural_style::plugin
