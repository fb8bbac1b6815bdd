// SPDX-License-Identifier: GPL-3.0-or-later
/// The devices that the engine can use: finding, describing and timing them.
#pragma once

#include <neural_style/engine.hpp>

#include <functional>
#include <limits>
#include <string>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Why a device cannot be used ("it is full"), and what to do about it ("Close other programs").
struct Unusable {
    std::string why, remedy; ///< without full stops; empty: it can be used
};

/// Whether work that ended with this may succeed on another device.
bool may_lie_in_device(ErrorCode code);

/// The exception in flight, thrown by work on a device. Call inside a catch block only.
Unusable unusable_in_flight();
struct ChosenDevice {
    torch::Device device;
    std::string notice; ///< why "automatic" has not taken cards that are there; empty: nothing to tell
};

/// "automatic" (the first CUDA device that LibTorch can compute on, else the CPU), "automatic:KIND" (the
/// same with another kind of device), "cpu", "cuda", "cuda:N", or another device that this LibTorch was built
/// for, such as "xpu". `start` begins the work there; a device on which it fails, for a reason that may lie
/// in the device, is not chosen. Errors: Failure(no_device), listing the existing devices or saying why one
/// is unusable; what `start` throws for other reasons.
ChosenDevice chosen_device(const std::string& name, const std::function<void(torch::Device)>& start);

/// The fastest number type for features that is exact enough, by the device's hardware: bfloat16 from compute
/// capability 8.0 on, float16 from 7.0 on (NVIDIA, CUDA C++ Programming Guide, "Compute Capabilities":
/// arithmetic of tensor cores). On the CPU float32; see precision.hpp.
torch::ScalarType fastest_type(torch::Device device);

constexpr std::uint64_t unknown_memory = std::numeric_limits<std::uint64_t>::max();

/// Bytes that may still be allocated there; `unknown_memory` if the device does not tell.
std::uint64_t free_memory(torch::Device device);

DeviceDescription describe(torch::Device device);
/// The CPU first; an NVIDIA card that LibTorch does not offer last.
std::vector<DeviceDescription> all_devices();

/// Times a 3x3 convolution and a matrix product: about a tenth of a second.
DeviceSpeed measured_speed(torch::Device device);

/// Processor cores available to this process, counting hyperthreads once, and at most as many as its control
/// groups allow time for. Several processes on one computer get equal parts, unless each has been given its
/// own.
int usable_cores(int processes = 1);

/// Waits until everything queued on the device is done.
void synchronize(torch::Device device);

/// Bytes that this process may still allocate: the smaller of the kernel's and the control group's free
/// memory.
std::uint64_t free_host_memory();

} // namespace neural_style
