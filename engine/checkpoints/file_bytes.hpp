// SPDX-License-Identifier: GPL-3.0-or-later
/// A file's bytes. Read, not mapped: a mapped file that somebody else cuts off ends the process that looks at
/// it.
///
///     auto file = FileBytes::open("vgg19.pth");
///     if (file && file->load(file->all()))
///         parse(file->all());
#pragma once

#include "byte_source.hpp"

#include <neural_style/descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace neural_style {

class FileBytes final : public ByteSource {
  public:
    static constexpr std::uint64_t largest = std::uint64_t(2) << 30;

    /// Regular files of 1 byte to 2 GiB; loads nothing.
    static Accepted<FileBytes> open(const std::filesystem::path& path);
    FileBytes(FileBytes&& other) noexcept
        : ByteSource(std::exchange(other.all_, {})), file_(std::move(other.file_)), opened_(other.opened_),
          loaded_(std::move(other.loaded_)) {}
    FileBytes& operator=(FileBytes&&) = delete;
    ~FileBytes() override;

    /// Refuses what cannot be read, and a file whose size or time has changed since it was opened.
    Accepted<void> load(std::string_view part) const override;
    void release(std::string_view part) const override;
    /// 64 hexadecimal digits. Reads the file piece by piece, and loads nothing.
    Accepted<std::string> sha256() const;

  private:
    FileBytes(std::string_view all, Descriptor file, const struct stat& opened);
    Accepted<void> read(std::uint64_t begin, std::uint64_t end) const;
    Accepted<void> unchanged() const;

    Descriptor file_;
    struct stat opened_;
    mutable std::vector<bool> loaded_; ///< for each page
};

} // namespace neural_style
