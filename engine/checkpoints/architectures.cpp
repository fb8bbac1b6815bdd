// SPDX-License-Identifier: GPL-3.0-or-later
#include "architectures.hpp"

#include "layout.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace neural_style {

namespace {

// Simonyan and Zisserman 2014, table 1; He et al. 2015, table 1; Sandler et al. 2018, table 2; Iandola et al.
// 2016, table 1, and 1.1 of the authors' repository.
constexpr const char* vgg11 = "64 M 128 M 256 256 M 512 512 M 512 512";
constexpr const char* vgg13 = "64 64 M 128 128 M 256 256 M 512 512 M 512 512";
constexpr const char* vgg16 = "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512";
constexpr const char* vgg19 = "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512";

constexpr std::array table{
    Architecture{"vgg11", "VGG-11", Family::vgg, false, vgg11},
    Architecture{"vgg13", "VGG-13", Family::vgg, false, vgg13},
    Architecture{"vgg16", "VGG-16", Family::vgg, false, vgg16},
    Architecture{"vgg19", "VGG-19", Family::vgg, false, vgg19},
    Architecture{"vgg11_bn", "VGG-11 with batch norm", Family::vgg, true, vgg11},
    Architecture{"vgg13_bn", "VGG-13 with batch norm", Family::vgg, true, vgg13},
    Architecture{"vgg16_bn", "VGG-16 with batch norm", Family::vgg, true, vgg16},
    Architecture{"vgg19_bn", "VGG-19 with batch norm", Family::vgg, true, vgg19},
    Architecture{"resnet18", "ResNet-18", Family::resnet, true, "basic 2 2 2 2"},
    Architecture{"resnet34", "ResNet-34", Family::resnet, true, "basic 3 4 6 3"},
    Architecture{"resnet50", "ResNet-50", Family::resnet, true, "bottleneck 3 4 6 3"},
    Architecture{"resnet101", "ResNet-101", Family::resnet, true, "bottleneck 3 4 23 3"},
    Architecture{"mobilenet_v2", "MobileNetV2", Family::mobilenet_v2, true,
                 "1:16:1 6:24:2 6:32:3 6:64:4 6:96:3 6:160:3 6:320:1"},
    Architecture{"squeezenet1_0", "SqueezeNet 1.0", Family::squeezenet, false,
                 "96 7 M 16:64 16:64 32:128 M 32:128 48:192 48:192 64:256 M 64:256"},
    Architecture{"squeezenet1_1", "SqueezeNet 1.1", Family::squeezenet, false,
                 "64 3 M 16:64 16:64 M 32:128 32:128 M 48:192 48:192 64:256 64:256"}};

// A tensor under torchvision's name, and under the names that others have for it; empty: none.
struct Named {
    ArchitectureTensor tensor;
    std::string timm, caffe;
};

class Outline {
  public:
    explicit Outline(const Architecture& architecture) { walk(*this, architecture); }

    std::vector<Named> tensors;

  private:
    template <typename Walker>
    friend void neural_style::walk(Walker&, const Architecture&);

    using Shape = std::vector<std::int64_t>;

    static std::string with(const std::string& name, const char* part) {
        return name.empty() ? name : name + "." + part;
    }
    void add(const std::string& name, const char* part, Shape shape, const std::string& timm,
             const std::string& caffe) {
        tensors.push_back({{with(name, part), std::move(shape)}, with(timm, part), with(caffe, part)});
    }
    void convolution(const std::string& name, Shape shape, bool bias, const std::string& timm = {},
                     const std::string& caffe = {}) {
        const auto channels = shape.front();
        add(name, "weight", std::move(shape), timm, caffe);
        if (bias)
            add(name, "bias", {channels}, timm, caffe);
    }
    void batch_norm(const std::string& name, std::int64_t channels, const std::string& timm = {}) {
        for (const auto* part : {"weight", "bias", "running_mean", "running_var"})
            add(name, part, {channels}, timm, {});
    }

    void vgg(const Architecture& architecture) {
        std::int64_t channels = 3;
        int place = 0, block = 1, layer = 1;
        for (const auto word : split(architecture.layout, ' ')) {
            if (word == "M") {
                ++place;
                ++block;
                layer = 1;
                continue;
            }
            const auto out = number(word);
            convolution(formatted("features.{}", place), {out, channels, 3, 3}, true, {},
                        architecture.batch_norm ? std::string() : formatted("conv{}_{}", block, layer++));
            if (architecture.batch_norm)
                batch_norm(formatted("features.{}", place + 1), out);
            place += architecture.batch_norm ? 3 : 2; // with the ReLU
            channels = out;
        }
    }

