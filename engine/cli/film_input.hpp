// SPDX-License-Identifier: GPL-3.0-or-later
/// A film to paint: from a file, or from numbered pictures.
///
///     auto film = FilmInput::open({.path = "film.mp4", .size_limit = 1280}, reader, looked);
///     auto first = film->frame(0);
#pragma once

#include "film.hpp"
#include "film_answer.hpp"
#include "reader_process.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace neural_style::cli {

struct FilmWish {
    std::filesystem::path path = {};
    std::size_t begin = 0;                                     ///< the first frame that is wanted, from 0
    std::size_t end = std::numeric_limits<std::size_t>::max(); ///< behind the last
    int size_limit = 0;                                        ///< of the longest side, in pixels; 0: none
    film_files::Ratio rate = {25, 1};                          ///< of numbered pictures, a second
};

/// A frame, and the alpha that is set aside for its painting.
struct FilmFrame {
    Samples image; ///< sRGB; hidden colours are replaced by a smooth fill
    Samples alpha; ///< empty: opaque
};

/// Where the frames come from.
class FrameSource {
  public:
    virtual ~FrameSource() = default;
    virtual Result<FilmFrame> frame(std::size_t number) = 0;
};

/// Numbers are those of the wanted frames, from 0.
class FilmInput : public Frames {
  public:
    /// Looks at the whole film once, and calls `looked` with how many frames have been found. Errors,
    /// translated: bad_picture, out_of_memory, invalid_request (no such frames).
    static Result<FilmInput> open(const FilmWish& wish, ReaderProcess& reader,
                                  const std::function<void(std::size_t)>& looked = {});

    std::size_t count() const override { return head_.frames.size(); }
    Result<Samples> frame(std::size_t number) override;
    /// Of the frame's size; empty: opaque.
    Result<Samples> alpha(std::size_t number);

    /// Of the wanted frames, as they are given here. Its notes are `notes`.
    const film_files::FilmHead& head() const { return head_; }
    /// As stored: that of masks.
    int stored_width() const { return stored_width_; }
    int stored_height() const { return stored_height_; }
    /// Sentences.
    const std::vector<std::string>& notes() const { return notes_; }
    /// Whether there may be sound beside the frames.
    bool is_file() const { return is_file_; }
    /// The number that a frame has in the whole film, from 1, or in its file's name.
    std::uint64_t number_in_film(std::size_t number) const { return first_number_ + number; }
    /// What tells this film from others: sizes and digests of its files.
    const std::string& identity() const { return identity_; }

  private:
    Result<void> load(std::size_t number);

    std::unique_ptr<FrameSource> source_;
    film_files::FilmHead head_;
    std::vector<std::string> notes_;
    std::string identity_;
    std::size_t begin_ = 0;
    std::uint64_t first_number_ = 1;
    int stored_width_ = 0, stored_height_ = 0;
    bool is_file_ = false;
    std::optional<std::size_t> loaded_;
    FilmFrame frame_;
};

} // namespace neural_style::cli
