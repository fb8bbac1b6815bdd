// SPDX-License-Identifier: GPL-3.0-or-later
#include "mapped_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <format>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace neural_style {

Accepted<MappedFile> MappedFile::open(const std::filesystem::path& path) {
    constexpr const char* check_name = "Check its name and whether you may read it.";
    // A FIFO would otherwise be waited for.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return refused(std::format("it cannot be opened ({})", std::strerror(errno)), check_name);
    struct stat status {};
    const bool regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    const auto size = std::uint64_t(status.st_size);
    void* const memory = regular && size > 0 && size <= largest
                             ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
                             : MAP_FAILED;
    const int error = errno;
    close(descriptor);
    if (!regular)
        return refused("it is no regular file", check_name);
    if (size == 0)
        return refused("it is empty");
    if (size > largest)
        return refused("it is larger than 4 GiB", save_the_weights);
    if (memory == MAP_FAILED)
        return refused(std::format("it cannot be read ({})", std::strerror(error)), check_name);
    return MappedFile(std::string_view(static_cast<const char*>(memory), size));
}

MappedFile::~MappedFile() {
    if (!bytes_.empty())
        munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

void MappedFile::forget(std::string_view bytes) {
    const auto page = std::uintptr_t(sysconf(_SC_PAGESIZE));
    const auto begin = (reinterpret_cast<std::uintptr_t>(bytes.data()) + page - 1) / page * page;
    const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size()) / page * page;
    if (begin < end)
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

} // namespace neural_style
