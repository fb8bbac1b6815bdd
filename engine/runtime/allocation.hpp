// SPDX-License-Identifier: GPL-3.0-or-later
/// Memory that is freed during a job is kept for the next layer, and given back to the system after it; what
/// a preview needs is kept for the next one.
///
///     const KeptMemory kept;   // for as long as the job runs
///
/// Without it the C library asks the kernel for every large tensor anew, and the kernel's zeroing of pages
/// takes a third of an optimiser step. Blocks of up to 32 MB are kept, or what is said here or by
/// `keep_blocks_up_to`.
#pragma once

#include <cstddef>
#include <utility>

namespace neural_style {

class KeptMemory {
  public:
    /// Blocks of up to that many bytes.
    explicit KeptMemory(std::size_t largest = 32 << 20);
    ~KeptMemory();
    KeptMemory(const KeptMemory&) = delete;
    KeptMemory& operator=(const KeptMemory&) = delete;
};

/// Gives back what is kept, and keeps blocks of up to `largest` bytes from now on: those of a layer, not
/// those of a large picture, which come and go once a step.
void keep_blocks_up_to(std::size_t largest);

/// Gives back what is kept. Blocks of many sizes spread over all the address space that has been free once:
/// without this the tiles of a large painting come to hold several times what they use at once.
void give_back_kept();

/// Address space put aside without using memory, for when a limit on it (ulimit -v) is reached: released, it
/// lets the small allocations go on that follow a failed large one. oneDNN ends the process when it finds no
/// room for a new kernel.
class AddressReserve {
  public:
    AddressReserve();
    ~AddressReserve() { release(); }
    AddressReserve(AddressReserve&& other) noexcept : pages_(std::exchange(other.pages_, nullptr)) {}
    AddressReserve& operator=(AddressReserve&&) = delete;
    void release();

  private:
    void* pages_ = nullptr;
};

} // namespace neural_style
