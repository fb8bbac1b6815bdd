// SPDX-License-Identifier: GPL-3.0-or-later
/// How the time of one step is spent, piece by piece.
///
///     for (const auto& [piece, took] : profile({network, unpadded_network, {}, torch::kBFloat16, 512}, 9))
///         std::cout << piece << ' ' << took << '\n';
#pragma once

#include <filesystem>
#include <string>
#include <torch/types.h>
#include <utility>
#include <vector>

namespace bench {

struct ProfileSubject {
    std::filesystem::path network;
    std::filesystem::path
        unpadded; ///< the same network with zero padding, which is free, for the cost of reflect padding
    /// For every pooling of the network: a network of a convolution with as many channels, and the pooling.
    std::vector<std::filesystem::path> poolings{};
    torch::ScalarType type = torch::kFloat32;
    int side = 512; ///< pixels
};

/// Median seconds of the pieces of a step, of whole passes, and of the usual alternatives to some of them.
std::vector<std::pair<std::string, double>> profile(const ProfileSubject& subject, int rounds);

} // namespace bench
