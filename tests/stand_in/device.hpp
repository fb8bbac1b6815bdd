// SPDX-License-Identifier: GPL-3.0-or-later
/// A second device for the tests, made of LibTorch's "privateuse1": it computes on the processor, but its
/// memory is inaccessible outside its kernels. A forgotten move to the device, a memcpy through its pointers,
/// or an operation on tensors of two devices fails at once, as on a graphics card. It can capture work, as
/// CUDA does in graphs, and refuses in it what they refuse.
///
///     const auto there = torch::ones({2, 3}).to(stand_in::device());
///     there + torch::ones({2, 3});            // throws: two devices
///     *there.const_data_ptr<float>();         // SIGSEGV
///
/// Linking it registers the device under the name "standin:0".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <torch/types.h>

namespace tests::stand_in {

torch::Device device();

/// Events since `reset_counts`, in all threads.
struct Counts {
    std::int64_t operations = 0; ///< kernels, copies included
    std::int64_t to_device = 0;  ///< copies from the processor's memory
    /// Copies to it, single values included, and operations whose result the processor needs: each waits for
    /// the device.
    std::int64_t to_host = 0;
    std::int64_t begun = 0; ///< copies either way that nothing waits for; NaN until something does
    std::int64_t waits = 0; ///< of the processor, for those
    /// Pieces of work that have been captured, and how often one was done again, each time by one operation.
    std::int64_t captures = 0, replays = 0;
    std::uint64_t peak_bytes = 0;
};
Counts counts();
void reset_counts();

/// While it exists, the device has only `bytes` besides what is in use: further allocations throw
/// c10::OutOfMemoryError.
class MemoryLimit {
  public:
    explicit MemoryLimit(std::uint64_t bytes);
    ~MemoryLimit();
    MemoryLimit(const MemoryLimit&) = delete;
    MemoryLimit& operator=(const MemoryLimit&) = delete;
};

/// While it exists, there is also "standin:1"; the first `broken` of the two have no kernels.
class TwoCards {
  public:
    explicit TwoCards(int broken);
    ~TwoCards();
    TwoCards(const TwoCards&) = delete;
    TwoCards& operator=(const TwoCards&) = delete;
};

enum class CaptureFault {
    none,
    refused, ///< at its end
    empty,   ///< a replay does nothing
    stale,   ///< the second replay and those after it do nothing: what they should compute stays as it was
};

/// While it exists, captures have that fault.
class FaultyCaptures {
  public:
    explicit FaultyCaptures(CaptureFault fault);
    ~FaultyCaptures();
    FaultyCaptures(const FaultyCaptures&) = delete;
    FaultyCaptures& operator=(const FaultyCaptures&) = delete;
};

/// While it exists, every kernel after the first `operations` throws a c10::Error with this message, like a
/// lost card or one for which LibTorch has no kernels.
class Failing {
  public:
    Failing(std::int64_t operations, std::string message);
    ~Failing();
    Failing(const Failing&) = delete;
    Failing& operator=(const Failing&) = delete;
};

} // namespace tests::stand_in
