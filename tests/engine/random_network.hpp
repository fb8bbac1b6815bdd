// SPDX-License-Identifier: GPL-3.0-or-later
/// Seeded random networks as safetensors files, so that tests need no download.
///
///     Folder folder;
///     auto file = folder.path / "network.safetensors";
///     write_random_network(file, {.seed = 7, .padding = "zeros"});
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace tests {

struct RandomNetwork {
    std::uint64_t seed = 1;
    std::string padding = "reflect"; ///< "reflect", "replicate" or "zeros"
    std::string pool = "average";    ///< "average" or "max"
    std::string channels = "RGB";    ///< order of the input's channels
};

/// conv1_1 3-8, conv1_2 8-8, pool, conv2_1 8-12, pool, conv3_1 12-16; style taps relu1_1, relu2_1, relu3_1,
/// content tap relu2_1.
void write_random_network(const std::filesystem::path& file, const RandomNetwork& network = {});

/// A decoder of that network, with the network's hash unless another is given: relu3_1, relu2_1, relu1_1,
/// picture.
void write_random_decoder(const std::filesystem::path& file, const std::filesystem::path& network,
                          std::uint64_t seed = 1, const std::string& hash = {});

enum class StyleLayout { own, published };
/// A trained style with narrow layers: stride 2, two residual blocks (five in the published layout), instance
/// norms.
void write_random_style(const std::filesystem::path& file, StyleLayout layout, std::uint64_t seed = 1);

/// A file with this JSON header and these bytes, valid or not.
void write_safetensors(const std::filesystem::path& file, const std::string& header, const std::string& data);

} // namespace tests
