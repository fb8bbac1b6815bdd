// SPDX-License-Identifier: GPL-3.0-or-later
#include "loss_table.hpp"

#include "new_file.hpp"
#include "translation.hpp"

#include <format>

namespace neural_style {

Result<LossTable> LossTable::open(const std::filesystem::path& path) {
    if (auto obstacle = obstacle_to_writing(path))
        return std::unexpected(*std::move(obstacle));
    LossTable table(path, std::ofstream(path, std::ios::trunc));
    table.file_ << "width\theight\titeration";
    for (const auto name : names<LossTerm>)
        table.file_ << '\t' << name;
    table.file_ << "\ttotal\n" << std::flush;
    if (auto begun = table.state(); !begun)
        return std::unexpected(begun.error());
    return table;
}

void LossTable::add(const StepLosses& step) {
    file_ << std::format("{}\t{}\t{}", step.width, step.height, step.iteration);
    for (const auto& term : step.losses.terms)
        file_ << std::format("\t{:.9g}", term.value);
    file_ << std::format("\t{:.9g}\n", step.losses.total()) << std::flush;
}

Result<void> LossTable::state() const {
    if (file_)
        return {};
    return failure(ErrorCode::not_written,
                   sentence(_("The table of losses {} is not complete: choose a folder that is yours and has "
                              "room."),
                            path_.string()));
}

} // namespace neural_style
