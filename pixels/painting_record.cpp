// SPDX-License-Identifier: GPL-3.0-or-later
#include "painting_record.hpp"

#include "translation.hpp"

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
    if (missing_ == 0) {
        auto written = snapshots_->add(snapshot);
        if (written)
            return;
        why_missing_ = std::move(written.error().message);
    }
    ++missing_;
}

std::vector<std::string> PaintingRecord::end() {
    std::vector<std::string> sentences;
    if (missing_ > 0)
        sentences.push_back(sentence(
            ngettext_("{} snapshot is missing, {}. {}", "{} snapshots are missing, from {} on. {}", missing_),
            missing_, snapshots_->next().string(), why_missing_));
    if (losses_)
        if (auto written = losses_->write(); !written)
            sentences.push_back(std::move(written.error().message));
    snapshots_.reset();
    losses_.reset();
    missing_ = 0;
    return sentences;
}

} // namespace neural_style
