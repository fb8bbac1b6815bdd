// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_bytes.hpp"

#include "sha256.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace neural_style {

namespace {

constexpr const char* check_name = "Check its name and whether you may read it.";

std::uint64_t page_bytes() {
    return std::uint64_t(sysconf(_SC_PAGESIZE));
}

std::unexpected<Refusal> not_read(int reason) {
    return refused(formatted("it cannot be read ({})", std::strerror(reason)), check_name);
}

} // namespace

FileBytes::FileBytes(std::string_view all, Descriptor file, const struct stat& opened)
    : ByteSource(all), file_(std::move(file)), opened_(opened),
      loaded_((all.size() + page_bytes() - 1) / page_bytes()) {}

FileBytes::~FileBytes() {
    if (!all_.empty())
        munmap(const_cast<char*>(all_.data()), all_.size());
}

Accepted<FileBytes> FileBytes::open(const std::filesystem::path& path) {
    // A FIFO would otherwise be waited for.
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file)
        return refused(formatted("it cannot be opened ({})", std::strerror(errno)), check_name);
    struct stat status {};
    if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return refused("it is no regular file", check_name);
    const auto size = std::uint64_t(status.st_size);
    if (size == 0)
        return refused("it is empty");
    if (size > largest)
        return refused("it is larger than 2 GiB", save_the_weights);
    void* const memory =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return refused(formatted("it cannot be read ({})", std::strerror(errno)),
                       "Close other programs, and try again.");
    // A small part would otherwise take 2 MiB; a kernel that does not know huge pages refuses, which is no
    // matter.
    madvise(memory, size, MADV_NOHUGEPAGE);
    return FileBytes(std::string_view(static_cast<const char*>(memory), size), std::move(file), status);
}

Accepted<void> FileBytes::unchanged() const {
    struct stat now {};
    if (fstat(file_.get(), &now) != 0)
        return not_read(errno);
    const auto same_time = [](const timespec& a, const timespec& b) {
        return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
    };
    if (now.st_size != opened_.st_size || !same_time(now.st_mtim, opened_.st_mtim))
        return refused("it changed while it was read", "Wait until it is complete, and try again.");
    return {};
}

Accepted<void> FileBytes::read(std::uint64_t begin, std::uint64_t end) const {
    while (begin < end) {
        const ssize_t length =
            pread(file_.get(), const_cast<char*>(all_.data()) + begin, end - begin, off_t(begin));
        if (length < 0 && errno != EINTR)
            return not_read(errno);
        if (length == 0)
            return unchanged().and_then([] { return Accepted<void>(not_read(EIO)); });
        begin += std::uint64_t(std::max(length, ssize_t(0)));
    }
    return {};
}

Accepted<void> FileBytes::load(std::string_view part) const {
    if (part.empty())
        return {};
    const auto page = page_bytes(), first = std::uint64_t(part.data() - all_.data());
    const auto after = (first + part.size() + page - 1) / page;
    for (auto begin = first / page; begin < after; ++begin) {
        auto end = begin;
        while (end < after && !loaded_[end])
            ++end;
        if (begin == end)
            continue;
        if (auto there = read(begin * page, std::min<std::uint64_t>(end * page, all_.size())); !there)
            return there;
        std::fill(loaded_.begin() + std::ptrdiff_t(begin), loaded_.begin() + std::ptrdiff_t(end), true);
        begin = end;
    }
    return unchanged();
}

void FileBytes::release(std::string_view part) const {
    const auto page = page_bytes(), first = std::uint64_t(part.data() - all_.data());
    const auto begin = (first + page - 1) / page, end = (first + part.size()) / page;
    if (begin >= end)
        return;
    madvise(const_cast<char*>(all_.data()) + begin * page, (end - begin) * page, MADV_DONTNEED);
    std::fill(loaded_.begin() + std::ptrdiff_t(begin), loaded_.begin() + std::ptrdiff_t(end), false);
}

Accepted<std::string> FileBytes::sha256() const {
    auto digits = sha256_of(file_.get());
    if (digits)
        if (auto same = unchanged(); !same)
            return std::unexpected(same.error());
    return digits;
}

} // namespace neural_style
