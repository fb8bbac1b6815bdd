// SPDX-License-Identifier: GPL-3.0-or-later
/// Networks of any known architecture with seeded random weights, added as a user's file would be.
///
///     const Folder folder;
///     const auto file = write_added_network(folder.path, "resnet50");
#pragma once

#include "added_network.hpp"
#include "checkpoint.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>

namespace tests {

/// The file of the network in our format. Convolutions keep the variance of features; the norms of their
/// blocks halve it, so that sums with what they are added to do not grow from block to block.
inline std::filesystem::path write_added_network(const std::filesystem::path& folder,
                                                 const std::string& name) {
    using namespace neural_style;
    const auto known = architectures();
    const auto architecture = std::ranges::find(known, name, &Architecture::name);
    if (architecture == known.end())
        throw std::runtime_error("there is no architecture " + name);
    std::mt19937_64 random(11);
    std::normal_distribution<float> normal;
    nlohmann::json header;
    std::string data;
    for (const auto& tensor : tensors_of(*architecture)) {
        std::int64_t count = 1;
        for (const auto side : tensor.shape)
            count *= side;
        float mean = 0, deviation = 0.1F;
        if (tensor.shape.size() == 4)
            deviation = std::sqrt(2.0F / float(count / tensor.shape[0]));
        else if (tensor.name.ends_with("running_var"))
            mean = 1;
        else if (tensor.name.ends_with(".weight"))
            mean = 0.7F;
        const auto begin = data.size();
        data.resize(begin + std::size_t(count) * sizeof(float));
        for (std::int64_t i = 0; i < count; ++i) {
            const float value = mean + normal(random) * deviation;
            std::memcpy(data.data() + begin + std::size_t(i) * sizeof value, &value, sizeof value);
        }
        header[tensor.name] = {
            {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
    }
    const auto weights = folder / (name + "-weights.safetensors");
    const auto text = header.dump();
    const std::uint64_t length = text.size();
    std::ofstream stream(weights, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(&length), sizeof length);
    stream << text << data;
    stream.close();
    const auto checkpoint = Checkpoint::open(weights);
    if (!checkpoint)
        throw std::runtime_error(checkpoint.error().message);
    const auto found = recognized(checkpoint->tensors());
    if (!found)
        throw std::runtime_error(found.error().why);
    if (const auto loaded = checkpoint->load(*found); !loaded)
        throw std::runtime_error(loaded.error().message);
    const auto bytes = added_network(*found, {.source = weights.filename().string(), .sha256 = ""});
    if (!bytes)
        throw std::runtime_error(bytes.error().why);
    auto file = folder / (name + ".safetensors");
    std::ofstream(file, std::ios::binary).write(bytes->data(), std::streamsize(bytes->size()));
    return file;
}

} // namespace tests
