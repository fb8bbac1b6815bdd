// SPDX-License-Identifier: GPL-3.0-or-later
/// Pictures and masks in the coarsest sample type that holds them without loss, as in layers and on the wire.
/// An 8-bit photo takes a quarter of the memory that it takes as floats.
///
///     Samples photo{.sample = Sample::u8, .width = 640, .height = 480, .bytes = rows};
///     SamplesView view = photo;               // no copy
///     std::vector<float> row(640 * 3);
///     view.read(0, row.size(), row.data());   // the first row as floats
///
/// Samples are interleaved R'G'B' as in image.hpp; a mask has one per pixel. Native byte order, rows without
/// padding.
#pragma once

#include "neural_style/image.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

namespace neural_style {

using Bytes = std::vector<std::byte>;

/// Sample type. u8 and u16: 0..255 and 0..65535 stand for 0..1.
enum class Sample { u8, u16, f32 };

/// Values per pixel.
inline constexpr int picture_channels = 3, mask_channels = 1;

/// Bytes of one value.
constexpr std::size_t sample_bytes(Sample sample) {
    return sample == Sample::u8 ? 1 : sample == Sample::u16 ? 2 : 4;
}

/// A whole picture or mask; `bytes` holds all rows.
struct Samples {
    Sample sample = Sample::u8;
    int width = 0;                   ///< in pixels
    int height = 0;                  ///< in pixels
    int channels = picture_channels; ///< or `mask_channels`
    Bytes bytes = {};

    bool empty() const { return bytes.empty(); }
    bool operator==(const Samples&) const = default;
};

/// A value as an integer over its full range: clamped, rounded to nearest; NaN becomes 0.
template <typename Integer>
constexpr Integer rounded(float value) {
    // NaN fails both comparisons.
    const float clamped = value > 0 ? (value < 1 ? value : 1) : 0;
    return static_cast<Integer>(clamped * float(std::numeric_limits<Integer>::max()) + 0.5f);
}

/// The inverse: 0..255 or 0..65535 as 0..1; floats are unchanged.
template <typename Value>
constexpr float as_float(Value value) {
    if constexpr (std::numeric_limits<Value>::is_integer)
        return float(value) / float(std::numeric_limits<Value>::max());
    else
        return value;
}

/// Calls `visit` with a value of the sample's type.
template <typename Visit>
decltype(auto) with_sample_type(Sample sample, Visit visit) {
    if (sample == Sample::u8)
        return visit(std::uint8_t());
    if (sample == Sample::u16)
        return visit(std::uint16_t());
    return visit(float());
}

/// Floats (0..1 nominal) as samples: clamped and rounded to nearest for u8 and u16.
inline void pack(std::span<const float> floats, Sample sample, std::byte* to) {
    with_sample_type(sample, [&]<typename Value>(Value) {
        if constexpr (std::numeric_limits<Value>::is_integer)
            for (const float value : floats) {
                const auto packed = rounded<Value>(value);
                std::memcpy(to, &packed, sizeof packed);
                to += sizeof packed;
            }
        else if (!floats.empty())
            std::memcpy(to, floats.data(), floats.size_bytes());
    });
}
inline Bytes pack(std::span<const float> floats, Sample sample) {
    Bytes bytes(floats.size() * sample_bytes(sample));
    pack(floats, sample, bytes.data());
    return bytes;
}

/// The inverse for `count` samples. For u8 and u16 it inverts `pack` exactly.
inline void unpack(const std::byte* from, Sample sample, std::size_t count, float* to) {
    with_sample_type(sample, [&]<typename Value>(Value) {
        if constexpr (std::numeric_limits<Value>::is_integer)
            for (std::size_t i = 0; i < count; ++i) {
                Value value;
                std::memcpy(&value, from + i * sizeof value, sizeof value);
                to[i] = as_float(value);
            }
        else if (count > 0)
            std::memcpy(to, from, count * sizeof(float));
    });
}
/// An incomplete sample at the end is ignored.
inline std::vector<float> unpack(std::span<const std::byte> bytes, Sample sample) {
    std::vector<float> floats(bytes.size() / sample_bytes(sample));
    unpack(bytes.data(), sample, floats.size(), floats.data());
    return floats;
}

/// A picture's floats as samples.
inline Samples packed(ImageView image, Sample sample) {
    return {
        .sample = sample, .width = image.width, .height = image.height, .bytes = pack(image.span(), sample)};
}

/// Refers to samples of any type that somebody else owns and must keep alive.
class SamplesView {
  public:
    SamplesView() = default;
    SamplesView(const Samples& samples)
        : data_(samples.bytes.data()), sample_(samples.sample), width_(samples.width),
          height_(samples.height) {}
    SamplesView(ImageView image)
        : data_(reinterpret_cast<const std::byte*>(image.data)), sample_(Sample::f32), width_(image.width),
          height_(image.height) {}
    SamplesView(const Image& image) : SamplesView(ImageView(image)) {}
    /// `data` may be null if only the size matters.
    SamplesView(const float* data, int width, int height) : SamplesView(ImageView{data, width, height}) {}
    /// One value per pixel, as a single row.
    SamplesView(std::span<const float> plane)
        : data_(reinterpret_cast<const std::byte*>(plane.data())), sample_(Sample::f32),
          width_(int(plane.size())), height_(plane.empty() ? 0 : 1) {}
    SamplesView(const std::vector<float>& plane) : SamplesView(std::span(plane)) {}

    Sample sample() const { return sample_; }
    int width() const { return width_; }
    int height() const { return height_; }
    bool empty() const { return data_ == nullptr || width_ <= 0 || height_ <= 0; }
    std::size_t pixels() const { return empty() ? 0 : std::size_t(width_) * std::size_t(height_); }
    /// The size of such a picture in bytes, whether there is data or not.
    std::uint64_t picture_bytes() const {
        return std::uint64_t(width_) * std::uint64_t(height_) * picture_channels * sample_bytes(sample_);
    }

    /// The values themselves if they are floats, else null.
    const float* floats() const {
        return sample_ == Sample::f32 ? reinterpret_cast<const float*>(data_) : nullptr;
    }
    /// `count` values as floats, from index `first` on, counted over all pixels.
    void read(std::size_t first, std::size_t count, float* to) const {
        unpack(data_ + first * sample_bytes(sample_), sample_, count, to);
    }
    float at(std::size_t number) const {
        float value = 0;
        read(number, 1, &value);
        return value;
    }

  private:
    const std::byte* data_ = nullptr;
    Sample sample_ = Sample::u8;
    int width_ = 0;
    int height_ = 0;
};

/// A whole picture as floats.
inline Image unpacked(SamplesView picture) {
    Image image(picture.width(), picture.height());
    if (!picture.empty())
        picture.read(0, image.span().size(), image.data());
    return image;
}

} // namespace neural_style
