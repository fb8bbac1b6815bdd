// SPDX-License-Identifier: GPL-3.0-or-later
/// Saves the painting in progress as numbered PNG files, for a time-lapse.
///
///     auto snapshots = SnapshotFolder::open("steps");
///     if (snapshots)
///         auto written = snapshots->add(update.snapshot);      // steps/painting-0001.png
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/image.hpp>

#include <filesystem>

namespace neural_style {

class SnapshotFolder {
  public:
    /// The folder's parent must exist. Errors, translated: not_written if files cannot be created there, or
    /// if it already holds snapshots, which would mix with the new ones.
    static Result<SnapshotFolder> open(const std::filesystem::path& folder);

    /// Writes the next file, atomically: 8-bit sRGB, in the size of the snapshot. The first one makes the
    /// folder, if there is none. Errors, translated: not_written.
    Result<void> add(ImageView snapshot);

    /// The file that `add` would write.
    std::filesystem::path next() const;
    int count() const { return count_; }

  private:
    explicit SnapshotFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::filesystem::path folder_;
    int count_ = 0;
};

} // namespace neural_style
