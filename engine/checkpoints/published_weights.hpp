// SPDX-License-Identifier: GPL-3.0-or-later
/// Where the weights of the known architectures are published, as a table.
///
///     if (const auto* weights = published_weights("vgg19"))
///         fetch(std::string(publisher) + std::string(weights->file));
#pragma once

#include <string_view>

namespace neural_style {

/// The folder that torchvision takes its weights from.
inline constexpr std::string_view publisher = "https://download.pytorch.org/models/";

struct PublishedWeights {
    std::string_view architecture; ///< `Architecture::name`
    std::string_view file;         ///< torchvision's name, which has the first eight digits of its SHA-256
    std::string_view sha256;       ///< all 64 digits; empty: only those in the name are known
    int megabytes;                 ///< of a million bytes, rounded
};

/// torchvision's first weights of that architecture; nullptr: there are none.
const PublishedWeights* published_weights(std::string_view architecture);

} // namespace neural_style
