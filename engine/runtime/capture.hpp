// SPDX-License-Identifier: GPL-3.0-or-later
/// What a device has been given to do, kept so that one call makes it do all of that again: on NVIDIA's cards
/// a CUDA graph.
///
///     if (const auto capture = new_capture(device)) {
///         capture->take(work);      // calls it twice: once it is done, once it is kept
///         change(input);
///         capture->replay();        // with what is at the same addresses now
///     }
///
/// A device for which somebody has registered a class in `Captures` can do that; the others cannot.
#pragma once

#include <c10/util/Registry.h>
#include <functional>
#include <memory>
#include <torch/types.h>

namespace neural_style {

class Capture {
  public:
    virtual ~Capture() = default;

    /// Calls `work` on this thread once to be done, as a preparation, and again to be kept, without being
    /// done. The second time it may neither wait for the device, nor copy to or from the processor, and what
    /// it allocates stays reserved for as long as this exists. Errors: those of `work`, or what the device
    /// says about it; the device can be used as before, and this cannot.
    virtual void take(torch::Device device, const std::function<void()>& work) = 0;

    /// Does it all again, after what the device has been given before. The tensors that `take` read from or
    /// wrote to, except those that `work` allocated and let go, must still exist.
    virtual void replay() = 0;
};

C10_DECLARE_TYPED_REGISTRY(Captures, c10::DeviceType, Capture, std::unique_ptr);

bool can_capture(torch::Device device);
/// Null for a device that cannot.
std::unique_ptr<Capture> new_capture(torch::Device device);

} // namespace neural_style
