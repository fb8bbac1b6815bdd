// SPDX-License-Identifier: GPL-3.0-or-later
/// The device for tests of networks: the processor, or the one named by NEURAL_STYLE_TEST_DEVICE, such as
/// "standin" or "cuda".
#pragma once

#include <cstdlib>
#include <string>
#include <torch/types.h>

namespace tests {

inline std::string test_device_name() {
    const char* name = std::getenv("NEURAL_STYLE_TEST_DEVICE");
    return name ? name : "cpu";
}

inline torch::Device test_device() {
    const torch::Device device(test_device_name());
    return device.is_cpu() ? device : torch::Device(device.type(), 0);
}

} // namespace tests
