// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes what the optimisation minimises as a table, one line a step.
///
///     auto losses = LossTable::open("losses.tsv");
///     if (losses)
///         losses->add({.width = 512, .height = 384, .iteration = 1, .losses = update.losses});
///
/// Tab separated, with a line of names above: width, height, iteration, the terms' names, total. Width and
/// height are those of the scale in pixels, iteration counts its steps from 1, total is the sum.
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
    /// Begins the file anew. Errors, translated: not_written.
    static Result<LossTable> open(const std::filesystem::path& path);

    /// Each line is in the file at once, so that it can be watched. What cannot be written is left out, and
    /// told by `state`.
    void add(const StepLosses& step);

    /// Errors, translated: not_written when a line is missing.
    Result<void> state() const;

  private:
    LossTable(std::filesystem::path path, std::ofstream file)
        : path_(std::move(path)), file_(std::move(file)) {}

    std::filesystem::path path_;
    std::ofstream file_;
};

} // namespace neural_style
