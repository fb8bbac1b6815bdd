// SPDX-License-Identifier: GPL-3.0-or-later
#include "added_network.hpp"

#include "network_plan.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace neural_style {

namespace {

using Json = nlohmann::ordered_json;

std::string input_of(InputScale scale) {
    // Of ImageNet, in the picture's order of channels.
    const Json input =
        scale == InputScale::caffe
            ? Json{{"range", {0, 255}},
                   {"mean", {123.68, 116.779, 103.939}},
                   {"std", {1, 1, 1}},
                   {"channels", "BGR"}}
            : Json{{"range", {0, 1}}, {"mean", {0.485, 0.456, 0.406}}, {"std", {0.229, 0.224, 0.225}}};
    return input.dump();
}

std::string card_of(const Architecture& architecture, const NetworkSource& source, InputScale scale) {
    return formatted(
        "{}, without its classifier, added from the file {}.\n"
        "SHA-256 of that file: {}.\n"
        "Input: {}.\n"
        "Licence: the file does not tell it. What its publisher says applies; torchvision's weights "
        "come under BSD 3-Clause and were trained on ImageNet.\n",
        architecture.title, source.source, source.sha256,
        scale == InputScale::caffe ? "blue first, 0 to 255, minus the mean colour, as in Caffe"
                                   : "red first, normalised as torchvision does");
}

template <typename Number>
void append(std::string& bytes, const std::vector<float>& numbers) {
    const auto begin = bytes.size();
    bytes.resize(begin + numbers.size() * sizeof(Number));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto number = Number(numbers[i]);
        std::memcpy(bytes.data() + begin + i * sizeof number, &number, sizeof number);
    }
}

Accepted<std::vector<float>> finite_floats(const Recognized& network, const std::string& name) {
    const auto& tensor = *network.tensors.at(name);
    auto numbers = floats(tensor);
    if (!std::ranges::all_of(numbers, [](float number) { return std::isfinite(number); }))
        return refused(formatted("its \"{}\" holds numbers that are not finite", tensor.name));
    return numbers;
}

struct Numbers {
    std::vector<float> weight, bias;
};

// A batch norm with fixed statistics is a factor and an offset per channel (Ioffe and Szegedy 2015, algorithm
// 2), and becomes part of the convolution before it.
Accepted<Numbers> numbers_of(const Recognized& network, const PlannedConvolution& convolution) {
    auto weight = finite_floats(network, convolution.theirs + ".weight");
    if (!weight)
        return std::unexpected(weight.error());
    std::vector<float> bias; // before a norm most have none
    if (const auto name = convolution.theirs + ".bias"; network.tensors.contains(name)) {
        auto read = finite_floats(network, name);
        if (!read)
            return std::unexpected(read.error());
        bias = *std::move(read);
    }
    if (convolution.norm.empty())
        return Numbers{*std::move(weight), std::move(bias)};
    std::array<std::vector<float>, 4> norm;
    constexpr std::array parts{".weight", ".bias", ".running_mean", ".running_var"};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto part = finite_floats(network, convolution.norm + parts[i]);
        if (!part)
            return std::unexpected(part.error());
        norm[i] = *std::move(part);
    }
    constexpr double epsilon = 1e-5; // PyTorch's, which torchvision keeps
    const auto& [factors, offsets, means, variances] = norm;
    Numbers numbers{*std::move(weight), std::vector<float>(factors.size())};
    const auto each = numbers.weight.size() / factors.size();
    for (std::size_t channel = 0; channel < factors.size(); ++channel) {
        const double factor = factors[channel] / std::sqrt(std::max(0.0F, variances[channel]) + epsilon);
        for (std::size_t i = channel * each; i < (channel + 1) * each; ++i)
            numbers.weight[i] = float(numbers.weight[i] * factor);
        const double own = bias.empty() ? 0 : bias[channel];
        numbers.bias[channel] = float(offsets[channel] + (own - means[channel]) * factor);
    }
    return numbers;
}

// Multiplications and additions of the forward pass, for each pixel of a picture.
class Operations {
  public:
    Operations(const Recognized& network, const NetworkPlan& plan) {
        for (const auto& convolution : plan.convolutions)
            numbers_[convolution.ours] = network.tensors.at(convolution.theirs + ".weight")->numbers();
    }

