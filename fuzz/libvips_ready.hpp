// SPDX-License-Identifier: GPL-3.0-or-later
/// libvips as the programs that decode have it.
///
///     extern "C" int LLVMFuzzerInitialize(int*, char*** arguments) {
///         fuzz::make_libvips_ready(**arguments);
///         return 0;
///     }
#pragma once

#include "promise.hpp"

#include <vips/vips.h>

namespace neural_style::fuzz {

inline void make_libvips_ready(const char* program) {
    promise(VIPS_INIT(program) == 0);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
}

} // namespace neural_style::fuzz
