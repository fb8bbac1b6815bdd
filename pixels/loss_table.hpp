// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes the losses of an optimisation as a table, one line per step.
///
///     auto losses = LossTable::open("losses.tsv");
///     if (losses)
///         losses->add({.width = 512, .height = 384, .iteration = 1, .losses = update.losses});
///
/// Tab separated, with a header line: width, height, iteration, the terms' names, total. Width and height are
/// the scale's in pixels, iteration counts its steps from 1, total is the sum.
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/losses.hpp>

#include <filesystem>
#include <fstream>

namespace neural_style {

struct StepLosses {
    int width = 0;
    int height = 0;
    int iteration = 0;
    Losses losses = {};
};

class LossTable {
  public:
    /// Overwrites the file. Errors, translated: not_written.
    static Result<LossTable> open(const std::filesystem::path& path);

    /// Each line is written to the file at once, so that it can be watched. A line that cannot be written is
    /// dropped and reported by `state`.
    void add(const StepLosses& step);

    /// Errors, translated: not_written if a line is missing.
    Result<void> state() const;

  private:
    LossTable(std::filesystem::path path, std::ofstream file)
        : path_(std::move(path)), file_(std::move(file)) {}

    std::filesystem::path path_;
    std::ofstream file_;
};

} // namespace neural_style
