// SPDX-License-Identifier: GPL-3.0-or-later
/// A chain of convolutions, enlargements and norms with frozen weights, as decoders and networks of one style
/// are made of: see network_formats.hpp for how files describe one.
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
    /// How the last layer is computed: as the others, or in float32, so that a picture that it gives has no
    /// steps of bfloat16 (a 256th near white).
    enum class End { plain, exact };

    /// Reads the steps' tensors. Errors: Failure(bad_weights).
    static Chain read(const Weights& weights, const nlohmann::json& graph, std::int64_t channels_in);

    Chain adapted(torch::Device device, torch::ScalarType type, End end) const;
    /// The same with norms that measure nothing: they are part of the convolutions, so that all tiles of a
    /// picture are treated alike. To be adapted afterwards.
    Chain with_norms(const NormStatistics& statistics) const;

    /// `in` [n, channels, height, width], channels_last, of the adapted type, on any device; the result is
    /// float32 behind an exact end. Norms measure what they are given, and tell it to `measured` where that
    /// is not null.
    torch::Tensor run(torch::Tensor in, const std::stop_token& stop,
                      NormStatistics* measured = nullptr) const;

    std::int64_t channels_in() const { return channels_in_; }
    std::int64_t channels_out() const;
    /// Length of the output over that of the input.
    double enlargement() const;
    /// Positions around some of the input that the output looks at which is needed `behind` positions around
    /// the same part.
    int around(int behind) const { return layers_.around(behind); }
    /// Inputs whose sides are multiples of this have an output of exactly `enlargement` times their size.
    int multiple() const { return multiple_; }
    /// Least side of an input, a multiple of `multiple`, of which every convolution can mirror the border.
    int smallest_side() const;
    /// Multiplications and additions for each position of the input.
    double operations() const;
    bool has_norms() const { return layers_.has_norms(); }
    /// Most values that a layer and the one behind it have together, for each position of the input.
    double widest() const;

  private:
    Shape smallest() const; // of which sizes behind are whole

    Graph graph_;
    Sequence layers_; // that compute, where it is adapted
    torch::Device device_ = torch::kCPU;
    std::int64_t channels_in_ = 0;
    int multiple_ = 1;
};

} // namespace neural_style
