// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace neural_style {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr int most_steps = 256, deepest_nesting = 4;
constexpr int largest_kernel = 31, largest_factor = 8;
// Of all enlargements together; a decoder of VGG's deepest layer enlarges by 16.
constexpr double most_enlarged = 32;
// Of all strides together. With more, a position of a deep layer would cover a whole photo; VGG's deepest
// have 16.
constexpr double most_reduced = 256;
// The engine sends the names of its layers in one message of limited length.
constexpr std::size_t longest_tap = 64;

constexpr std::array border_names{std::pair(Border::zeros, "zeros"), std::pair(Border::reflect, "reflect"),
                                  std::pair(Border::replicate, "replicate"), std::pair(Border::none, "none")};

// A whole number; JSON's own conversion truncates values that do not fit.
int whole(const Json& entry, const char* key, int otherwise) {
    if (!entry.contains(key))
        return otherwise;
    const auto value = entry.at(key).get<double>();
    if (value != std::floor(value) || std::abs(value) > 1e6)
        throw Json::other_error::create(501, "whole number expected", nullptr);
    return int(value);
}

// Lists of names are separated by spaces.
bool can_be_said(const std::string& tap) {
    return !tap.empty() && tap.size() <= longest_tap &&
           std::ranges::all_of(tap, [](char c) { return c > ' ' && c < 127; });
}

class Reader {
  public:
    explicit Reader(const Weights& weights) : weights_(weights) {}

    Graph steps(const Json& json) {
        if (!json.is_array() || json.empty())
            weights_.refuse("its graph is not a list of steps");
        Graph graph;
        for (const auto& entry : json) {
            if (++steps_ > most_steps)
                weights_.refuse("its graph has too many steps");
            graph.push_back(step(entry));
        }
        return graph;
    }

  private:
    GraphStep step(const Json& entry) {
        if (entry.contains("conv"))
            return convolution(entry);
        if (entry.contains("pool"))
            return pooling(entry);
        if (entry.contains("up"))
            return upsampling(entry);
        if (entry.contains("norm"))
            return NormStep{.name = entry.at("norm").get<std::string>()};
        if (entry.contains("residual"))
            return residual(entry);
        if (entry.contains("branches"))
            return branches(entry);
        if (entry.contains("relu") && entry.at("relu") != false)
            return ReluStep{tap(entry.at("relu"), "its graph")};
        weights_.refuse("its graph has an unknown step");
    }

    ConvolutionStep convolution(const Json& entry) {
        ConvolutionStep step{.name = entry.at("conv").get<std::string>()};
        step.size = whole(entry, "size", 3);
        step.stride = whole(entry, "stride", 1);
        step.groups = whole(entry, "groups", 1);
        if (step.groups < 1)
            weights_.refuse(formatted("\"{}\" has an unknown number of groups", step.name));
        if (step.size < 1 || step.size > largest_kernel || step.size % 2 == 0 || step.stride < 1 ||
            step.stride > largest_factor)
            weights_.refuse(formatted("\"{}\" has an unknown size or stride", step.name));
        const auto padding = entry.value("padding", "zeros");
        const auto border = std::ranges::find(border_names, padding, [](const auto& b) { return b.second; });
        if (border == border_names.end())
            weights_.refuse(formatted("\"{}\" has the unknown padding \"{}\"", step.name, padding));
        step.border = border->first;
        read_end(entry, formatted("\"{}\"", step.name), step);
        step.limit = entry.value("limit", 0.0);
        if (!std::isfinite(step.limit) || step.limit < 0 || (step.limit > 0 && !step.relu))
            weights_.refuse(formatted("\"{}\" has an unknown limit", step.name));
        if (entry.contains("before")) {
            step.before = tap(entry.at("before"), formatted("\"{}\"", step.name));
            if (!step.relu || step.limit > 0)
                weights_.refuse(formatted("\"{}\" has no plain ReLU to be tapped before", step.name));
        }
        return step;
    }

    // Of a convolution or a residual: its ReLU and its name.
    template <typename Step>
    void read_end(const Json& entry, const std::string& whose, Step& step) {
        step.relu = entry.contains("relu") && entry.at("relu") != false;
        if (step.relu)
            step.tap = tap(entry.at("relu"), whose);
        else if (entry.contains("tap"))
            step.tap = tap(entry.at("tap"), whose);
    }

