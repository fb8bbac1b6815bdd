// SPDX-License-Identifier: GPL-3.0-or-later
/// A file's bytes in memory. Read, not mapped: a mapped file that somebody else cuts off ends the process
/// that looks at it.
///
///     auto file = FileBytes::open("vgg19.pth");
///     if (file)
///         parse(file->bytes());
#pragma once

#include "refusal.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

namespace neural_style {

class FileBytes {
  public:
    static constexpr std::uint64_t largest = std::uint64_t(2) << 30;

    /// Regular files of 1 byte to 2 GiB.
    static Accepted<FileBytes> open(const std::filesystem::path& path);
    FileBytes(FileBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    FileBytes& operator=(FileBytes&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~FileBytes();

    std::string_view bytes() const { return bytes_; }
    /// Gives back the memory of all bytes but these, which are parts of `bytes()`; the others become zeros.
    void keep_only(std::vector<std::string_view> needed);

  private:
    explicit FileBytes(std::string_view bytes) : bytes_(bytes) {}

    std::string_view bytes_;
};

} // namespace neural_style
