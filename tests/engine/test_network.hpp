// SPDX-License-Identifier: GPL-3.0-or-later
/// Random networks, written into a folder of their own for one test.
///
///     const TestNetwork network(test_device());
///     network.backbone.layers();
#pragma once

#include "backbone.hpp"
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

/// A feature network that has been read.
struct TestNetwork {
    NetworkFiles files;
    neural_style::Backbone backbone;

    explicit TestNetwork(torch::Device device = torch::kCPU)
        : backbone(neural_style::Weights::read(files.network), device) {}
};

} // namespace tests
