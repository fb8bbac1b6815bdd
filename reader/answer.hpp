// SPDX-License-Identifier: GPL-3.0-or-later
/// The reader's answer to a client that asked for a picture.
///
/// The client sends the file and a pipe and receives frames: the head, its profiles, the rows from the top,
/// then an end or a refusal. A stream without either means that the decoder has died.
///
///     Answer answer(descriptor);
///     answer.begin(head);
///     answer.rows(strip, bytes);
///     answer.end();
#pragma once

#include <neural_style/samples.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style::reader {

enum class Wish : std::uint32_t { head, picture, picture_with_metadata };

/// What is sent with the descriptors of file and pipe, in the machine's byte order.
struct Ask {
    Wish wish = Wish::head;
    /// Of a picture. Larger ones are made smaller while they are read, but not below that; 0: they are not.
    std::uint64_t enough_pixels = 0;
};

/// Precedes each frame, in the machine's byte order; `bytes` is the length of what follows.
struct FrameHead {
    std::uint32_t kind = 0;
    std::uint32_t bytes = 0;
};

/// `decoded` follows the last row; what comes after it are metadata.
enum class Frame : std::uint32_t {
    head,
    space,
    profile,
    rows,
    end,
    refusal,
    decoded,
    exif,
    xmp,
    iptc,
    comment
};

/// The longest accepted frame.
inline constexpr std::uint32_t longest_frame = 64 << 20;

/// In pixels. Larger pictures are refused before memory is allocated: 300 megapixels are 3.6 GB as engine
/// pixels.
inline constexpr std::uint64_t largest_picture = 300'000'000;

/// Why a picture is not read. A `Refusal`'s `words` complete its sentence.
enum class Reason {
    damaged, ///< words: the percentage of rows decoded before
    unknown_kind,
    camera_raw,
    film,
    too_large, ///< words: width, height
    no_memory,
    no_channels,    ///< an OpenEXR with neither colours nor luminance; words: its channels
    several_layers, ///< an OpenEXR with several layers and no main picture; words: their names
    deep,           ///< an OpenEXR of deep data
    complex_numbers
};

struct Refusal {
    Reason reason = Reason::damaged;
    std::string words = {};
};

/// What was read in a way that the file may not mean.
enum class Note {
    first_of_several, ///< words: the number of pictures in the file
    profile_ignored,  ///< a broken ICC profile
    not_alpha,        ///< an extra channel that is not alpha was left out
    layer_taken,      ///< words: the layer of an OpenEXR
    tone_mapped,      ///< words: "PQ" or "HLG"
    naive_cmyk,       ///< CMYK without a profile
    metadata_lost,    ///< they could not be read
    oblong_pixels     ///< not as wide as high; words: how much wider
};

/// Primaries, transfer, matrix and range, by the numbers of ITU-T H.273: a PNG's cICP.
using ColorCode = std::array<std::uint8_t, 4>;

struct Remark {
    Note note = Note::first_of_several;
    std::string words = {};
};

/// What a file tells beside its picture, each as Exiv2 writes it; may be empty.
struct Metadata {
    std::vector<std::byte> exif = {}; ///< as a file of its own
    std::string xmp = {};
    std::vector<std::byte> iptc = {};
    std::string comment = {};
};

/// What the rows are.
struct PictureHead {
    std::string kind; ///< "PNG", "JPEG"...
    int width = 0;    ///< upright, in pixels
    int height = 0;   ///< upright, in pixels
    int channels = 3; ///< grey, grey and alpha, RGB, RGB and straight alpha
    Sample sample = Sample::u8;
    bool linear = false; ///< values are proportional to light
    /// A minimal ICC profile of the values, made from what the file says; empty: sRGB.
    std::vector<std::byte> space = {};
    /// The file's ICC profile, unchanged; empty if it has none or the values were converted.
    std::vector<std::byte> profile = {};
    std::optional<ColorCode> color_code = std::nullopt; ///< of a PNG that has one
    std::vector<Remark> notes = {};
    Metadata metadata = {}; ///< if they were asked for
    // For people only:
    std::string stored = {}; ///< how the file stores them: "RGB, 8 bits"
    std::string color = {};  ///< the name of the profile or space: "sRGB"
    int orientation = 1;     ///< EXIF, already applied
    int pages = 1;
    double dots_per_inch = 0; ///< 0: the file does not say
    int left = 0;             ///< of the display window of an OpenEXR
    int top = 0;              ///< of the display window of an OpenEXR
    double pixel_aspect = 1;  ///< a pixel's width in units of its height, of an OpenEXR

    bool alpha() const { return channels == 2 || channels == 4; }
    std::size_t row_bytes() const {
        return std::size_t(width) * std::size_t(channels) * sample_bytes(sample);
    }
};

/// The text of a `head` frame, without `space`, `profile` and `metadata`.
std::string text_of(const PictureHead& head);
/// Nothing if the text is malformed or its sizes are impossible.
std::optional<PictureHead> head_in(std::string_view text);

class Shrinking;

class Answer {
  public:
    /// `enough_pixels` as in `Ask`.
    explicit Answer(int descriptor, std::uint64_t enough_pixels = 0);
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    ~Answer();

    std::uint64_t enough_pixels() const { return enough_pixels_; }
    void begin(PictureHead head);
    /// Whole rows, as large as in the head that it began with.
    void rows(std::span<const std::byte> bytes);
    /// After the last row, if more follows.
    void decoded();
    void metadata(const Metadata& metadata);
    void end();
    void refuse(const Refusal& refusal);

  private:
    void send(Frame frame, std::span<const std::byte> bytes);

    int descriptor_;
    std::uint64_t enough_pixels_;
    std::unique_ptr<Shrinking> shrinking_;
};

/// Parses a `refusal` frame; malformed text means damaged.
Refusal refusal_in(std::string_view text);

} // namespace neural_style::reader
