// SPDX-License-Identifier: GPL-3.0-or-later
/// Where the engine computes: finding, describing and timing devices.
#pragma once

#include <neural_style/engine.hpp>

#include <limits>
#include <string>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// "automatic" (the first CUDA device when LibTorch can compute on it, else the CPU), "cpu", "cuda",
/// "cuda:N", or another device that this LibTorch was built for, such as "xpu". Errors: Failure(no_device)
/// that says what there is, or why it is of no use.
torch::Device chosen_device(const std::string& name);

/// Computes a little there. Empty when that is right, else LibTorch's reason: a card that it has no kernels
/// for, a driver that is out of order.
std::string why_unusable(torch::Device device);

/// The number type in which features are fastest and exact enough, by what the device is made for: bfloat16
/// from compute capability 8.0 on, float16 from 7.0 on (NVIDIA, CUDA C++ Programming Guide, "Compute
/// Capabilities": arithmetic of tensor cores). On the CPU float32; see precision.hpp.
torch::ScalarType fastest_type(torch::Device device);

constexpr std::uint64_t unknown_memory = std::numeric_limits<std::uint64_t>::max();

/// Bytes that may still be taken there; `unknown_memory` where the device does not tell.
std::uint64_t free_memory(torch::Device device);

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
