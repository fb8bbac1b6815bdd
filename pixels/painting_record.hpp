// SPDX-License-Identifier: GPL-3.0-or-later
/// Records a painting in progress: snapshots and a table of losses, if requested.
///
///     auto record = PaintingRecord::open({.snapshots = "steps", .losses = "losses.tsv"});
///     if (!record)
///         return report(record.error());
///     record->add({.width = 512, .height = 384, .iteration = 1, .losses = update.losses});
///     record->add(snapshot);
///     for (const auto& sentence : record->end())
///         tell(sentence);
#pragma once

#include "loss_table.hpp"
#include "snapshot_folder.hpp"

#include <neural_style/error.hpp>
#include <neural_style/image.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace neural_style {

struct RecordFiles {
    std::filesystem::path snapshots = {}; ///< folder; empty: none
    std::filesystem::path losses = {};    ///< table file; empty: none
};

/// Opened before the work, so that bad names are noticed early. After that no write error is a reason to lose
/// the painting. What has not ended leaves no table and no empty folder behind.
class PaintingRecord {
  public:
    /// Errors, translated: those of SnapshotFolder and LossTable.
    static Result<PaintingRecord> open(const RecordFiles& files);

    /// Does nothing without a table.
    void add(const StepLosses& step);
    /// Does nothing without snapshots. After one that could not be written they are only counted.
    void add(ImageView snapshot);

    /// Writes the table: after the painting, which it describes. Translated sentences about everything that
    /// could not be written, the snapshots too.
    std::vector<std::string> end();

  private:
    std::optional<SnapshotFolder> snapshots_;
    std::optional<LossTable> losses_;
    unsigned long missing_ = 0; ///< snapshots
    std::string why_missing_;   ///< the first of them, a sentence
};

} // namespace neural_style
