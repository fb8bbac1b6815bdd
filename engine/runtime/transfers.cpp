// SPDX-License-Identifier: GPL-3.0-or-later
#include "transfers.hpp"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <utility>

namespace neural_style {

namespace {

const c10::impl::DeviceGuardImplInterface& driver(torch::Device device) {
    return *c10::impl::getDeviceGuardImpl(device.type());
}

} // namespace

bool copies_overlap(torch::Device device) {
    return device.is_cuda() || device.is_privateuseone(); // of the latter there are none but the tests'
}

Transfers::Transfers(torch::Device device)
    : device_(device), computing_(driver(device).getStream(device)),
      copying_(driver(device).getStreamFromGlobalPool(device)) {}

c10::Event Transfers::upload(const std::vector<torch::Tensor*>& tensors) const {
    const c10::StreamGuard copying(copying_);
    for (auto* const tensor : tensors) {
        if (!tensor->defined() || !tensor->is_cpu())
            continue;
        // CUDA copies from other memory only after it has copied that itself, and the processor waits.
        const auto here = device_.is_cuda() ? tensor->pin_memory() : *tensor;
        *tensor = here.to(device_, /*non_blocking=*/true);
        tensor->record_stream(computing_); // its memory is not to be used again before that is done
    }
    c10::Event uploaded(device_.type());
    uploaded.record(copying_);
    return uploaded;
}

Transfers::Download Transfers::download(const torch::Tensor& there) const {
    c10::Event computed(device_.type());
    computed.record(computing_);
    computed.block(copying_);
    const c10::StreamGuard copying(copying_);
    auto here =
        torch::empty_like(there, there.options().device(torch::kCPU).pinned_memory(device_.is_cuda()));
    here.copy_(there, /*non_blocking=*/true);
    auto kept = there;
    kept.record_stream(copying_);
    c10::Event copied(device_.type());
    copied.record(copying_);
    return {std::move(here), std::move(copied)};
}

} // namespace neural_style
