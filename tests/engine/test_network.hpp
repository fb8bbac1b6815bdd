// SPDX-License-Identifier: GPL-3.0-or-later
/// Random networks, each written to a folder for one test.
///
///     const TestNetwork network(test_device());
///     network.feature_network.layers();
#pragma once

#include "feature_network.hpp"
#include "random_network.hpp"
#include "test_folder.hpp"

#include <filesystem>
#include <torch/types.h>

namespace tests {

/// The files of a feature network and its decoder.
struct NetworkFiles {
    Folder folder;
    std::filesystem::path network = folder.path / "network.safetensors",
                          decoder = folder.path / "decoder.safetensors";

    NetworkFiles() {
        write_random_network(network);
        write_random_decoder(decoder, network);
    }
};

/// A feature network, read from its file.
struct TestNetwork {
    NetworkFiles files;
    neural_style::FeatureNetwork feature_network;

    explicit TestNetwork(torch::Device device = torch::kCPU)
        : feature_network(neural_style::Weights::read(files.network), device) {}
};

} // namespace tests
