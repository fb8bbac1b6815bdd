// SPDX-License-Identifier: GPL-3.0-or-later
/// The feature network: layers with frozen weights whose outputs can be tapped.
///
///     FeatureNetwork network(Weights::read(file), torch::kCPU);
///     auto outputs = network.forward(picture, network.layer("relu4_2"), stop);
///     auto gradient = network.backward(picture, outputs, add_gradient, stop);
///
/// The weights are frozen, so forward and backward are written by hand: no autograd, no gradients of weights,
/// and only the output of each layer is kept (it also tells the ReLU's mask).
///
/// The network is data. Metadata of the safetensors file:
/// - `format`: "neural-style-backbone/1";
/// - `graph`: JSON list of steps (network_formats.hpp) that have a backward pass: convolutions, ReLUs,
///   poolings, residuals and branches; a step with a name can be tapped by that name;
/// - `input`: JSON {"mean": [r, g, b], "std": [r, g, b]} applied to sRGB 0..1; optionally "range": [0, 255]
///   for networks that expect bytes, and "channels": "BGR";
/// - `taps`, `style_taps`, `content_tap`: names, separated by spaces;
/// - `names`: optional JSON {OTHER: NAME}, what others call the layers;
/// - `smoothing`: optional, "softmax" if losses should compare smoothed features (smoothing.hpp).
#pragma once

#include "network_input.hpp"
#include "sequence.hpp"
#include "weights.hpp"

#include <neural_style/settings.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class FeatureNetwork {
  public:
    FeatureNetwork(const Weights& weights, torch::Device device);

    /// The same network on a device, computing features in `type` (float32, bfloat16 or float16; always
    /// float32 where convolutions are grouped), with the given pooling. If that is not the pooling it was
    /// trained with, the next layer's weights compensate for the different scale. Convolutions whose output
    /// before the ReLU is among the names `tapped` become two layers, which takes memory.
    FeatureNetwork adapted(torch::Device device, torch::ScalarType type, Pooling pooling,
                           const std::vector<std::string>& tapped = {}) const;

    /// Index of the layer with that name, its own or that of others (in graph order). Errors:
    /// Failure(invalid_request) listing the existing layers.
    int layer(const std::string& name) const;
    /// Whether there is such a layer, or `adapted` can make it.
    bool can_tap(const std::string& name) const;
    /// That name if the layer exists, else the nearest one: in the same block ("relu5_2" -> "relu5_1"), or
    /// the deepest in an earlier block. Layers with other names are in the block with their stride.
    std::string nearest_layer(const std::string& name) const;
    int channels(int layer) const { return places_[std::size_t(layer)].channels; }
    /// Names of all layers that can be tapped, shallow to deep.
    std::vector<std::string> layers() const;
    const std::vector<std::string>& style_taps() const { return style_taps_; }
    const std::vector<std::string>& content_taps() const { return content_taps_; }
    /// Whether its file asks for smoothed features.
    bool is_smoothed() const { return smoothed_; }
    /// `Weights::hash` of its file: what belongs to this network names it by that.
    const std::string& hash() const { return hash_; }
    torch::Device device() const { return device_; }
    torch::ScalarType type() const { return type_; }
    /// Pixels between two positions of a layer.
    int stride(int layer) const { return places_[std::size_t(layer)].stride; }
    /// Pixels around a tile that affect the tile's own positions of layers 0..deepest and `around` positions
    /// of the deepest layer beyond them, rounded up to a multiple of that layer's stride.
    int halo(int deepest, int around = 0) const;
    /// Pixels that a picture must go on for, to the right and below, for each of the layers 0..deepest to
    /// have a position for every whole stride of it: layers without padding have fewer. 0 for most networks.
    int beyond(int deepest) const;
    /// Smallest side of a picture, in pixels, for `deepest` to have an output.
    int smallest_side(int deepest) const;

    /// Outputs of the layers 0..deepest, of `type()`, for a picture [1, 3, height, width], sRGB 0..1,
    /// float32.
    std::vector<torch::Tensor> forward(const torch::Tensor& picture, int deepest,
                                       const std::stop_token& stop) const;

    /// The same, passing each output to `visit` without keeping it: statistics need little memory.
    using Visit = std::function<void(int layer, const torch::Tensor& features)>;
    void visit(const torch::Tensor& picture, int deepest, const std::stop_token& stop,
               const Visit& visit) const;

    /// Gradient with respect to the picture, float32, given the outputs for it; of the picture itself only
    /// the size matters. `add_gradient` is called once per layer, deepest first,
    /// and adds the objective's gradient at that layer to `gradient`, which has the shape of `features`.
    using AddGradient =
        std::function<void(int layer, const torch::Tensor& features, torch::Tensor& gradient)>;
    /// Releases each output after its use.
    torch::Tensor backward(const torch::Tensor& picture, std::vector<torch::Tensor> outputs,
                           const AddGradient& add_gradient, const std::stop_token& stop) const;

    /// What one forward and backward pass costs, for estimates.
    struct Cost {
        std::uint64_t kept_bytes = 0;      ///< outputs kept for the backward pass
        std::uint64_t transient_bytes = 0; ///< largest temporary besides them
        std::uint64_t largest_bytes = 0;   ///< of one output
        double operations = 0;             ///< multiplications and additions of one forward pass
    };
    Cost cost(int width, int height, int deepest) const;
    /// Bytes of its weights: as read; and as layers have them, forward and backward, in float32 before it was
    /// adapted and in `type()`.
    std::uint64_t weight_bytes() const;

  private:
    struct Place {
        std::string name; // empty: cannot be tapped
        int channels = 0; // of the output
        int stride = 1;   // of the output, in pixels
    };

    void find_places();
    void prepare();
    const std::string& own_name(const std::string& name) const;
    const Layer& at(int layer) const { return *layers_.layers()[std::size_t(layer)]; }

    torch::Device device_;
    torch::ScalarType type_ = torch::kFloat32;
    Graph graph_;
    Sequence layers_;
    std::vector<Place> places_; // of the layers
    NetworkInput read_input_;   // on the CPU, which outlives other devices
    NetworkInput input_;
    std::vector<std::string> style_taps_, content_taps_;
    std::map<std::string, std::string> names_; // of others, and ours
    bool smoothed_ = false;
    std::string hash_;
};

} // namespace neural_style
