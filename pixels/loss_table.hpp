// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes the losses of an optimisation as a table, one line per step.
///
///     auto losses = LossTable::open("losses.tsv");
///     losses->add({.width = 512, .height = 384, .iteration = 1, .losses = update.losses});
///     auto written = losses->write();
///
/// Tab separated, with a header line: width, height, iteration, the terms' names, total. Width and height are
/// the scale's in pixels, iteration counts its steps from 1, total is the sum.
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/losses.hpp>

#include <filesystem>
#include <string>
#include <utility>

namespace neural_style {

struct StepLosses {
    int width = 0;
    int height = 0;
    int iteration = 0;
    Losses losses = {};
};

class LossTable {
  public:
    /// Checks that the file can be written; nothing is, yet. Errors, translated: not_written.
    static Result<LossTable> open(const std::filesystem::path& path);

    void add(const StepLosses& step);

    /// The whole table, instead of an old one. Errors, translated: not_written; then an old one is unchanged.
    Result<void> write() const;

  private:
    explicit LossTable(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path path_;
    std::string lines_; ///< some 100 bytes for each step
};

} // namespace neural_style
