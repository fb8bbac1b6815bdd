// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_plan.hpp"

#include "layout.hpp"

#include <neural_style/formatted.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace neural_style {

namespace {

using Json = nlohmann::ordered_json;

class Planner {
  public:
    explicit Planner(const Architecture& architecture) { walk(*this, architecture); }

    NetworkPlan plan{.convolutions = {},
                     .graph = Json::array(),
                     .taps = {},
                     .style_taps = {},
                     .content_tap = {},
                     .names = Json::object()};

  private:
    template <typename Walker>
    friend void neural_style::walk(Walker&, const Architecture&);

    struct Form {
        std::int64_t size = 3, stride = 1, groups = 1;
        const char* padding = "zeros";
    };

    // The step without its ReLU.
    Json convolution(std::string ours, std::string theirs, std::string norm, const Form& form) {
        Json step{{"conv", ours}, {"size", form.size}, {"stride", form.stride}, {"padding", form.padding}};
        if (form.groups != 1)
            step["groups"] = form.groups;
        plan.convolutions.push_back({std::move(ours), std::move(theirs), std::move(norm)});
        return step;
    }
    static Json rectified(Json step, Json tap = true) {
        step["relu"] = std::move(tap);
        return step;
    }
    static Json limited(Json step, Json tap = true) {
        step = rectified(std::move(step), std::move(tap));
        step["limit"] = 6;
        return step;
    }
    std::string tapped(std::string name) {
        plan.taps += (plan.taps.empty() ? "" : " ") + name;
        return name;
    }

    void vgg(const Architecture& architecture) {
        int place = 0, block = 1, layer = 1;
        for (const auto word : split(architecture.layout, ' ')) {
            if (word == "M") {
                plan.graph.push_back({{"pool", "max"}, {"size", 2}});
                ++place;
                ++block;
                layer = 1;
                continue;
            }
            const auto name = formatted("{}_{}", block, layer++);
            const auto node = [&](int after) { return formatted("features.{}", place + after); };
            const int norms = architecture.batch_norm ? 1 : 0;
            auto step = convolution("conv" + name, node(0), architecture.batch_norm ? node(1) : "", {});
            step["before"] = "conv" + name;
            plan.graph.push_back(rectified(std::move(step), tapped("relu" + name)));
            plan.names[node(norms)] = "conv" + name;
            plan.names[node(norms + 1)] = "relu" + name;
            place += norms + 2;
        }
        // Gatys, Ecker and Bethge 2016, section 2; every VGG has these layers.
        plan.style_taps = "relu1_1 relu2_1 relu3_1 relu4_1 relu5_1";
        plan.content_tap = "relu4_2";
    }

    void resnet(const Architecture& architecture) {
        const auto words = split(architecture.layout, ' ');
        const bool bottleneck = words.front() == "bottleneck";
        auto first = convolution("conv1", "conv1", "bn1", {.size = 7, .stride = 2});
        first["before"] = "bn1";
        plan.graph.push_back(rectified(std::move(first), tapped("relu")));
        plan.smoothed = true;
        plan.graph.push_back({{"pool", "max"}, {"size", 3}, {"padding", 1}});
        plan.style_taps = "relu";
        for (std::size_t layer = 1; layer < words.size(); ++layer) {
            std::string last;
            for (std::int64_t block = 0; block < number(words[layer]); ++block) {
                last = formatted("layer{}.{}", layer, block);
                plan.graph.push_back(residual(last, bottleneck, layer > 1 && block == 0 ? 2 : 1,
                                              block == 0 && (layer > 1 || bottleneck)));
            }
            plan.names[formatted("layer{}", layer)] = last;
            // The last block of each layer but the deepest, whose positions are 32 pixels apart: chosen to
            // see as far as VGG's, not measured.
            if (layer <= 3)
                plan.style_taps += " " + last;
            if (layer == 3)
                plan.content_tap = last;
        }
    }

    // The stride is that of the 3 x 3 convolution, as torchvision has it, not of the first one, as in the
    // paper.
    Json residual(const std::string& name, bool bottleneck, std::int64_t stride, bool changes) {
        const auto part = [&](int i, const Form& form) {
            return convolution(formatted("{}.conv{}", name, i), formatted("{}.conv{}", name, i),
                               formatted("{}.bn{}", name, i), form);
        };
        auto inside = Json::array();
        if (bottleneck) {
            inside.push_back(rectified(part(1, {.size = 1})));
            inside.push_back(rectified(part(2, {.stride = stride})));
            inside.push_back(part(3, {.size = 1}));
        } else {
            inside.push_back(rectified(part(1, {.stride = stride})));
            inside.push_back(part(2, {}));
        }
        Json step{{"residual", std::move(inside)}};
        if (changes)
            step["shortcut"] =
                Json::array({convolution(name + ".downsample", name + ".downsample.0", name + ".downsample.1",
                                         {.size = 1, .stride = stride})});
        return rectified(std::move(step), tapped(name));
    }

