// SPDX-License-Identifier: GPL-3.0-or-later
/// The feature network: a fixed chain of convolutions and poolings whose layers can be tapped.
///
///     Backbone backbone(Weights::read(file), torch::kCPU);
///     auto outputs = backbone.forward(picture, backbone.deepest({"relu4_2"}), stop);
///     auto gradient = backbone.backward(outputs, last, add_gradient, stop);
///
/// The weights are frozen, so forward and backward are written out: no autograd, no gradients for weights,
/// and of every layer only its output is kept (the ReLU's mask is read off it).
///
/// The network is data. Metadata of the safetensors file:
/// - `format`: "neural-style-backbone/1";
/// - `graph`: JSON list of {"conv": NAME, "padding": "reflect"|"replicate"|"zeros", "relu": NAME} (3x3,
/// stride 1) and
///   {"pool": "average"|"max", "size": 2}; tensors NAME.weight [out, in, 3, 3] and NAME.bias [out];
/// - `input`: JSON {"mean": [r, g, b], "std": [r, g, b]} applied to sRGB 0..1; optional "range": [0, 255] for
/// networks
///   that want bytes, and "channels": "BGR";
/// - `taps`, `style_taps`, `content_tap`: names, separated by spaces.
#pragma once

#include "convolution.hpp"
#include "weights.hpp"

#include <neural_style/settings.hpp>

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class Backbone {
  public:
    Backbone(const Weights& weights, torch::Device device);

    /// The same network on a device, computing its features in `type` (float32, bfloat16 or float16), with
    /// the pooling of the settings. Where that is not the one it was trained with, the next layer's weights
    /// make up for the other scale of its output.
    Backbone adapted(torch::Device device, torch::ScalarType type, Pooling pooling) const;

    /// Index of the layer with that name (in the graph's order). Errors: Failure(invalid_request) that names
    /// what there is.
    int layer(const std::string& name) const;
    /// That name where there is such a layer, else the nearest one: of the same block ("relu5_2" ->
    /// "relu5_1"), or the deepest of a block before it.
    std::string nearest_layer(const std::string& name) const;
    int channels(int layer) const { return int(steps_[std::size_t(layer)].channels); }
    /// Names of all layers that can be tapped, shallow to deep.
    std::vector<std::string> layers() const;
    const std::vector<std::string>& style_taps() const { return style_taps_; }
    const std::vector<std::string>& content_taps() const { return content_taps_; }
    /// `Weights::hash` of its file: what belongs to this network names it by that.
    const std::string& hash() const { return hash_; }
    torch::Device device() const { return device_; }
    torch::ScalarType type() const { return type_; }
    /// Pixels between two positions of a layer.
    int stride(int layer) const { return steps_[std::size_t(layer)].stride; }
    /// Pixels around a tile that its own positions of layers 0..deepest look at, and `around` positions of
    /// the deepest beyond them, rounded up to a multiple of the deepest one's stride.
    int halo(int deepest, int around = 0) const;
    /// Least side of a picture, in pixels, that reaches `deepest`.
    int smallest_side(int deepest) const;

    /// Outputs of the layers 0..deepest, of `type()`, for a picture [1, 3, height, width], sRGB 0..1,
    /// float32.
    std::vector<torch::Tensor> forward(const torch::Tensor& picture, int deepest,
                                       const std::stop_token& stop) const;

    /// The same, handing each output to `visit` and forgetting it: for statistics, in little memory.
    using Visit = std::function<void(int layer, const torch::Tensor& features)>;
    void visit(const torch::Tensor& picture, int deepest, const std::stop_token& stop,
               const Visit& visit) const;

    /// Gradient with respect to the picture, float32. Called once per layer, deepest first, `add_gradient`
    /// adds the objective's own gradient at that layer into `gradient`, which has the shape of `features`.
    using AddGradient =
        std::function<void(int layer, const torch::Tensor& features, torch::Tensor& gradient)>;
    /// Lets go of each output as soon as it has been used.
    torch::Tensor backward(std::vector<torch::Tensor> outputs, const AddGradient& add_gradient,
                           const std::stop_token& stop) const;

    /// What one forward and backward pass costs, for estimates.
    struct Cost {
        std::uint64_t kept_bytes = 0;      ///< outputs kept for the backward pass
        std::uint64_t transient_bytes = 0; ///< most that lives beside them for a moment
        std::uint64_t largest_bytes = 0;   ///< of one output
        double operations = 0;             ///< multiplications and additions of one forward pass
    };
    Cost cost(int width, int height, int deepest) const;

  private:
    enum class Kind { convolution, average_pool, max_pool };
    struct Step {
        Kind kind = Kind::convolution;
        std::string name; // of a convolution
        Border border = Border::zeros;
        std::int64_t channels = 0; // of the output
        int stride = 1;            // of the output, in pixels
        torch::Tensor weight;      // [out, in, 3, 3]
        torch::Tensor bias;
        // What `type_` and the device compute with.
        Convolution forward;
        Convolution backward; // [in, out, 3, 3], turned by 180 degrees: convolving with it goes backward
    };

    void prepare();
    torch::Tensor input(const torch::Tensor& picture) const;
    torch::Tensor run(const Step& step, const torch::Tensor& in) const;
    torch::Tensor run_back(const Step& step, const torch::Tensor& in, const torch::Tensor& gradient) const;

    torch::Device device_;
    torch::ScalarType type_ = torch::kFloat32;
    std::vector<Step> steps_;
    torch::Tensor scale_, offset_; // picture * scale + offset is what the first convolution sees
    bool blue_first_ = false;
    std::vector<std::string> style_taps_, content_taps_;
    std::string hash_;
};

} // namespace neural_style
