// SPDX-License-Identifier: GPL-3.0-or-later
#include "chain.hpp"

#include "guarded.hpp"
#include "instance_norm.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <format>
#include <nlohmann/json.hpp>
#include <torch/types.h>
#include <utility>

namespace neural_style {

namespace {

constexpr int most_steps = 256;
constexpr int deepest_nesting = 4;
constexpr int largest_kernel = 31, largest_stride = 8;
// Of all strides, or enlargements, together: a decoder of VGG's deepest layer enlarges by 16.
constexpr double most_enlarged = 32, most_reduced = 32;
// Of sides that all strides divide.
constexpr int largest_multiple = 256;
constexpr double norm_epsilon = 1e-5; // of PyTorch's InstanceNorm2d, which the published networks have

// A whole number; JSON's own conversion cuts what does not fit.
int whole(const nlohmann::json& entry, const char* key, int otherwise) {
    if (!entry.contains(key))
        return otherwise;
    const auto value = entry.at(key).get<double>();
    if (value != std::floor(value) || std::abs(value) > 1e6)
        throw nlohmann::json::other_error::create(501, "whole number expected", nullptr);
    return int(value);
}

// Enlarging by two (each position becomes 2 x 2) and the 3 x 3 convolution behind it, as one convolution of
// the small input: output rows 2p - 1 and 2p see rows p - 1 and p of it only. The kernel [4 out, in, 2, 2]
// gives both rows and both columns at once; that is 4/9 of the work, and nothing is enlarged.
torch::Tensor enlarging_kernel(const torch::Tensor& weight) {
    const auto out = weight.size(0), in = weight.size(1);
    // [phase, where in the window, which of three] by how much each of the three weights counts there.
    const auto folding = torch::tensor({{{1., 1., 0.}, {0., 0., 1.}}, {{1., 0., 0.}, {0., 1., 1.}}});
    const auto folds = folding.to(torch::kFloat32);
    auto kernel = torch::einsum("pyk,qxl,oikl->pqoiyx", {folds, folds, weight.to(torch::kFloat32)});
    return kernel.reshape({4 * out, in, 2, 2});
}

// Position (p, q) of `corners` [n, 4 channels, height + 1, width + 1] becomes the rows 2p - 1 and 2p and the
// columns 2q - 1 and 2q of the result, as far as there are such.
torch::Tensor spread(const torch::Tensor& corners) {
    const auto count = corners.size(0), channels = corners.size(1) / 4;
    const auto height = 2 * (corners.size(2) - 1), width = 2 * (corners.size(3) - 1);
    auto out =
        torch::empty({count, channels, height, width}, corners.options(), torch::MemoryFormat::ChannelsLast);
    const auto bytes = std::size_t(channels) * corners.element_size();
    const auto row_bytes = 4 * bytes * std::size_t(width / 2 + 1);
    const auto* from = static_cast<const char*>(corners.const_data_ptr());
    auto* to = static_cast<char*>(out.data_ptr());
    at::parallel_for(0, count * height, 16, [&](std::int64_t first, std::int64_t end) {
        for (auto i = first; i < end; ++i) {
            const auto y = i % height;
            const auto corner = (i / height) * (height / 2 + 1) + (y + 1) / 2;
            // A corner's two columns lie side by side in both; the first corner has only its second, the last
            // only its first.
            const char* in = from + std::size_t(corner) * row_bytes + ((y + 1) % 2 ? 2 * bytes : 0);
            char* line = to + std::size_t(i) * std::size_t(width) * bytes;
            std::memcpy(line, in + bytes, bytes);
            for (std::int64_t q = 1; q < width / 2; ++q)
                std::memcpy(line + std::size_t(2 * q - 1) * bytes, in + std::size_t(q) * 4 * bytes,
                            2 * bytes);
            std::memcpy(line + std::size_t(width - 1) * bytes, in + std::size_t(width / 2) * 4 * bytes,
                        bytes);
        }
    });
    return out;
}

torch::Tensor enlarged(const torch::Tensor& in, int by, bool smooth) {
    const std::array<std::int64_t, 2> size{in.size(2) * by, in.size(3) * by};
    return channels_last(smooth ? torch::upsample_bilinear2d(in, size, /*align_corners=*/false)
                                : torch::upsample_nearest2d(in, size));
}

} // namespace

struct Chain::Reading {
    const Weights& weights;
    std::int64_t channels;
    double length = 1; // of what has been read, over the input's
    int steps = 0;
    int nesting = 0;
};

std::vector<Chain::Step> Chain::read_steps(Reading& reading, const nlohmann::json& graph) {
    const auto& weights = reading.weights;
    if (!graph.is_array() || graph.empty())
        weights.refuse("its graph is not a list of steps");
    std::vector<Step> steps;
    for (const auto& entry : graph) {
        if (++reading.steps > most_steps)
            weights.refuse("its graph has too many steps");
        Step step;
        if (entry.contains("conv")) {
            const auto name = entry.at("conv").get<std::string>();
            const auto padding = entry.value("padding", "zeros");
            const auto border = border_named(padding);
            if (!border)
                weights.refuse(std::format("\"{}\" has the unknown padding \"{}\"", name, padding));
            step.border = *border;
            step.size = whole(entry, "size", 3);
            step.stride = whole(entry, "stride", 1);
            step.relu = entry.value("relu", false);
            step.weight = weights.tensor(name + ".weight");
            step.bias = weights.tensor(name + ".bias");
            if (step.size < 1 || step.size > largest_kernel || step.size % 2 == 0 || step.stride < 1 ||
                step.stride > largest_stride)
                weights.refuse(std::format("\"{}\" has an unknown size or stride", name));
            if (step.weight.dim() != 4 || step.weight.size(1) != reading.channels ||
                step.weight.size(0) < 1 || step.weight.size(2) != step.size ||
                step.weight.size(3) != step.size || step.bias.dim() != 1 ||
                step.bias.size(0) != step.weight.size(0))
                weights.refuse(std::format("\"{}\" does not fit the layer before it", name));
            reading.channels = step.weight.size(0);
            reading.length /= step.stride;
            if (reading.channels > most_channels)
                weights.refuse(std::format("\"{}\" has more than {} channels", name, most_channels));
            if (reading.length < 1 / most_reduced)
                weights.refuse("its strides leave nothing of a picture");
        } else if (entry.contains("up")) {
            step.kind = Kind::up;
            step.size = whole(entry, "size", 2);
            step.smooth = entry.at("up") == "bilinear";
            if ((!step.smooth && entry.at("up") != "nearest") || step.size < 1 || step.size > largest_stride)
                weights.refuse("it enlarges in an unknown way");
            reading.length *= step.size;
            if (reading.length > most_enlarged)
                weights.refuse("it enlarges a picture beyond all measure");
        } else if (entry.contains("norm")) {
            step.kind = Kind::norm;
            const auto name = entry.at("norm").get<std::string>();
            step.weight = weights.tensor(name + ".weight");
            step.bias = weights.tensor(name + ".bias");
            if (step.weight.dim() != 1 || step.bias.dim() != 1 || step.weight.size(0) != reading.channels ||
                step.bias.size(0) != reading.channels)
                weights.refuse(std::format("\"{}\" does not fit the layer before it", name));
        } else if (entry.contains("relu")) {
            step.kind = Kind::relu;
        } else if (entry.contains("residual")) {
            step.kind = Kind::residual;
            const auto channels = reading.channels;
            const double length = reading.length;
            if (++reading.nesting > deepest_nesting)
                weights.refuse("its graph is nested too deeply");
            step.steps = read_steps(reading, entry.at("residual"));
            --reading.nesting;
            if (reading.channels != channels || reading.length != length)
                weights.refuse("a residual of its graph changes the size of what it is added to");
        } else {
            weights.refuse("its graph has an unknown step");
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

Chain Chain::read(const Weights& weights, const nlohmann::json& graph, std::int64_t channels_in) {
    Chain chain;
    Reading reading{.weights = weights, .channels = channels_in};
    try {
        chain.steps_ = read_steps(reading, graph);
    } catch (const nlohmann::json::exception&) {
        weights.refuse("its graph is not described as expected");
    }
    chain.channels_in_ = channels_in;
    chain.channels_out_ = reading.channels;
    chain.enlargement_ = reading.length;
    const auto fits = [&](auto walk, int side) {
        std::int64_t length = side;
        return walk(chain.steps_, length);
    };
    while (!fits(divides, chain.multiple_))
        if (++chain.multiple_ > largest_multiple)
            weights.refuse("its strides divide no size of a picture evenly");
    chain.smallest_side_ = chain.multiple_;
    while (!fits(can_mirror, chain.smallest_side_))
        chain.smallest_side_ += chain.multiple_;
    return chain;
}

// A norm with given statistics is a factor and an offset for each channel.
void Chain::fold_norms(std::vector<Step>& steps, const NormStatistics& statistics, std::size_t& next) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        auto& step = steps[i];
        if (step.kind == Kind::residual)
            fold_norms(step.steps, statistics, next);
        if (step.kind != Kind::norm)
            continue;
        const auto& [mean, variance] = statistics.norms.at(next++);
        const auto factor = step.weight * (variance + norm_epsilon).rsqrt();
        const auto offset = step.bias - mean * factor;
        if (i > 0 && steps[i - 1].kind == Kind::convolution && !steps[i - 1].relu) {
            auto& before = steps[i - 1];
            before.weight = before.weight * factor.view({-1, 1, 1, 1});
            before.bias = before.bias * factor + offset;
            steps.erase(steps.begin() + std::ptrdiff_t(i--));
        } else { // one by one is rare, and a convolution all the same
            Step fixed;
            fixed.size = 1;
            fixed.weight = torch::diag(factor).view({factor.size(0), factor.size(0), 1, 1});
            fixed.bias = offset;
            step = std::move(fixed);
        }
    }
}

Chain Chain::with_norms(const NormStatistics& statistics) const {
    auto other = *this;
    std::size_t next = 0;
    fold_norms(other.steps_, statistics, next);
    return other;
}

void Chain::prepare(std::vector<Step>& steps, torch::Device device, torch::ScalarType type, End end) {
    // ReLUs go into what is before them, and enlargements into the convolution behind them.
    for (std::size_t i = 1; i < steps.size(); ++i) {
        auto& before = steps[i - 1];
        if (steps[i].kind == Kind::relu && (before.kind == Kind::convolution || before.kind == Kind::norm)) {
            before.relu = true;
            steps.erase(steps.begin() + std::ptrdiff_t(i--));
        }
    }
    for (std::size_t i = 1; i < steps.size(); ++i)
        if (steps[i - 1].kind == Kind::up && steps[i - 1].size == 2 && !steps[i - 1].smooth &&
            steps[i].kind == Kind::convolution && steps[i].size == 3 && steps[i].stride == 1 &&
            steps[i].border != Border::zeros) {
            steps[i].kind = Kind::enlarging_convolution;
            steps.erase(steps.begin() + std::ptrdiff_t(--i));
        }
    for (std::size_t i = 0; i < steps.size(); ++i) {
        auto& step = steps[i];
        step.exact = end == End::exact && i + 1 == steps.size();
        switch (step.kind) {
        case Kind::convolution:
            step.convolution =
                Convolution(step.weight, step.bias, device, step.exact ? torch::kFloat32 : type, step.stride);
            break;
        case Kind::enlarging_convolution:
            step.convolution = Convolution(enlarging_kernel(step.weight), step.bias.repeat({4}), device,
                                           step.exact ? torch::kFloat32 : type);
            break;
        case Kind::norm:
            step.weight = step.weight.to(device);
            step.bias = step.bias.to(device);
            break;
        case Kind::residual:
            prepare(step.steps, device, type, End::plain);
            break;
        case Kind::up:
        case Kind::relu:
            break;
        }
    }
}

Chain Chain::adapted(torch::Device device, torch::ScalarType type, End end) const {
    const torch::NoGradGuard no_grad;
    auto other = *this;
    prepare(other.steps_, device, type, end);
    return other;
}

torch::Tensor Chain::run(const std::vector<Step>& steps, torch::Tensor in, const std::stop_token& stop,
                         NormStatistics* measured) {
    for (const auto& step : steps) {
        stop_if_asked(stop);
        if (step.exact)
            in = in.to(torch::kFloat32);
        switch (step.kind) {
        case Kind::convolution: {
            const int by = step.size / 2;
            in = step.border == Border::zeros
                     ? step.convolution(in, {.zeros = by, .relu = step.relu})
                     : step.convolution(padded(in, step.border, by), {.relu = step.relu});
            break;
        }
        case Kind::enlarging_convolution:
            // Mirrored or repeated, what lies beyond the border of the enlarged is the border of the small.
            in = spread(step.convolution(padded(in, Border::replicate, 1), {.relu = step.relu}));
            break;
        case Kind::up:
            in = enlarged(in, step.size, step.smooth);
            break;
        case Kind::norm: {
            auto [mean, variance] = channel_moments(in);
            if (&step == &steps.front()) // what somebody else holds, too
                in = in.clone();
            const auto factor = step.weight * (variance + norm_epsilon).rsqrt();
            scale_channels(in, factor, step.bias - mean * factor, step.relu);
            if (measured)
                measured->norms.push_back({std::move(mean), std::move(variance)});
            break;
        }
        case Kind::relu:
            in = in.relu();
            break;
        case Kind::residual:
            in = run(step.steps, in, stop, measured).add_(in);
            break;
        }
    }
    return in;
}

torch::Tensor Chain::run(torch::Tensor in, const std::stop_token& stop, NormStatistics* measured) const {
    const torch::NoGradGuard no_grad;
    if (measured)
        measured->norms.clear();
    return run(steps_, std::move(in), stop, measured);
}

int Chain::around(const std::vector<Step>& steps, int behind) {
    for (std::size_t i = steps.size(); i-- > 0;) {
        const auto& step = steps[i];
        switch (step.kind) {
        case Kind::convolution:
            behind = behind * step.stride + step.size / 2;
            break;
        case Kind::enlarging_convolution:
            behind = (behind + 1 + 1) / 2;
            break;
        case Kind::up:
            behind = (behind + step.size - 1) / step.size + (step.smooth ? 1 : 0);
            break;
        case Kind::residual:
            behind = around(step.steps, behind);
            break;
        case Kind::norm:
        case Kind::relu:
            break;
        }
    }
    return behind;
}

int Chain::around(int behind) const {
    return around(steps_, behind);
}

// Whether the strides divide a side of that length evenly, which becomes that of the output.
bool Chain::divides(const std::vector<Step>& steps, std::int64_t& length) {
    for (const auto& step : steps) {
        if (step.kind == Kind::convolution) {
            if (length % step.stride != 0)
                return false;
            length /= step.stride;
        } else if (step.kind == Kind::up) {
            length *= step.size;
        } else if (step.kind == Kind::residual && !divides(step.steps, length)) {
            return false;
        }
    }
    return true;
}

// Whether every convolution that mirrors its border finds enough to mirror.
bool Chain::can_mirror(const std::vector<Step>& steps, std::int64_t& length) {
    for (const auto& step : steps) {
        if (step.kind == Kind::convolution) {
            if (step.border == Border::reflect && length <= step.size / 2)
                return false;
            length /= step.stride;
        } else if (step.kind == Kind::up) {
            length *= step.size;
        } else if (step.kind == Kind::residual && !can_mirror(step.steps, length)) {
            return false;
        }
    }
    return true;
}

double Chain::operations(const std::vector<Step>& steps, double& area) {
    double operations = 0;
    for (const auto& step : steps) {
        if (step.kind == Kind::convolution) {
            area /= double(step.stride) * step.stride;
            operations += 2 * area * double(step.weight.numel());
        } else if (step.kind == Kind::enlarging_convolution) {
            area *= 4;
            operations += 2 * area * double(step.weight.numel()) * 4 / 9;
        } else if (step.kind == Kind::up) {
            area *= double(step.size) * step.size;
        } else if (step.kind == Kind::residual) {
            operations += Chain::operations(step.steps, area);
        }
    }
    return operations;
}

double Chain::operations() const {
    double area = 1;
    return operations(steps_, area);
}

void Chain::widths(const std::vector<Step>& steps, double& before, double& area, double& widest) {
    for (const auto& step : steps) {
        double here = before;
        if (step.kind == Kind::convolution || step.kind == Kind::enlarging_convolution) {
            area *= step.kind == Kind::convolution ? 1.0 / (step.stride * step.stride) : 4;
            here = area * double(step.weight.size(0));
        } else if (step.kind == Kind::up) {
            area *= step.size * step.size;
            here = before * step.size * step.size;
        } else if (step.kind == Kind::residual) {
            widths(step.steps, before, area, widest);
            here = before;
        }
        widest = std::max(widest, before + here);
        before = here;
    }
}

double Chain::widest() const {
    double before = double(channels_in_), area = 1, widest = 0;
    widths(steps_, before, area, widest);
    return widest;
}

bool Chain::has_norms(const std::vector<Step>& steps) {
    return std::ranges::any_of(
        steps, [](const Step& step) { return step.kind == Kind::norm || has_norms(step.steps); });
}

bool Chain::has_norms() const {
    return has_norms(steps_);
}

} // namespace neural_style
