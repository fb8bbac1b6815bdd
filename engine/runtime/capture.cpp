// SPDX-License-Identifier: GPL-3.0-or-later
#include "capture.hpp"

#include "cuda_graph.hpp"

namespace neural_style {

C10_DEFINE_TYPED_REGISTRY(Captures, c10::DeviceType, Capture, std::unique_ptr);

#ifdef NEURAL_STYLE_CUDA_GRAPHS
C10_REGISTER_TYPED_CREATOR(Captures, torch::kCUDA, new_cuda_graph)
#endif

bool can_capture(torch::Device device) {
    return Captures()->Has(device.type());
}

std::unique_ptr<Capture> new_capture(torch::Device device) {
    return Captures()->Create(device.type());
}

} // namespace neural_style
