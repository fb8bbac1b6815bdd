// SPDX-License-Identifier: GPL-3.0-or-later
#include "precision.hpp"

#include "device.hpp"
#include "guarded.hpp"

#include <torch/types.h>

namespace neural_style {

namespace {

// With AMX, and where AVX-512 multiplies twice as many as in float32: on AMD's. On Intel's it does not, and a
// step takes 1.3 times as long as in float32 (docs/performance.md). By the processor and not by a race, so
// that the same request gives the same pixels on a busy computer, too.
bool cpu_is_faster_in_bfloat16() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("amx-bf16") ||
           (__builtin_cpu_supports("avx512bf16") && !__builtin_cpu_is("intel"));
#else
    return false;
#endif
}

} // namespace

torch::ScalarType chosen_type(Precision precision, torch::Device device) {
    switch (precision) {
    case Precision::float32:
        return torch::kFloat32;
    case Precision::bfloat16:
        return torch::kBFloat16;
    case Precision::float16:
        if (device.is_cpu())
            throw Failure(ErrorCode::invalid_request,
                          "The precision float16 is for CUDA devices; choose bfloat16 or float32 on a CPU.");
        return torch::kHalf;
    case Precision::automatic:
        break;
    }
    if (!device.is_cpu())
        return fastest_type(device);
    return cpu_is_faster_in_bfloat16() ? torch::kBFloat16 : torch::kFloat32;
}

} // namespace neural_style
