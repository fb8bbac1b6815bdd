// SPDX-License-Identifier: GPL-3.0-or-later
#include "loss_table.hpp"

#include "new_file.hpp"

#include <neural_style/formatted.hpp>

#include <span>

namespace neural_style {

Result<LossTable> LossTable::open(const std::filesystem::path& path) {
    if (auto obstacle = obstacle_to_writing(path))
        return std::unexpected(*std::move(obstacle));
    LossTable table(path);
    table.lines_ = "width\theight\titeration";
    for (const auto name : names<LossTerm>)
        (table.lines_ += '\t') += name;
    table.lines_ += "\ttotal\n";
    return table;
}

void LossTable::add(const StepLosses& step) {
    lines_ += formatted("{}\t{}\t{}", step.width, step.height, step.iteration);
    for (const auto& term : step.losses.terms)
        lines_ += formatted("\t{:.9g}", term.value);
    lines_ += formatted("\t{:.9g}\n", step.losses.total());
}

Result<void> LossTable::write() const {
    return write_new_file(path_, std::as_bytes(std::span(lines_)));
}

} // namespace neural_style
