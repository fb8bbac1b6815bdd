// SPDX-License-Identifier: GPL-3.0-or-later
/// The part of a file that has been downloaded so far, beside the place where the whole file will be.
///
///     auto part = PartialFile::open("vgg19-dcbb9e9d.pth", url);    // vgg19-dcbb9e9d.pth.part
///     part->begin(etag);
///     part->append(bytes);
///     part->become_whole();
#pragma once

#include <neural_style/descriptor.hpp>
#include <neural_style/error.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

namespace neural_style::cli {

class PartialFile {
  public:
    /// Makes the folder, too. A part that came from elsewhere counts as none. Errors, translated: not_written
    /// (also if another process is writing it).
    static Result<PartialFile> open(const std::filesystem::path& whole, const std::string& url);

    /// Bytes so far.
    std::uint64_t size() const { return size_; }
    /// What the source calls this state of its file, an ETag or a date; empty: nothing can go on from here.
    const std::string& state() const { return state_; }
    const std::filesystem::path& path() const { return part_; }

    /// Empties it, to be filled with the file in that state.
    Result<void> begin(const std::string& state);
    Result<void> append(std::span<const std::byte> bytes);
    Result<void> become_whole();
    void remove();

  private:
    PartialFile(std::filesystem::path whole, Descriptor file);

    std::unexpected<Error> not_written(int reason) const;

    std::filesystem::path whole_, part_, note_;
    std::string url_, state_;
    Descriptor file_; ///< locked
    std::uint64_t size_ = 0;
};

} // namespace neural_style::cli
