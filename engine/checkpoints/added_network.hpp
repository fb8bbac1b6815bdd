// SPDX-License-Identifier: GPL-3.0-or-later
/// A feature network made from the file of a classifier, in our own format
/// (engine/networks/feature_network.hpp).
///
///     const auto bytes = added_network(*recognized, {.source = "vgg19-dcbb9e9d.pth", .sha256 = digits});
#pragma once

#include "architectures.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace neural_style {

/// What the network takes for a picture.
enum class InputScale {
    torchvision, ///< red first, 0..1, normalised with the mean and the deviation of ImageNet
    caffe        ///< blue first, 0..255, minus the mean of ImageNet
};

struct NetworkSource {
    std::string source; ///< the file's name
    std::string sha256; ///< of the file
    bool float16 = false;
    std::optional<InputScale> input{}; ///< empty: as the file's names tell
};

/// The bytes of a safetensors file, with the layers up to the last that can be tapped. Batch norms
/// become part of the convolutions before them. Refuses numbers that are not finite or not for float16.
Accepted<std::string> added_network(const Recognized& network, const NetworkSource& source);

/// As the file's name or the names in it tell.
InputScale input_scale(const Recognized& network, std::string_view file_name);

} // namespace neural_style
