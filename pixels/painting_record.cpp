// SPDX-License-Identifier: GPL-3.0-or-later
#include "painting_record.hpp"

#include <utility>

namespace neural_style {

Result<PaintingRecord> PaintingRecord::open(const RecordFiles& files) {
    PaintingRecord record;
    if (!files.snapshots.empty()) {
        auto folder = SnapshotFolder::open(files.snapshots);
        if (!folder)
            return std::unexpected(folder.error());
        record.snapshots_ = std::move(*folder);
    }
    if (!files.losses.empty()) {
        auto table = LossTable::open(files.losses);
        if (!table)
            return std::unexpected(table.error());
        record.losses_ = std::move(*table);
    }
    return record;
}

void PaintingRecord::add(const StepLosses& step) {
    if (losses_)
        losses_->add(step);
}

void PaintingRecord::add(ImageView snapshot) {
    if (!snapshots_)
        return;
    if (auto written = snapshots_->add(snapshot); !written) {
        notes_.push_back(written.error().message);
        snapshots_.reset();
    }
}

std::vector<std::string> PaintingRecord::end() {
    if (losses_)
        if (auto complete = losses_->state(); !complete)
            notes_.push_back(complete.error().message);
    losses_.reset();
    return std::exchange(notes_, {});
}

} // namespace neural_style
