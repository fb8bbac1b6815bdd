// SPDX-License-Identifier: GPL-3.0-or-later
#include "allocation.hpp"

#include <algorithm>
#include <sys/mman.h>
#include <utility>
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace neural_style {

namespace {

// glibc's defaults, which its own adaptation would reach: see mallopt(3).
constexpr int usual_threshold = 32 << 20;
constexpr int large = 1 << 30;

// Enough for a preview; zeroing it again would take the kernel as long as the preview takes.
constexpr std::size_t most_between_jobs = 512 << 20;

// A network's kernels for a new tile size take some tens of megabytes.
constexpr std::size_t reserve_bytes = 256 << 20;

} // namespace

AddressReserve::AddressReserve() {
    void* pages = mmap(nullptr, reserve_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    pages_ = pages == MAP_FAILED ? nullptr : pages;
}

void AddressReserve::release() {
    if (pages_)
        munmap(std::exchange(pages_, nullptr), reserve_bytes);
}

#if defined(__GLIBC__)

KeptMemory::KeptMemory(std::size_t largest) {
    mallopt(M_MMAP_THRESHOLD, int(std::clamp<std::size_t>(largest, usual_threshold, large)));
    mallopt(M_TRIM_THRESHOLD, large);
}

void give_back_kept() {
    malloc_trim(0);
}

void keep_blocks_up_to(std::size_t largest) {
    give_back_kept();
    mallopt(M_MMAP_THRESHOLD, int(std::clamp<std::size_t>(largest, usual_threshold, large)));
}

KeptMemory::~KeptMemory() {
    // Bytes that are free but not yet returned.
    if (mallinfo2().fordblks <= most_between_jobs)
        return;
    mallopt(M_MMAP_THRESHOLD, usual_threshold);
    mallopt(M_TRIM_THRESHOLD, 2 * usual_threshold);
    malloc_trim(0);
}

#else

KeptMemory::KeptMemory(std::size_t) {}
void give_back_kept() {}
void keep_blocks_up_to(std::size_t) {}
KeptMemory::~KeptMemory() = default;

#endif

} // namespace neural_style
