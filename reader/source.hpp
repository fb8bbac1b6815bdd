// SPDX-License-Identifier: GPL-3.0-or-later
/// An open file with random access to its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace neural_style::reader {

class Source {
  public:
    /// Borrows a seekable descriptor.
    explicit Source(int descriptor);

    int descriptor() const { return descriptor_; }
    std::uint64_t size() const { return size_; }
    /// At most `count` bytes; fewer at the end of the file.
    std::string bytes(std::uint64_t at, std::size_t count) const;
    /// For libraries that need a name.
    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  private:
    int descriptor_;
    std::uint64_t size_ = 0;
};

} // namespace neural_style::reader
