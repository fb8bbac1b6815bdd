// SPDX-License-Identifier: GPL-3.0-or-later
#include "source.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

namespace neural_style::reader {

Source::Source(int descriptor) : descriptor_(descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) == 0)
        size_ = std::uint64_t(std::max<off_t>(status.st_size, 0));
}

std::string Source::bytes(std::uint64_t at, std::size_t count) const {
    if (at >= size_)
        return {};
    std::string bytes(std::min<std::uint64_t>(count, size_ - at), '\0');
    std::size_t read = 0;
    while (read < bytes.size()) {
        const ssize_t more = pread(descriptor_, bytes.data() + read, bytes.size() - read, off_t(at + read));
        if (more <= 0)
            break;
        read += std::size_t(more);
    }
    bytes.resize(read);
    return bytes;
}

} // namespace neural_style::reader
