// SPDX-License-Identifier: GPL-3.0-or-later
/// Decoded frames as upright sRGB samples.
///
/// The matrix and range of Y'CbCr are those that the frame is tagged with. Untagged frames are taken for
/// BT.709 from 1280 columns or 577 rows on, else for BT.601, and for limited range, as players do. PQ and HLG
/// are tone-mapped, primaries wider than BT.709 are converted.
///
///     FramePixels pixels(first_frame, matrix);
///     const auto rows = pixels.of(frame);
#pragma once

#include "high_range.hpp"
#include "libav.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace neural_style::film_files {

/// How a stored frame is turned: the signs and places of FFmpeg's display matrix. Where a stored pixel (x, y)
/// is shown: (right of x, right of y) and (down of x, down of y).
struct Turn {
    int right_x = 1, right_y = 0, down_x = 0, down_y = 1;

    bool swaps() const { return right_x == 0; }
    bool none() const { return right_x == 1 && down_y == 1; }
    /// Of a matrix as FFmpeg has it; other turns than by quarters and mirrored ones are none.
    static Turn of(const std::int32_t* matrix);
};

class FramePixels {
  public:
    /// All frames become as large as the first.
    FramePixels(const AVFrame& first, Turn turn);

    int width() const { return turn_.swaps() ? height_ : width_; }
    int height() const { return turn_.swaps() ? width_ : height_; }
    int channels() const { return channels_; }
    Sample sample() const { return sample_; }
    /// Valid until the next call. Throws std::bad_alloc.
    std::span<const std::byte> of(const AVFrame& frame);

    /// What is remarkable about the colours of a frame.
    static std::vector<FilmRemark> remarks(const AVFrame& frame);

  private:
    void set_up(const AVFrame& frame);

    Turn turn_;
    int width_, height_; ///< as stored
    int channels_;
    Sample sample_;
    Scaler scaler_;
    std::array<int, 5> scaled_from_{}; ///< what the scaler was made for
    std::optional<reader::ToneMap> tones_;
    std::vector<std::byte> stored_, turned_;
};

} // namespace neural_style::film_files
