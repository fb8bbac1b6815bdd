// SPDX-License-Identifier: GPL-3.0-or-later
/// Memory that is freed during a job is kept for the next layer, and given back to the system after it.
///
///     const KeptMemory kept;   // for as long as the job runs
///
/// Without it the C library asks the kernel for every large tensor anew, and the kernel's zeroing of pages
/// takes a third of an optimiser step.
#pragma once

namespace neural_style {

class KeptMemory {
  public:
    KeptMemory();
    ~KeptMemory();
    KeptMemory(const KeptMemory&) = delete;
    KeptMemory& operator=(const KeptMemory&) = delete;
};

} // namespace neural_style
