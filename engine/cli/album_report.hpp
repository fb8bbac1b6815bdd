// SPDX-License-Identifier: GPL-3.0-or-later
/// What is told of an album: each photo when its turn comes, and a table at the end.
///
///     AlbumReport report(Talk::people, files);
///     report.begin(2); // 3 of 120, boats.jpg
///     report.count_written();
///     report.painted(2, {.width = 640, .height = 480, .seconds = 0.4});
///     return report.end("cpu");
#pragma once

#include "album_files.hpp"
#include "exit_status.hpp"

#include <neural_style/error.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace neural_style::cli {

struct PaintedFile {
    int width = 0;  ///< in pixels
    int height = 0; ///< in pixels
    double seconds = 0;
    std::vector<std::string> notes = {}; ///< sentences
};

/// Table and totals go to standard output, the rest to standard error; JSON to standard output. Files are
/// named by their places among all, from 0. Each may have another thread.
class AlbumReport {
  public:
    /// `files` must stay alive.
    AlbumReport(Talk talk, std::span<const AlbumFile> files)
        : talk_(talk), files_(files), rows_(files.size()) {}

    /// The photo's turn has come.
    void begin(std::size_t file) const;
    void skipped(std::size_t file);
    void failed(std::size_t file, const Error& error);
    void painted(std::size_t file, const PaintedFile& painted);
    /// On whichever thread: a painting more is whole on the disk.
    void count_written() { ++written_; }

    /// Prints table and totals. Returns whether all went well.
    ExitStatus end(const std::string& device) const;
    /// Instead of `end`, on whichever thread: says how many are done.
    ExitStatus stopped() const;

  private:
    struct Row {
        std::array<std::string, 3> cells; ///< photo, pixels, seconds
        std::string remark = {};
    };

    Talk talk_;
    std::span<const AlbumFile> files_;
    std::vector<Row> rows_;
    std::atomic<std::size_t> written_ = 0, skipped_ = 0, failed_ = 0;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace neural_style::cli