    void mobilenet(const Architecture& architecture) {
        plan.graph.push_back(limited(convolution("features.0", "features.0.0", "features.0.1", {.stride = 2}),
                                     tapped("features.0")));
        std::int64_t channels = 32;
        int place = 1, group = 0;
        for (const auto word : split(architecture.layout, ' ')) {
            const auto parts = split(word, ':');
            const auto expansion = number(parts[0]), out = number(parts[1]), blocks = number(parts[2]);
            // Sandler et al. 2018, table 2: strides of the groups' first blocks.
            constexpr std::int64_t strides[] = {1, 2, 2, 2, 1, 2, 1};
            for (std::int64_t block = 0; block < blocks; ++block, ++place) {
                inverted(place, expansion, channels, block == 0 ? strides[group] : 1,
                         block > 0 || channels == out);
                channels = out;
            }
            ++group;
        }
        plan.graph.push_back(
            limited(convolution(formatted("features.{}", place), formatted("features.{}.0", place),
                                formatted("features.{}.1", place), {.size = 1}),
                    tapped(formatted("features.{}", place))));
        // The last block of each size up to a sixteenth: chosen to see as far as VGG's, not measured.
        plan.style_taps = "features.1 features.3 features.6 features.13";
        plan.content_tap = "features.10";
    }

    // A block of MobileNetV2: wider, each channel for itself, narrower without a ReLU.
    void inverted(int place, std::int64_t expansion, std::int64_t channels, std::int64_t stride, bool adds) {
        const auto name = formatted("features.{}", place);
        const auto inner = channels * expansion;
        auto steps = Json::array();
        int next = 0;
        const auto part = [&](const char* ours, bool alone, const Form& form) {
            const auto theirs = formatted("{}.conv.{}", name, next);
            ++next;
            return alone ? convolution(name + ours, theirs, formatted("{}.conv.{}", name, next), form)
                         : convolution(name + ours, theirs + ".0", theirs + ".1", form);
        };
        if (expansion != 1)
            steps.push_back(limited(part(".wider", false, {.size = 1})));
        steps.push_back(limited(part(".depthwise", false, {.stride = stride, .groups = inner})));
        auto narrower = part(".narrower", true, {.size = 1});
        if (adds) {
            steps.push_back(std::move(narrower));
            plan.graph.push_back({{"residual", std::move(steps)}, {"tap", tapped(name)}});
            return;
        }
        narrower["tap"] = tapped(name);
        steps.push_back(std::move(narrower));
        for (auto& step : steps)
            plan.graph.push_back(std::move(step));
    }

    void squeezenet(const Architecture& architecture) {
        const auto words = split(architecture.layout, ' ');
        auto first = convolution("features.0", "features.0", "",
                                 {.size = number(words[1]), .stride = 2, .padding = "none"});
        first["before"] = "features.0";
        plan.graph.push_back(rectified(std::move(first), tapped("features.1")));
        // The last module of each size: chosen, not measured.
        std::vector<std::string> last_of_size;
        int place = 2;
        for (std::size_t i = 2; i < words.size(); ++i, ++place) {
            if (words[i] == "M") {
                plan.graph.push_back({{"pool", "max"}, {"size", 3}, {"ceil", true}});
                continue;
            }
            const auto name = formatted("features.{}", place);
            const auto part = [&](const char* word, std::int64_t size) {
                return rectified(convolution(name + word, name + word, "", {.size = size}));
            };
            plan.graph.push_back(part(".squeeze", 1));
            auto narrow = Json::array({part(".expand1x1", 1)}), wide = Json::array({part(".expand3x3", 3)});
            plan.graph.push_back(
                {{"branches", Json::array({std::move(narrow), std::move(wide)})}, {"tap", tapped(name)}});
            if (i + 1 == words.size() || words[i + 1] == "M")
                last_of_size.push_back(name);
        }
        plan.style_taps = "features.1";
        for (const auto& name : last_of_size)
            plan.style_taps += " " + name;
        plan.content_tap = last_of_size[1];
    }
};

} // namespace

NetworkPlan plan_of(const Architecture& architecture) {
    return std::move(Planner(architecture).plan);
}

} // namespace neural_style
