// SPDX-License-Identifier: GPL-3.0-or-later
/// A chain of convolutions, enlargements and norms with frozen weights: decoders and networks of one style
/// are made of these. network_formats.hpp describes their files.
///
///     const Chain chain = Chain::read(weights, graph, 128).adapted(torch::kCPU, torch::kBFloat16,
///     Chain::End::exact); auto picture = chain.run(features, stop);
#pragma once

#include "sequence.hpp"
#include "weights.hpp"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <torch/types.h>

namespace neural_style {

class Chain {
  public:
    /// How the last layer is computed: like the others, or in float32, so that a picture shows no bfloat16
    /// steps (1/256 near white).
    enum class End { plain, exact };

    /// Reads the steps' tensors. Errors: Failure(bad_weights).
    static Chain read(const Weights& weights, const nlohmann::json& graph, std::int64_t channels_in);

    Chain adapted(torch::Device device, torch::ScalarType type, End end) const;
    /// The same chain with its norms folded into the convolutions, using the given statistics, so that all
    /// tiles of a picture are treated alike. Adapt it afterwards.
    Chain with_norms(const NormStatistics& statistics) const;

    /// `in` [n, channels, height, width], channels_last, of the adapted type, on any device; with an exact
    /// end the result is float32. Norms compute their statistics from their input and append them to
    /// `measured` unless it is null.
    torch::Tensor run(torch::Tensor in, const std::stop_token& stop,
                      NormStatistics* measured = nullptr) const;

    std::int64_t channels_in() const { return channels_in_; }
    std::int64_t channels_out() const;
    /// Length of the output divided by that of the input.
    double enlargement() const;
    /// Positions of the input needed around a part of it to compute the output `behind` positions beyond that
    /// part.
    int around(int behind) const { return layers_.around(behind); }
    /// Inputs whose sides are multiples of this give outputs of exactly `enlargement` times their size.
    int multiple() const { return multiple_; }
    /// Smallest side of an input, a multiple of `multiple`, at which every convolution can mirror the border.
    int smallest_side() const;
    /// Multiplications and additions per position of the input.
    double operations() const;
    bool has_norms() const { return layers_.has_norms(); }
    /// The most values that a layer and the next one hold together, per position of the input.
    double widest() const;

  private:
    Shape smallest() const; // with whole sizes at every step

    Graph graph_;
    Sequence layers_; // only where adapted
    torch::Device device_ = torch::kCPU;
    std::int64_t channels_in_ = 0;
    int multiple_ = 1;
};

} // namespace neural_style
