// SPDX-License-Identifier: GPL-3.0-or-later
#include "published_weights.hpp"

#include <algorithm>
#include <array>

namespace neural_style {

namespace {

// Names and sizes: torchvision/models/*.py, IMAGENET1K_V1.
constexpr std::array table{
    PublishedWeights{"vgg11", "vgg11-8a719046.pth", {}, 531},
    PublishedWeights{"vgg13", "vgg13-19584684.pth", {}, 532},
    PublishedWeights{"vgg16", "vgg16-397923af.pth",
                     "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0", 553},
    PublishedWeights{"vgg19", "vgg19-dcbb9e9d.pth",
                     "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44", 575},
    PublishedWeights{"vgg11_bn", "vgg11_bn-6002323d.pth", {}, 532},
    PublishedWeights{"vgg13_bn", "vgg13_bn-abd245e5.pth", {}, 532},
    PublishedWeights{"vgg16_bn", "vgg16_bn-6c64b313.pth",
                     "6c64b3138f2f4fcb3bcc4cafde11619c4f440eb1631787e93a682fd88305888a", 554},
    PublishedWeights{"vgg19_bn", "vgg19_bn-c79401a0.pth",
                     "c79401a0cf3cb42714e4182f5868c7a6f4f4534f5df9e956e2bb2098de41cbb6", 575},
    PublishedWeights{"resnet18", "resnet18-f37072fd.pth",
                     "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec", 47},
    PublishedWeights{"resnet34", "resnet34-b627a593.pth", {}, 87},
    PublishedWeights{"resnet50", "resnet50-0676ba61.pth",
                     "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a", 103},
    PublishedWeights{"resnet101", "resnet101-63fe2227.pth",
                     "63fe2227b86e8f1f2063f43a75c84d195911b6a0eace650907dd3dc62dd49a0a", 179},
    PublishedWeights{"mobilenet_v2", "mobilenet_v2-b0353104.pth", {}, 14},
    PublishedWeights{"squeezenet1_0", "squeezenet1_0-b66bff10.pth", {}, 5},
    PublishedWeights{"squeezenet1_1", "squeezenet1_1-b8a52dc0.pth", {}, 5}};

} // namespace

const PublishedWeights* published_weights(std::string_view architecture) {
    const auto found = std::ranges::find(table, architecture, &PublishedWeights::architecture);
    return found == table.end() ? nullptr : &*found;
}

} // namespace neural_style
