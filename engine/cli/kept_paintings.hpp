// SPDX-License-Identifier: GPL-3.0-or-later
/// The paintings of a film's frames, as PNG files in a folder beside the film, so that a film goes on where
/// it was stopped, and so that several computers can paint parts of it.
///
///     auto kept = KeptPaintings::open({.folder = "painted.mp4.frames", .record = record}, reader);
///     if (!kept->has(12, 0))
///         kept->keep(12, 0, painting);
#pragma once

#include "film.hpp"
#include "reader_process.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <utility>

namespace neural_style::cli {

struct KeptWish {
    std::filesystem::path folder;
    std::string record;             ///< what film and settings they belong to
    bool again = false;             ///< what is there is of no use
    Sample sample = Sample::u8;     ///< of the files
    std::uint64_t first_number = 1; ///< of frame 0, in names
};

class KeptPaintings : public Paintings {
  public:
    /// Where those of a film are kept.
    static std::filesystem::path folder_of(const std::filesystem::path& film);
    /// Makes the folder. Errors, translated: not_written (also: it is of another film or other settings).
    static Result<KeptPaintings> open(const KeptWish& wish, ReaderProcess& reader);

    bool has(std::size_t number, int pass) const override;
    Result<Image> painting(std::size_t number, int pass) override;
    /// As it lies in the file.
    Result<Samples> samples(std::size_t number, int pass);
    Result<void> keep(std::size_t number, int pass, const Image& painting) override;

    const std::filesystem::path& folder() const { return wish_.folder; }
    /// Removes the files and the folder.
    void remove() const;

  private:
    explicit KeptPaintings(const KeptWish& wish, ReaderProcess& reader) : wish_(wish), reader_(&reader) {}

    std::filesystem::path file(std::size_t number, int pass) const;

    KeptWish wish_;
    ReaderProcess* reader_;
    /// The last ones: they are asked for again soon.
    std::deque<std::pair<std::filesystem::path, Samples>> recent_;
};

} // namespace neural_style::cli
