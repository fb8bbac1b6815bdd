// SPDX-License-Identifier: GPL-3.0-or-later
#include "shrinking.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>

namespace neural_style::reader {

int shrinkage(std::uint64_t pixels, std::uint64_t enough) {
    return enough == 0 ? 1 : std::max(1, int(std::sqrt(double(pixels) / double(enough))));
}

Shrinking::Shrinking(PictureHead& head, int times)
    : times_(std::size_t(times)), width_(std::size_t(head.width)),
      small_width_((width_ + times_ - 1) / times_), channels_(std::size_t(head.channels)),
      row_bytes_(head.row_bytes()), alpha_(head.alpha()), sample_(head.sample), rows_left_(head.height),
      sums_(small_width_ * (channels_ + 1)) {
    head.width = int(small_width_);
    head.height = (head.height + times - 1) / times;
}

template <typename Value>
void Shrinking::add(const Value* row) {
    const std::size_t colors = channels_ - (alpha_ ? 1 : 0);
    double* sums = sums_.data();
    for (std::size_t x = 0; x < width_; sums += channels_ + 1)
        for (const std::size_t end = std::min(x + times_, width_); x < end; ++x, row += channels_) {
            const double cover = alpha_ ? double(row[colors]) : 1;
            for (std::size_t c = 0; c < colors; ++c)
                sums[c] += cover * double(row[c]);
            if (alpha_)
                sums[colors] += cover;
            sums[channels_] += 1;
        }
}

template <typename Value>
void Shrinking::put() {
    const std::size_t colors = channels_ - (alpha_ ? 1 : 0), before = out_.size();
    out_.resize(before + small_width_ * channels_ * sizeof(Value));
    auto* to = reinterpret_cast<Value*>(out_.data() + before);
    const auto value = [](double mean) {
        if constexpr (std::integral<Value>)
            return Value(std::lround(mean));
        else
            return Value(mean);
    };
    for (const double* sums = sums_.data(); sums != sums_.data() + sums_.size(); sums += channels_ + 1) {
        const double cover = alpha_ ? sums[colors] : sums[channels_];
        for (std::size_t c = 0; c < colors; ++c)
            *to++ = value(cover > 0 ? sums[c] / cover : 0);
        if (alpha_)
            *to++ = value(cover / sums[channels_]);
    }
}

void Shrinking::take_row(const std::byte* row) {
    const auto with = [&]<typename Value>(Value) {
        add(reinterpret_cast<const Value*>(row));
        --rows_left_;
        if (++added_ < times_ && rows_left_ > 0)
            return;
        put<Value>();
        std::ranges::fill(sums_, 0.0);
        added_ = 0;
    };
    switch (sample_) {
    case Sample::u8:
        return with(std::uint8_t());
    case Sample::u16:
        return with(std::uint16_t());
    default:
        return with(float());
    }
}

std::span<const std::byte> Shrinking::taken(std::span<const std::byte> rows) {
    out_.clear();
    for (; rows.size() >= row_bytes_; rows = rows.subspan(row_bytes_))
        take_row(rows.data());
    return out_;
}

} // namespace neural_style::reader
