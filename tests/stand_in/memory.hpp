// SPDX-License-Identifier: GPL-3.0-or-later
/// The stand-in device's memory: inaccessible, except to kernels that have opened it.
///
///     void* start = memory().allocate(bytes);
///     Opened x(there);  // until the end of its scope `*x` is a tensor of the processor with the same memory
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <torch/types.h>
#include <vector>

namespace tests::stand_in {

/// Every block has separate pages, which are accessible only while a kernel has opened them. Freed blocks
/// stay closed and are reused for the next block of that length, since the system would have to clear new
/// pages.
class Memory {
  public:
    /// Errors: c10::OutOfMemoryError beyond the limit.
    void* allocate(std::size_t bytes);
    void release(void* start);
    /// Adds to the number of openings; memory of others is left alone.
    void open(void* start, int change);
    /// Bytes besides what is in use.
    void limit(std::uint64_t bytes);
    void reset_peak();
    std::uint64_t peak() const;

  private:
    struct Block {
        std::size_t bytes = 0;
        int openings = 0;
    };
    void* freed(std::size_t length);

    mutable std::mutex mutex_;
    std::map<void*, Block> blocks_;
    std::map<std::size_t, std::vector<void*>> freed_; // by length
    std::size_t waiting_ = 0;                         // bytes of these
    std::uint64_t used_ = 0, peak_ = 0, limit_ = std::numeric_limits<std::uint64_t>::max();
};
Memory& memory();

/// The device's tensor as a CPU tensor with the same memory, accessible while this object exists.
class Opened {
  public:
    explicit Opened(const at::Tensor& tensor);
    ~Opened();
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    at::Tensor& operator*() { return tensor_; }

  private:
    at::Tensor tensor_;
    void* start_ = nullptr;
};

} // namespace tests::stand_in
