// SPDX-License-Identifier: GPL-3.0-or-later
/// Pictures on the wire: named by their content, cut into chunks.
///
///     NamedPicture photo({.sample = Sample::u8, .width = 640, .height = 480, .bytes = rows});
///     for (std::uint64_t offset = 0; offset < photo->bytes.size(); offset += chunk_bytes)
///         send(PictureChunk{photo.name(), chunk_at(*photo, offset)});
///
/// Chunks are little endian on every machine.
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/samples.hpp>
#include <neural_style/settings.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace neural_style::protocol {

using neural_style::Bytes;
using neural_style::mask_channels;
using neural_style::pack;
using neural_style::picture_channels;
using neural_style::Sample;
using neural_style::sample_bytes;
using neural_style::unpack;
using Picture = Samples;

/// Largest picture that either side accepts: 400 megapixels, 20000 x 20000.
inline constexpr std::uint64_t pixels_max = 400'000'000;
/// Largest piece of a picture in one frame: Cancel never waits for more than this.
inline constexpr std::size_t chunk_bytes = std::size_t(1) << 20;

/// Whether both sides are at least 1 and the area is at most `pixels_max`.
constexpr bool size_allowed(std::int64_t width, std::int64_t height) {
    return width > 0 && height > 0 && width <= INT32_MAX && height <= INT32_MAX &&
           std::uint64_t(width) * std::uint64_t(height) <= pixels_max;
}

/// Whether a pixel may have that many values.
constexpr bool channels_allowed(int channels) {
    return channels == picture_channels || channels == mask_channels;
}

/// Bytes of a whole picture of an allowed size.
constexpr std::uint64_t picture_bytes(Sample sample, int width, int height, int channels = picture_channels) {
    return std::uint64_t(width) * std::uint64_t(height) * std::uint64_t(channels) * sample_bytes(sample);
}

/// A piece of a picture. Pieces follow each other without gaps, the first has offset 0.
struct Chunk {
    Sample sample = Sample::u8;
    int width = 0;  ///< of the whole picture, in pixels
    int height = 0; ///< of the whole picture, in pixels
    int channels = picture_channels;
    std::uint64_t offset = 0; ///< of the first byte here within the whole picture
    Bytes bytes = {};         ///< at most `chunk_bytes`, at least one

    bool operator==(const Chunk&) const = default;
};

/// The piece that starts at `offset`, which must be inside the picture; `chunk_bytes` long, or the rest.
Chunk chunk_at(const Picture& picture, std::uint64_t offset);

/// 64-bit FNV-1a, fed piece by piece (Fowler, Noll, Vo; constants of RFC 9923). Identifies pictures and
/// detects damage; it does not defend against deliberate collisions.
class ContentHash {
  public:
    void add(std::span<const std::byte> bytes);
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325;
};

/// A picture's name on the wire: sample type, width x height x channels and hash,
/// "u8-640x480x3-1f0e4ac5da2b6037".
std::string picture_name(const Picture& picture);
std::string picture_name(Sample sample, int width, int height, std::uint64_t hash,
                         int channels = picture_channels);

/// What a name tells about its picture.
struct PictureDescription {
    Sample sample = Sample::u8;
    int width = 0;
    int height = 0;
    int channels = picture_channels;
    std::uint64_t hash = 0;
};

/// Parses a name; nothing if it is not one, or if the size or the channels are not allowed.
std::optional<PictureDescription> described_by(std::string_view name);

/// An immutable picture with its name: hashed once, however often it is sent.
class NamedPicture {
  public:
    explicit NamedPicture(Picture picture) : picture_(std::move(picture)), name_(picture_name(picture_)) {}

    const std::string& name() const { return name_; }
    const Picture& operator*() const { return picture_; }
    const Picture* operator->() const { return &picture_; }

  private:
    Picture picture_;
    std::string name_;
};

/// Samples of this machine to wire order and back: a no-op except on big-endian machines.
Bytes in_wire_order(Bytes bytes, Sample sample);

/// Assembles a picture from chunks. Memory grows with what has arrived, not with what was announced.
///
///     PictureAssembly painting;
///     if (auto added = painting.add(std::move(chunk)); !added)
///         return lost(added.error());
///     if (painting.complete())
///         show(painting.take());
class PictureAssembly {
  public:
    /// Errors: bad_message if the chunk does not continue the picture; the assembly is then unchanged.
    Result<void> add(const Chunk& chunk);
    bool complete() const;
    /// Of the bytes so far.
    std::uint64_t hash() const { return hash_.value(); }
    std::uint64_t bytes_arrived() const { return picture_.bytes.size(); }
    /// The picture, which must be complete. The assembly is then empty.
    Picture take();

  private:
    Picture picture_;
    ContentHash hash_;
};

} // namespace neural_style::protocol

namespace neural_style {
template <>
inline constexpr std::array<std::string_view, 3> names<protocol::Sample>{"u8", "u16", "f32"};
} // namespace neural_style
