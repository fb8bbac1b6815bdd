// SPDX-License-Identifier: GPL-3.0-or-later
/// Makes a picture smaller while its rows arrive, so that nobody ever holds the large one.
///
///     Shrinking shrinking(head, shrinkage(pixels, 6'000'000)); // changes the head's size
///     const auto rows = shrinking.taken(large_rows);           // whole rows
#pragma once

#include "answer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace neural_style::reader {

/// How many times smaller the sides may become where `enough` pixels are; at least 1. 0: all are wanted.
int shrinkage(std::uint64_t pixels, std::uint64_t enough);

/// Each pixel becomes the mean of a square of them, in which each counts as much as it covers.
class Shrinking {
  public:
    Shrinking(PictureHead& head, int times);

    /// The small rows that these complete. Valid until the next call.
    std::span<const std::byte> taken(std::span<const std::byte> rows);

  private:
    template <typename Value>
    void add(const Value* row);
    template <typename Value>
    void put();
    void take_row(const std::byte* row);

    std::size_t times_, width_, small_width_, channels_, row_bytes_;
    bool alpha_;
    Sample sample_;
    int rows_left_;
    std::size_t added_ = 0;    ///< rows in the sums
    std::vector<double> sums_; ///< of each small pixel's channels, and what they weigh
    std::vector<std::byte> out_;
};

} // namespace neural_style::reader
