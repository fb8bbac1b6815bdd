// SPDX-License-Identifier: GPL-3.0-or-later
/// A file's bytes, mapped into memory: only what is looked at is read.
///
///     auto file = MappedFile::open("vgg19.pth");
///     if (file)
///         parse(file->bytes());
#pragma once

#include "refusal.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

namespace neural_style {

class MappedFile {
  public:
    static constexpr std::uint64_t largest = std::uint64_t(4) << 30;

    /// Regular files of 1 byte to 4 GiB.
    static Accepted<MappedFile> open(const std::filesystem::path& path);
    MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    MappedFile& operator=(MappedFile&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~MappedFile();

    std::string_view bytes() const { return bytes_; }
    /// Gives back the memory that these bytes took since they were looked at; they can be looked at again.
    static void forget(std::string_view bytes);

  private:
    explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}

    std::string_view bytes_;
};

} // namespace neural_style
