// SPDX-License-Identifier: GPL-3.0-or-later
/// The image classifiers that feature networks are made from, by the names and shapes of their tensors.
///
///     const auto found = recognized(checkpoint->tensors());
///     if (found)
///         std::puts(found->architecture->title.data());
#pragma once

#include "refusal.hpp"
#include "stored_tensor.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style {

/// Architectures with the same kinds of layers.
enum class Family { vgg, resnet, mobilenet_v2, squeezenet };

struct Architecture {
    std::string_view name;  ///< torchvision's
    std::string_view title; ///< for people
    Family family;
    bool batch_norm; ///< behind every convolution
    /// What tells members of a family apart, in words with spaces between them.
    /// VGG: channels of the convolutions, and M for a pooling. ResNet: the kind of block, and the blocks of
    /// each layer. MobileNetV2: expansion:channels:blocks of each group. SqueezeNet: channels and size of the
    /// first convolution, then squeezed:expanded of each fire module, and M for a pooling.
    std::string_view layout;
};

std::span<const Architecture> architectures();

/// A tensor before the classifier; `name` is torchvision's.
struct ArchitectureTensor {
    std::string name;
    std::vector<std::int64_t> shape;
};

/// Of batch norms weight, bias, running_mean and running_var.
std::vector<ArchitectureTensor> tensors_of(const Architecture& architecture);

/// Who chose the names in a file.
enum class Naming { torchvision, timm, caffe };

struct Recognized {
    const Architecture* architecture = nullptr;
    Naming naming = Naming::torchvision;
    std::map<std::string, const StoredTensor*> tensors; ///< by torchvision's names: those of `tensors_of`
};

/// Names may have any prefix, such as "module." or "backbone.", and leave out "features.". Of a file that is
/// nearly one of the architectures the refusal names a tensor that differs.
Accepted<Recognized> recognized(std::span<const StoredTensor> tensors);

} // namespace neural_style
