// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory.hpp"

#include <algorithm>
#include <new>
#include <sys/mman.h>
#include <torch/torch.h>
#include <unistd.h>

namespace tests::stand_in {

namespace {

constexpr std::size_t most_waiting = std::size_t(1) << 28;

std::size_t whole_pages(std::size_t bytes) {
    const auto page = std::size_t(sysconf(_SC_PAGESIZE));
    return std::max<std::size_t>(1, (bytes + page - 1) / page) * page;
}

} // namespace

void* Memory::allocate(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    TORCH_CHECK_WITH(OutOfMemoryError, used_ + bytes <= limit_, "standin out of memory: ", bytes,
                     " bytes wanted, ", limit_ - std::min(limit_, used_), " free");
    const auto length = whole_pages(bytes);
    void* start = freed(length);
    if (!start)
        start = mmap(nullptr, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        throw std::bad_alloc();
    blocks_.emplace(start, Block{bytes});
    used_ += bytes;
    peak_ = std::max(peak_, used_);
    return start;
}

void Memory::release(void* start) {
    const std::lock_guard lock(mutex_);
    const auto block = blocks_.extract(start);
    used_ -= block.mapped().bytes;
    const auto length = whole_pages(block.mapped().bytes);
    if (block.mapped().openings > 0)
        mprotect(start, length, PROT_NONE);
    if (waiting_ + length > most_waiting) {
        munmap(start, length);
        return;
    }
    freed_[length].push_back(start);
    waiting_ += length;
}

void Memory::open(void* start, int change) {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(start);
    if (found == blocks_.end())
        return;
    const bool was_open = found->second.openings > 0;
    found->second.openings += change;
    const bool is_open = found->second.openings > 0;
    if (is_open != was_open)
        mprotect(start, whole_pages(found->second.bytes), is_open ? PROT_READ | PROT_WRITE : PROT_NONE);
}

void Memory::limit(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    limit_ = bytes < std::numeric_limits<std::uint64_t>::max() - used_ ? used_ + bytes : bytes;
}

void Memory::reset_peak() {
    const std::lock_guard lock(mutex_);
    peak_ = used_;
}

std::uint64_t Memory::peak() const {
    const std::lock_guard lock(mutex_);
    return peak_;
}

void* Memory::freed(std::size_t length) {
    const auto found = freed_.find(length);
    if (found == freed_.end() || found->second.empty())
        return nullptr;
    void* start = found->second.back();
    found->second.pop_back();
    waiting_ -= length;
    return start;
}

// Never destroyed: memory may be freed at the very end of the program.
Memory& memory() {
    static auto* const only = new Memory;
    return *only;
}

Opened::Opened(const at::Tensor& tensor) : tensor_(tensor) {
    if (!tensor.is_privateuseone())
        return;
    start_ = tensor.storage().mutable_data();
    memory().open(start_, 1);
    auto* const first = static_cast<char*>(start_) + tensor.storage_offset() * tensor.itemsize();
    tensor_ =
        at::from_blob(first, tensor.sizes(), tensor.strides(), at::TensorOptions().dtype(tensor.dtype()));
}

Opened::~Opened() {
    if (start_)
        memory().open(start_, -1);
}

} // namespace tests::stand_in
