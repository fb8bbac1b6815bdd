// SPDX-License-Identifier: GPL-3.0-or-later
/// Where the engine computes: finding, describing and timing devices.
#pragma once

#include <neural_style/engine.hpp>

#include <string>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// "automatic" (CUDA when there is one, else the CPU), "cpu", "cuda", "cuda:N".
/// Errors: Failure(no_device) that says what there is.
torch::Device chosen_device(const std::string& name);

DeviceDescription describe(torch::Device device);
std::vector<DeviceDescription> all_devices();

/// Times a 3x3 convolution and a matrix product: about a tenth of a second.
DeviceSpeed measured_speed(torch::Device device);

/// Processor cores that this process may use, hyperthreads of one core counted once, and no more than its
/// control groups give it the time of.
int usable_cores();

/// Waits until everything queued on the device is done.
void synchronize(torch::Device device);

/// Bytes that this process may still take, the smaller of what the kernel and the control group have free.
std::uint64_t free_host_memory();

} // namespace neural_style
