// SPDX-License-Identifier: GPL-3.0-or-later
#include "added_network.hpp"

#include "mapped_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <format>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace neural_style {

namespace {

using Json = nlohmann::ordered_json;

// A network before its numbers: which tensors it has, from which of the file's, and what the engine has to
// know.
struct Plan {
    std::vector<std::pair<std::string, std::string>> tensors; // ours, torchvision's
    Json graph = Json::array();
    std::string taps, style_taps, content_tap;
};

// The names of Caffe's first releases: conv3_1 and relu3_1 belong to the first layer of the third block.
Plan vgg_plan(const Architecture& architecture) {
    Plan plan;
    int place = 0, block = 1, layer = 1;
    for (std::size_t begin = 0; begin < architecture.layout.size();) {
        const auto end = std::min(architecture.layout.find(' ', begin), architecture.layout.size());
        if (architecture.layout.substr(begin, end - begin) == "M") {
            plan.graph.push_back({{"pool", "max"}, {"size", 2}});
            ++block;
            layer = 1;
            ++place;
        } else {
            const auto name = std::format("{}_{}", block, layer);
            plan.graph.push_back({{"conv", "conv" + name},
                                  {"size", 3},
                                  {"stride", 1},
                                  {"padding", "zeros"},
                                  {"relu", "relu" + name}});
            for (const auto* part : {"weight", "bias"})
                plan.tensors.emplace_back(std::format("conv{}.{}", name, part),
                                          std::format("features.{}.{}", place, part));
            plan.taps += (plan.taps.empty() ? "relu" : " relu") + name;
            ++layer;
            place += 2;
        }
        begin = end + 1;
    }
    // Gatys, Ecker and Bethge 2016, section 2; every VGG has these layers.
    plan.style_taps = "relu1_1 relu2_1 relu3_1 relu4_1 relu5_1";
    plan.content_tap = "relu4_2";
    return plan;
}

std::optional<Plan> plan_of(const Architecture& architecture) {
    if (architecture.family == Family::vgg && !architecture.batch_norm)
        return vgg_plan(architecture);
    return std::nullopt;
}

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
    return std::format(
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

} // namespace

bool can_be_added(const Architecture& architecture) {
    return plan_of(architecture).has_value();
}

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
    if (!plan)
        return refused(std::format("it is {}, which this version cannot paint with yet", architecture.title),
                       "Choose a VGG without batch norm.");
    constexpr float largest_half = 65504;
    const auto size = source.float16 ? 2u : 4u;
    const auto scale = source.input.value_or(input_scale(network, source.source));
    Json header;
    header["__metadata__"] = Json{{"format", "neural-style-backbone/1"},
                                  {"name", architecture.name},
                                  {"architecture", architecture.name},
                                  {"graph", plan->graph.dump()},
                                  {"input", input_of(scale)},
                                  {"taps", plan->taps},
                                  {"style_taps", plan->style_taps},
                                  {"content_tap", plan->content_tap},
                                  {"source", source.source},
                                  {"source_sha256", source.sha256},
                                  {"card", card_of(architecture, source, scale)}};
    std::uint64_t end = 0;
    for (const auto& [ours, theirs] : plan->tensors) {
        const auto& tensor = *network.tensors.at(theirs);
        const auto begin = std::exchange(end, end + tensor.numbers() * size);
        header[ours] = {{"dtype", source.float16 ? "F16" : "F32"},
                        {"shape", tensor.shape},
                        {"data_offsets", {begin, end}}};
    }
    // The source's name may be of any encoding.
    auto text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
    text.resize((text.size() + 7) / 8 * 8, ' '); // tensors begin at a multiple of eight
    std::string bytes(sizeof(std::uint64_t), '\0');
    const std::uint64_t length = text.size();
    std::memcpy(bytes.data(), &length, sizeof length);
    bytes.reserve(bytes.size() + text.size() + end);
    bytes += text;
    for (const auto& [ours, theirs] : plan->tensors) {
        const auto& tensor = *network.tensors.at(theirs);
        const auto numbers = floats(tensor);
        MappedFile::forget(tensor.bytes);
        for (const float number : numbers) {
            if (!std::isfinite(number))
                return refused(std::format("its \"{}\" holds numbers that are not finite", tensor.name));
            if (source.float16 && std::abs(number) > largest_half)
                return refused(std::format("its \"{}\" holds numbers that float16 cannot hold", tensor.name),
                               "Add it without --float16.");
        }
        source.float16 ? append<_Float16>(bytes, numbers) : append<float>(bytes, numbers);
    }
    return bytes;
}

} // namespace neural_style
