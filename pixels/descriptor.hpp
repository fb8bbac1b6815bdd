// SPDX-License-Identifier: GPL-3.0-or-later
/// An open file that is closed with its owner, and writing to one.
///
///     const Descriptor file(open("out.bin", O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
///     if (const int reason = file ? write_bytes(file.get(), bytes) : errno)
///         return std::strerror(reason);
#pragma once

#include <cerrno>
#include <cstddef>
#include <span>
#include <unistd.h>
#include <utility>

namespace neural_style {

class Descriptor {
  public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() { reset(); }

    explicit operator bool() const { return number_ >= 0; }
    int get() const { return number_; }
    void reset() {
        if (number_ >= 0)
            close(std::exchange(number_, -1));
    }

  private:
    int number_;
};

/// Writes all of them at the file's position. Returns 0, or errno.
inline int write_bytes(int file, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = write(file, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0)
            bytes = bytes.subspan(std::size_t(written));
    }
    return 0;
}

} // namespace neural_style
