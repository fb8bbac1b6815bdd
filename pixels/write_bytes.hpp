// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes all bytes to an open file.
///
///     const Descriptor file(open("out.bin", O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
///     if (const int reason = file ? write_bytes(file.get(), bytes) : errno)
///         return std::strerror(reason);
#pragma once

#include <cerrno>
#include <cstddef>
#include <span>
#include <unistd.h>

namespace neural_style {

/// At the file's position. Returns 0, or errno.
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