    PoolingStep pooling(const Json& entry) {
        const auto kind = entry.at("pool").get<std::string>();
        const PoolingStep step{.maximum = kind == "max",
                               .size = whole(entry, "size", 2),
                               .padding = whole(entry, "padding", 0),
                               .rest = entry.value("ceil", false)};
        if ((kind != "average" && kind != "max") || (step.size != 2 && step.size != 3) || step.padding < 0 ||
            step.padding > step.size - 2)
            weights_.refuse(formatted("it has the unknown pooling \"{}\"", kind));
        return step;
    }

    UpsamplingStep upsampling(const Json& entry) {
        const auto kind = entry.at("up").get<std::string>();
        const int size = whole(entry, "size", 2);
        if ((kind != "nearest" && kind != "bilinear") || size < 1 || size > largest_factor)
            weights_.refuse("it enlarges in an unknown way");
        return {.size = size, .smooth = kind == "bilinear"};
    }

    Graph nested(const Json& json) {
        if (++nesting_ > deepest_nesting)
            weights_.refuse("its graph is nested too deeply");
        auto graph = steps(json);
        --nesting_;
        return graph;
    }

    ResidualStep residual(const Json& entry) {
        ResidualStep step{nested(entry.at("residual")), {}};
        if (entry.contains("shortcut"))
            step.shortcut = nested(entry.at("shortcut"));
        read_end(entry, "a residual", step);
        return step;
    }

    BranchesStep branches(const Json& entry) {
        const auto& list = entry.at("branches");
        if (!list.is_array() || list.empty())
            weights_.refuse("its graph has branches that are not a list");
        BranchesStep step;
        for (const auto& branch : list)
            step.branches.push_back(nested(branch));
        if (entry.contains("tap"))
            step.tap = tap(entry.at("tap"), "branches");
        return step;
    }

    // Of a ReLU: a name, or just true.
    std::string tap(const Json& json, std::string_view whose) {
        if (json == true)
            return {};
        const auto name = json.get<std::string>();
        if (!can_be_said(name))
            weights_.refuse(
                formatted("the layer behind {} has no name of 1 to {} plain letters", whose, longest_tap));
        if (std::ranges::contains(taps_, name))
            weights_.refuse(formatted("it has two layers of the name \"{}\"", name));
        taps_.push_back(name);
        return name;
    }

    const Weights& weights_;
    int steps_ = 0, nesting_ = 0;
    std::vector<std::string> taps_;
};

// Follows the shape from step to step, finding each step's tensors and checking that they fit.
class Binder {
  public:
    Binder(const Weights& weights, std::int64_t channels) : weights_(weights), channels_(channels) {}

    void operator()(Graph& graph) {
        for (auto& step : graph)
            std::visit(*this, static_cast<GraphStep::variant&>(step));
    }

    void operator()(ConvolutionStep& step) {
        step.weight = weights_.tensor(step.name + ".weight");
        step.bias = weights_.tensor(step.name + ".bias");
        const auto out = step.weight.dim() > 0 ? step.weight.size(0) : 0;
        if (channels_ % step.groups != 0 || out % step.groups != 0)
            does_not_fit(step.name);
        const auto seen = channels_ / step.groups;
        if (out < 1 || step.weight.sizes() != at::IntArrayRef({out, seen, step.size, step.size}) ||
            step.bias.sizes() != at::IntArrayRef({out}))
            does_not_fit(step.name);
        if (out > most_channels)
            weights_.refuse(formatted("\"{}\" has more than {} channels", step.name, most_channels));
        channels_ = out;
        reduce(step.stride);
    }
    void operator()(PoolingStep&) { reduce(2); }
    void operator()(UpsamplingStep& step) {
        length_ *= step.size;
        if (length_ > most_enlarged)
            weights_.refuse("it enlarges a picture beyond all measure");
    }
    void operator()(NormStep& step) {
        step.weight = weights_.tensor(step.name + ".weight");
        step.bias = weights_.tensor(step.name + ".bias");
        for (const auto* tensor : {&step.weight, &step.bias})
            if (tensor->sizes() != at::IntArrayRef({channels_}))
                does_not_fit(step.name);
    }
    void operator()(ReluStep&) {}
    void operator()(ResidualStep& step) {
        auto beside = *this;
        beside(step.shortcut);
        (*this)(step.inside);
        if (channels_ != beside.channels_ || length_ != beside.length_)
            weights_.refuse("a residual of its graph changes the size of what it is added to");
    }
    void operator()(BranchesStep& step) {
        std::int64_t sum = 0;
        auto all = *this;
        for (auto& branch : step.branches) {
            auto here = *this;
            here(branch);
            if (&branch != &step.branches.front() && here.length_ != all.length_)
                weights_.refuse("branches of its graph have different sizes");
            sum += here.channels_;
            all.length_ = here.length_;
        }
        if (sum > most_channels)
            weights_.refuse(formatted("its branches have more than {} channels together", most_channels));
        channels_ = sum;
        length_ = all.length_;
    }