    void resnet(const Architecture& architecture) {
        const auto words = split(architecture.layout, ' ');
        const bool bottleneck = words.front() == "bottleneck";
        const std::int64_t widening = bottleneck ? 4 : 1;
        convolution("conv1", {64, 3, 7, 7}, false);
        batch_norm("bn1", 64);
        std::int64_t channels = 64;
        for (std::size_t layer = 1; layer < words.size(); ++layer) {
            const std::int64_t inner = std::int64_t(32) << layer, out = inner * widening;
            for (std::int64_t block = 0; block < number(words[layer]); ++block) {
                const auto name = formatted("layer{}.{}.", layer, block);
                const std::vector<Shape> shapes =
                    bottleneck ? std::vector<Shape>{{inner, channels, 1, 1},
                                                    {inner, inner, 3, 3},
                                                    {out, inner, 1, 1}}
                               : std::vector<Shape>{{inner, channels, 3, 3}, {inner, inner, 3, 3}};
                for (std::size_t i = 0; i < shapes.size(); ++i) {
                    convolution(formatted("{}conv{}", name, i + 1), shapes[i], false);
                    batch_norm(formatted("{}bn{}", name, i + 1), shapes[i].front());
                }
                if (block == 0 && (layer > 1 || channels != out)) {
                    convolution(name + "downsample.0", {out, channels, 1, 1}, false);
                    batch_norm(name + "downsample.1", out);
                }
                channels = out;
            }
        }
    }

    void mobilenet(const Architecture& architecture) {
        constexpr std::int64_t first = 32, last = 1280;
        convolution("features.0.0", {first, 3, 3, 3}, false, "conv_stem");
        batch_norm("features.0.1", first, "bn1");
        std::int64_t channels = first;
        int place = 1, group = 0;
        for (const auto word : split(architecture.layout, ' ')) {
            const auto parts = split(word, ':');
            const auto expansion = number(parts[0]), out = number(parts[1]), blocks = number(parts[2]);
            for (std::int64_t block = 0; block < blocks; ++block, ++place) {
                const auto name = formatted("features.{}.conv.", place);
                const auto timm = formatted("blocks.{}.{}.", group, block);
                const auto inner = channels * expansion;
                int step = 0, norm = 1;
                if (expansion != 1) {
                    convolution(name + "0.0", {inner, channels, 1, 1}, false, timm + "conv_pw");
                    batch_norm(name + "0.1", inner, timm + "bn1");
                    ++step;
                    ++norm;
                }
                convolution(formatted("{}{}.0", name, step), {inner, 1, 3, 3}, false, timm + "conv_dw");
                batch_norm(formatted("{}{}.1", name, step), inner, formatted("{}bn{}", timm, norm));
                convolution(formatted("{}{}", name, step + 1), {out, inner, 1, 1}, false,
                            timm + (expansion == 1 ? "conv_pw" : "conv_pwl"));
                batch_norm(formatted("{}{}", name, step + 2), out, formatted("{}bn{}", timm, norm + 1));
                channels = out;
            }
            ++group;
        }
        convolution(formatted("features.{}.0", place), {last, channels, 1, 1}, false, "conv_head");
        batch_norm(formatted("features.{}.1", place), last, "bn2");
    }

