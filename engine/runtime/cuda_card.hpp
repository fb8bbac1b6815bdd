// SPDX-License-Identifier: GPL-3.0-or-later
/// What CUDA's runtime tells about a card. LibTorch's public interface has neither memory nor capabilities,
/// and CUDA's headers may be missing, so functions of the runtime that LibTorch has loaded are called by
/// name.
///
///     if (const auto card = cuda_card(0))
///         use(card->memory_free);
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace neural_style {

struct CudaCard {
    std::string name;                                ///< "NVIDIA H100 80GB HBM3"; empty: unknown
    int major = 0, minor = 0;                        ///< compute capability
    std::uint64_t memory_total = 0, memory_free = 0; ///< bytes
};

/// Nothing if no CUDA runtime is loaded, or if it lacks such a card or fails.
std::optional<CudaCard> cuda_card(int index);

/// Why CUDA has no card to offer, and what to do about it; without full stops. Empty: it has one.
struct MissingCard {
    std::string why, remedy;
};
MissingCard missing_card();

/// Why CUDA does not offer the NVIDIA card that is in this computer, with or without a driver, as the kernel
/// lists its PCI devices. Nothing if there is no such card, or if CUDA has one to offer.
std::optional<MissingCard> unoffered_card(const std::filesystem::path& pci_devices = "/sys/bus/pci/devices");

} // namespace neural_style
