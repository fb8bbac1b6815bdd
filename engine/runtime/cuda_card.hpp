// SPDX-License-Identifier: GPL-3.0-or-later
/// What CUDA's runtime knows of a card. LibTorch's public interface tells neither memory nor abilities, and
/// CUDA's headers need not be there, so the runtime that LibTorch has loaded is asked by the names of its
/// functions.
///
///     if (const auto card = cuda_card(0))
///         use(card->memory_free);
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace neural_style {

struct CudaCard {
    std::string name;                                ///< "NVIDIA H100 80GB HBM3"; empty: not told
    int major = 0, minor = 0;                        ///< compute capability
    std::uint64_t memory_total = 0, memory_free = 0; ///< bytes
};

/// Nothing where no CUDA runtime is loaded, or where it has no such card or refuses to speak of it.
std::optional<CudaCard> cuda_card(int index);

} // namespace neural_style
