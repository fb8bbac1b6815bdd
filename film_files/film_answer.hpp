// SPDX-License-Identifier: GPL-3.0-or-later
/// What neural-style-film-files and its client say to each other.
///
/// To read, the client sends numbers of frames. The first answer is the head, after any number of `looked`;
/// then there is one answer for each number. To write, the client sends an order and the frames; there is one
/// answer. A stream that ends earlier means that the program has died.
///
///     send(STDOUT_FILENO, Message::head, text_of(head));
#pragma once

#include <neural_style/samples.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace neural_style::film_files {

/// Descriptors that the program begins with, besides the standard ones.
inline constexpr int film_descriptor = 3, ///< the film to read, or to write
    source_descriptor = 4;                ///< while writing: the film whose sound is copied

/// Precedes each answer, in the machine's byte order; `bytes` is the length of what follows.
struct MessageHead {
    std::uint32_t kind = 0;
    std::uint32_t bytes = 0;
};

enum class Message : std::uint32_t {
    looked, ///< how many frames have been found so far
    head,
    frame,   ///< rows from the top, interleaved
    written, ///< the film is whole; what was remarked
    refusal
};

/// Why a film is not read or not written. A `FilmRefusal`'s `words` complete its sentence.
enum class FilmReason {
    damaged,
    not_a_film,
    only_sound,
    a_picture,
    encrypted,
    no_decoder, ///< words: the codec
    too_large,  ///< words: width, height
    too_long,   ///< an animation of more pixels than are kept in memory
    no_memory,
    no_encoder, ///< words: the codec
    not_written ///< words: what the system says
};

struct FilmRefusal {
    FilmReason reason = FilmReason::damaged;
    std::string words = {};
};

enum class FilmNote {
    lost_frames,    ///< some cannot be decoded; words: how many
    damaged_frames, ///< some are decoded with errors; words: how many
    interlaced,
    tone_mapped,    ///< words: "PQ" or "HLG"
    untagged,       ///< the file does not say which matrix its colours need; words: the one that was taken
    other_sizes,    ///< some frames have another size; words: how many
    no_times,       ///< the file does not say when its frames are shown
    repaired_times, ///< a frame is shown before the one before it; words: how many
    rounded_to_8_bits,
    padded,       ///< by a row or a column
    left_out,     ///< a stream does not fit into the kind of file; words: its codec
    square_pixels ///< the kind of file has no others
};

struct FilmRemark {
    FilmNote note = FilmNote::lost_frames;
    std::string words = {};
};

struct Ratio {
    int numerator = 1;
    int denominator = 1;

    bool operator==(const Ratio&) const = default;
};

/// In ticks.
struct FrameTime {
    std::int64_t begin = 0;
    std::int64_t duration = 0;

    bool operator==(const FrameTime&) const = default;
};

struct FilmHead {
    std::string kind; ///< of file: "mov,mp4,m4a,3gp,3g2,mj2", "gif"
    int width = 0;    ///< upright, in pixels
    int height = 0;   ///< upright, in pixels
    int channels = 3; ///< RGB, or RGB and straight alpha
    Sample sample = Sample::u8;
    Ratio tick = {1, 1000}; ///< in seconds
    Ratio pixel = {1, 1};   ///< a pixel's width to its height
    std::int64_t start = 0; ///< when the film begins, in ticks
    std::vector<FrameTime> frames = {};
    std::vector<FilmRemark> notes = {};

    std::size_t frame_bytes() const {
        return std::size_t(width) * std::size_t(height) * std::size_t(channels) * sample_bytes(sample);
    }
};

/// A film to write. Its frames' times begin at 0.
struct FilmOrder {
    std::string kind;      ///< "mp4", "mov", "mkv", "webm", "gif", "webp" or "apng"
    bool lossless = false; ///< of mkv
    FilmHead film = {};
    bool copies = false;  ///< sound and subtitles of the source, which is at `film.start` when this begins
    std::int64_t end = 0; ///< where the source's part ends, in ticks; 0: with the source
};

std::string text_of(const FilmHead& head);
std::string text_of(const FilmOrder& order);
std::string text_of(const FilmRefusal& refusal);
std::string text_of(const std::vector<FilmRemark>& remarks);
/// Nothing if the text is malformed or its sizes are impossible.
std::optional<FilmHead> film_head_in(std::string_view text);
std::optional<FilmOrder> film_order_in(std::string_view text);
/// Malformed text means damaged, or nothing to remark.
FilmRefusal film_refusal_in(std::string_view text);
std::vector<FilmRemark> film_remarks_in(std::string_view text);

/// False if the other side has gone.
bool send_all(int descriptor, std::span<const std::byte> bytes);
bool receive_all(int descriptor, std::span<std::byte> bytes);
bool send(int descriptor, Message kind, std::span<const std::byte> bytes);
bool send(int descriptor, Message kind, std::string_view text);

} // namespace neural_style::film_files
