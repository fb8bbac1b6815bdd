// SPDX-License-Identifier: GPL-3.0-or-later
/// Keeps memory that is freed during a job for the next layer, and returns it to the system afterwards,
/// except what the next preview needs.
///
///     const KeptMemory kept;   // for as long as the job runs
///
/// Otherwise the C library requests every large tensor anew, and zeroing its pages takes the kernel a third
/// of an optimiser step. Keeps blocks of up to 32 MB, or of the size given here or to `keep_blocks_up_to`.
#pragma once

#include <cstddef>
#include <utility>

namespace neural_style {

class KeptMemory {
  public:
    /// Keeps blocks of up to that many bytes.
    explicit KeptMemory(std::size_t largest = 32 << 20);
    ~KeptMemory();
    KeptMemory(const KeptMemory&) = delete;
    KeptMemory& operator=(const KeptMemory&) = delete;
};

/// Returns what is kept, and from then on keeps blocks of up to `largest` bytes: those of a layer, not those
/// of a large picture, which are allocated once per step.
void keep_blocks_up_to(std::size_t largest);

/// Returns what is kept. Blocks of many sizes spread over all address space that was ever free; without this,
/// the tiles of a large painting hold several times what they use at once.
void give_back_kept();

/// Reserved address space, without memory, for when a limit on it (ulimit -v) is reached: released, it lets
/// the small allocations succeed that follow a failed large one. oneDNN ends the process if it has no room
/// for a new kernel.
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