  private:
    void reduce(int by) {
        length_ /= by;
        if (length_ < 1 / most_reduced)
            weights_.refuse("its strides and poolings leave nothing of a picture");
    }
    [[noreturn]] void does_not_fit(const std::string& name) const {
        weights_.refuse(formatted("\"{}\" does not fit the layer before it", name));
    }

    const Weights& weights_;
    std::int64_t channels_;
    double length_ = 1; // relative to the input's
};

// A step as JSON.
struct Writer {
    OrderedJson operator()(const Graph& graph) const {
        auto list = OrderedJson::array();
        for (const auto& step : graph)
            list.push_back(std::visit(*this, static_cast<const GraphStep::variant&>(step)));
        return list;
    }
    OrderedJson operator()(const ConvolutionStep& step) const {
        OrderedJson json{{"conv", step.name},
                         {"size", step.size},
                         {"stride", step.stride},
                         {"padding", std::ranges::find(border_names, step.border, [](const auto& b) {
                                         return b.first;
                                     })->second}};
        if (step.groups != 1)
            json["groups"] = step.groups;
        write_end(step, json);
        if (step.limit > 0)
            json["limit"] = step.limit;
        if (!step.before.empty())
            json["before"] = step.before;
        return json;
    }
    OrderedJson operator()(const PoolingStep& step) const {
        OrderedJson json{{"pool", step.maximum ? "max" : "average"}, {"size", step.size}};
        if (step.padding > 0)
            json["padding"] = step.padding;
        if (step.rest)
            json["ceil"] = true;
        return json;
    }
    OrderedJson operator()(const UpsamplingStep& step) const {
        return {{"up", step.smooth ? "bilinear" : "nearest"}, {"size", step.size}};
    }
    OrderedJson operator()(const NormStep& step) const { return {{"norm", step.name}}; }
    OrderedJson operator()(const ReluStep& step) const { return {{"relu", relu(step.tap)}}; }
    OrderedJson operator()(const ResidualStep& step) const {
        OrderedJson json{{"residual", (*this)(step.inside)}};
        if (!step.shortcut.empty())
            json["shortcut"] = (*this)(step.shortcut);
        write_end(step, json);
        return json;
    }
    OrderedJson operator()(const BranchesStep& step) const {
        OrderedJson json{{"branches", OrderedJson::array()}};
        for (const auto& branch : step.branches)
            json["branches"].push_back((*this)(branch));
        if (!step.tap.empty())
            json["tap"] = step.tap;
        return json;
    }

    template <typename Step>
    static void write_end(const Step& step, OrderedJson& json) {
        if (step.relu)
            json["relu"] = relu(step.tap);
        else if (!step.tap.empty())
            json["tap"] = step.tap;
    }

    static OrderedJson relu(const std::string& tap) {
        return tap.empty() ? OrderedJson(true) : OrderedJson(tap);
    }
};

} // namespace

std::string_view word_of(const GraphStep& step) {
    constexpr std::array words{"conv", "pool", "up", "norm", "relu", "residual", "branches"};
    static_assert(words.size() == std::variant_size_v<GraphStep::variant>);
    return words[step.index()];
}

std::string tap_of(const GraphStep& step) {
    return std::visit(
        [](const auto& s) {
            if constexpr (requires { s.tap; })
                return s.tap;
            else
                return std::string();
        },
        static_cast<const GraphStep::variant&>(step));
}

Graph read_graph(const Weights& weights, const Json& json, std::int64_t channels) {
    try {
        auto graph = Reader(weights).steps(json);
        find_tensors(graph, weights, channels);
        return graph;
    } catch (const Json::exception&) {
        weights.refuse("its graph is not described as expected");
    }
}

Graph read_graph(const Weights& weights, const std::string& json, std::int64_t channels) {
    return read_graph(weights, Json::parse(json, nullptr, /*allow_exceptions=*/false), channels);
}

void find_tensors(Graph& graph, const Weights& weights, std::int64_t channels) {
    Binder(weights, channels)(graph);
}

std::string graph_text(const Graph& graph) {
    return Writer()(graph).dump();
}

} // namespace neural_style