    void squeezenet(const Architecture& architecture) {
        const auto words = split(architecture.layout, ' ');
        std::int64_t channels = number(words[0]);
        convolution("features.0", {channels, 3, number(words[1]), number(words[1])}, true);
        int place = 2; // behind its ReLU
        for (std::size_t i = 2; i < words.size(); ++i, ++place) {
            if (words[i] == "M")
                continue;
            const auto parts = split(words[i], ':');
            const auto squeezed = number(parts[0]), expanded = number(parts[1]);
            const auto name = formatted("features.{}.", place);
            convolution(name + "squeeze", {squeezed, channels, 1, 1}, true);
            convolution(name + "expand1x1", {expanded, squeezed, 1, 1}, true);
            convolution(name + "expand3x3", {expanded, squeezed, 3, 3}, true);
            channels = 2 * expanded;
        }
    }
};

using ByName = std::unordered_map<std::string_view, const StoredTensor*>;

// The names that a file of this kind has, without a prefix; "features." counts as one. Empty: the
// architecture has no such names.
std::vector<std::string> names_in(const Outline& outline, Naming naming) {
    std::vector<std::string> names;
    for (const auto& [tensor, timm, caffe] : outline.tensors) {
        constexpr std::string_view container = "features.";
        auto name = naming == Naming::timm ? timm : naming == Naming::caffe ? caffe : tensor.name;
        if (name.starts_with(container))
            name.erase(0, container.size());
        if (name.empty())
            return {};
        names.push_back(std::move(name));
    }
    return names;
}

// What stands before the names, in this file.
std::set<std::string_view> prefixes_of(const std::vector<std::string>& names, const ByName& tensors) {
    constexpr std::size_t most = 100;
    std::set<std::string_view> prefixes;
    for (const auto& anchor : {names.front(), names[names.size() / 2], names.back()})
        for (const auto& [name, tensor] : tensors)
            if (name.ends_with(anchor) && prefixes.size() < most) {
                const auto prefix = name.substr(0, name.size() - anchor.size());
                if (prefix.empty() || prefix.ends_with('.'))
                    prefixes.insert(prefix);
            }
    return prefixes;
}

// "conv5_4.weight": "conv"; "layer3.0.bn1.bias": "layer"; "12.weight": "".
std::string_view kind_of(std::string_view name) {
    auto kind = name.substr(0, name.find('.'));
    while (!kind.empty() && ((kind.back() >= '0' && kind.back() <= '9') || kind.back() == '_'))
        kind.remove_suffix(1);
    return kind;
}

struct Match {
    Recognized found;
    std::size_t expected = 0, named = 0;
    std::string difference{}; ///< empty: none
    double share() const { return double(found.tensors.size()) / double(expected); }
    double named_share() const { return double(named) / double(expected); }
};

Match matched(const Architecture& architecture, Naming naming, const Outline& outline,
              const std::vector<std::string>& names, std::string_view prefix, const ByName& tensors) {
    Match match{.found = {&architecture, naming, {}}, .expected = names.size()};
    const auto differs = [&](std::string how) {
        if (match.difference.empty())
            match.difference = std::move(how);
    };
    std::set<std::string> known;
    std::set<std::string_view> kinds;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto name = std::string(prefix) + names[i];
        const auto& expected = outline.tensors[i].tensor;
        const auto found = tensors.find(name);
        kinds.insert(kind_of(names[i]));
        known.insert(name);
        match.named += found != tensors.end();
        if (found == tensors.end())
            differs(formatted("it has no \"{}\"", name));
        else if (found->second->shape != expected.shape)
            differs(formatted("its \"{}\" is {} instead of {}", name, words_of(found->second->shape),
                              words_of(expected.shape)));
        else
            match.found.tensors.emplace(expected.name, found->second);
    }
    if (match.difference.empty()) {
        std::optional<std::string_view> more; // the first by name, so that the sentence is always the same
        for (const auto& [name, tensor] : tensors)
            if (name.starts_with(prefix) && kinds.contains(kind_of(name.substr(prefix.size()))) &&
                !known.contains(std::string(name)) && (!more || name < *more))
                more = name;
        if (more)
            differs(formatted("it also has \"{}\"", *more));
    }
    return match;
}

} // namespace

std::span<const Architecture> architectures() {
    return table;
}

std::vector<ArchitectureTensor> tensors_of(const Architecture& architecture) {
    std::vector<ArchitectureTensor> tensors;
    for (auto& named : Outline(architecture).tensors)
        tensors.push_back(std::move(named.tensor));
    return tensors;
}

Accepted<Recognized> recognized(std::span<const StoredTensor> tensors) {
    ByName by_name;
    for (const auto& tensor : tensors)
        by_name.emplace(tensor.name, &tensor);
    std::optional<Match> best;
    const auto rank = [](const Match& match) {
        return std::tuple(match.difference.empty(), match.share(), match.named_share(), match.expected);
    };
    for (const auto& architecture : table) {
        const Outline outline(architecture);
        for (const auto naming : {Naming::torchvision, Naming::timm, Naming::caffe}) {
            const auto names = names_in(outline, naming);
            if (names.empty())
                continue;
            for (const auto prefix : prefixes_of(names, by_name)) {
                auto match = matched(architecture, naming, outline, names, prefix, by_name);
                if (!best || rank(match) > rank(*best))
                    best = std::move(match);
            }
        }
    }
    if (best && best->difference.empty())
        return std::move(best->found);
    if (best && best->named_share() >= 0.75)
        return refused(
            formatted("it is nearly {}, but {}", best->found.architecture->title, best->difference),
            formatted("Choose a file of {} itself.", best->found.architecture->title));
    std::string titles;
    for (const auto& architecture : table)
        if (!(architecture.family == Family::vgg && architecture.batch_norm))
            titles += (titles.empty() ? "" : ", ") + std::string(architecture.title);
    return refused("its weights are those of no network that is known here",
                   formatted("Choose one of {}, the VGGs with or without batch norm.", titles));
}

} // namespace neural_style
