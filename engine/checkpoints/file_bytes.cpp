// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_bytes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <format>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace neural_style {

namespace {

// Whole pages between two places; those are memory of its own, not of the file.
void give_back(const char* from, const char* to) {
    const auto page = std::uintptr_t(sysconf(_SC_PAGESIZE));
    const auto begin = (reinterpret_cast<std::uintptr_t>(from) + page - 1) / page * page;
    const auto end = reinterpret_cast<std::uintptr_t>(to) / page * page;
    if (begin < end)
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

// Returns how many bytes there were; less than `size` if the file ended before.
std::uint64_t read_all(int descriptor, char* to, std::uint64_t size) {
    std::uint64_t done = 0;
    while (done < size) {
        const ssize_t length = read(descriptor, to + done, size - done);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            break;
        done += std::uint64_t(length);
    }
    return done;
}

} // namespace

Accepted<FileBytes> FileBytes::open(const std::filesystem::path& path) {
    constexpr const char* check_name = "Check its name and whether you may read it.";
    // A FIFO would otherwise be waited for.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return refused(std::format("it cannot be opened ({})", std::strerror(errno)), check_name);
    struct stat status {};
    const bool regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    const auto size = std::uint64_t(status.st_size);
    void* const memory = regular && size > 0 && size <= largest
                             ? mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                             : MAP_FAILED;
    int error = errno;
    std::uint64_t arrived = 0;
    if (memory != MAP_FAILED) {
        madvise(memory, size,
                MADV_HUGEPAGE); // fewer faults; a kernel without them refuses, which is no matter
        errno = 0;
        arrived = read_all(descriptor, static_cast<char*>(memory), size);
        error = errno;
    }
    close(descriptor);
    if (!regular)
        return refused("it is no regular file", check_name);
    if (size == 0)
        return refused("it is empty");
    if (size > largest)
        return refused("it is larger than 2 GiB", save_the_weights);
    if (memory == MAP_FAILED)
        return refused(std::format("it cannot be read ({})", std::strerror(error)), check_name);
    FileBytes file(std::string_view(static_cast<const char*>(memory), size));
    if (arrived < size && error != 0)
        return refused(std::format("it cannot be read ({})", std::strerror(error)), check_name);
    if (arrived < size)
        return refused("it became shorter while it was read", "Wait until it is complete, and try again.");
    return file;
}

FileBytes::~FileBytes() {
    if (!bytes_.empty())
        munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

void FileBytes::keep_only(std::vector<std::string_view> needed) {
    std::ranges::sort(needed, {}, [](std::string_view part) { return part.data(); });
    const char* place = bytes_.data();
    for (const auto part : needed) {
        give_back(place, part.data());
        place = std::max(place, part.data() + part.size());
    }
    give_back(place, bytes_.data() + bytes_.size());
}

} // namespace neural_style