    // `positions`: of the input, for each pixel; becomes that of the output.
    double of(const Json& steps, double& positions) const {
        double sum = 0;
        const auto beside = [&](const Json& others, double& ends_with) {
            double own = positions;
            sum += of(others, own);
            ends_with = own;
        };
        for (const auto& step : steps) {
            double next = positions;
            if (step.contains("conv")) {
                const auto stride = step.at("stride").get<double>();
                next /= stride * stride;
                sum += 2 * double(numbers_.at(step.at("conv").get<std::string>())) * next;
            } else if (step.contains("pool")) {
                next /= 4;
            } else if (step.contains("residual")) {
                if (step.contains("shortcut"))
                    beside(step.at("shortcut"), next);
                beside(step.at("residual"), next);
            } else if (step.contains("branches")) {
                for (const auto& branch : step.at("branches"))
                    beside(branch, next);
            }
            positions = next;
        }
        return sum;
    }

  private:
    std::map<std::string, std::uint64_t> numbers_;
};

double operations(const Recognized& network, const NetworkPlan& plan) {
    double positions = 1;
    return Operations(network, plan).of(plan.graph, positions);
}

} // namespace

InputScale input_scale(const Recognized& network, std::string_view file_name) {
    // The weights of Simonyan and Zisserman under torchvision's names, as jcjohnson published them.
    static constexpr std::array converted{"d01eb7cb", "00b39a1b"};
    const bool is_converted =
        std::ranges::any_of(converted, [&](const char* digits) { return file_name.contains(digits); });
    return network.naming == Naming::caffe || is_converted ? InputScale::caffe : InputScale::torchvision;
}

Accepted<std::string> added_network(const Recognized& network, const NetworkSource& source) {
    const auto& architecture = *network.architecture;
    const auto plan = plan_of(architecture);
    constexpr float largest_half = 65504;
    const auto size = source.float16 ? 2u : 4u;
    const auto scale = source.input.value_or(input_scale(network, source.source));
    Json header;
    header["__metadata__"] = Json{{"format", "neural-style-backbone/1"},
                                  {"name", architecture.name},
                                  {"title", architecture.title},
                                  {"architecture", architecture.name},
                                  {"operations", formatted("{:.0f}", operations(network, plan))},
                                  {"graph", plan.graph.dump()},
                                  {"input", input_of(scale)},
                                  {"taps", plan.taps},
                                  {"style_taps", plan.style_taps},
                                  {"content_tap", plan.content_tap},
                                  {"source", source.source},
                                  {"source_sha256", source.sha256},
                                  {"card", card_of(architecture, source, scale)}};
    if (!plan.names.empty())
        header["__metadata__"]["names"] = plan.names.dump();
    if (plan.smoothed)
        header["__metadata__"]["smoothing"] = "softmax";
    std::uint64_t end = 0;
    const auto describe = [&](std::string name, const std::vector<std::int64_t>& shape,
                              std::uint64_t numbers) {
        const auto begin = std::exchange(end, end + numbers * size);
        header[std::move(name)] = {
            {"dtype", source.float16 ? "F16" : "F32"}, {"shape", shape}, {"data_offsets", {begin, end}}};
    };
    for (const auto& convolution : plan.convolutions) {
        const auto& weight = *network.tensors.at(convolution.theirs + ".weight");
        describe(convolution.ours + ".weight", weight.shape, weight.numbers());
        describe(convolution.ours + ".bias", {weight.shape.front()}, std::uint64_t(weight.shape.front()));
    }
    // The source's name may be of any encoding.
    auto text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
    text.resize((text.size() + 7) / 8 * 8, ' '); // tensors begin at a multiple of eight
    std::string bytes(sizeof(std::uint64_t), '\0');
    const std::uint64_t length = text.size();
    std::memcpy(bytes.data(), &length, sizeof length);
    bytes.reserve(bytes.size() + text.size() + end);
    bytes += text;
    for (const auto& convolution : plan.convolutions) {
        const auto numbers = numbers_of(network, convolution);
        if (!numbers)
            return std::unexpected(numbers.error());
        for (const auto* part : {&numbers->weight, &numbers->bias}) {
            if (source.float16 &&
                std::ranges::any_of(*part, [](float n) { return std::abs(n) > largest_half; }))
                return refused(
                    formatted("its \"{}\" holds numbers that float16 cannot hold", convolution.theirs),
                    "Add it without --float16.");
            source.float16 ? append<_Float16>(bytes, *part) : append<float>(bytes, *part);
        }
    }
    return bytes;
}

} // namespace neural_style
