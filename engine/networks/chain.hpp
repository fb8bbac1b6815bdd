// SPDX-License-Identifier: GPL-3.0-or-later
/// A chain of convolutions, enlargements and norms with frozen weights, as decoders and networks of one style
/// are made of: see network_formats.hpp for how files describe one.
///
///     const Chain chain = Chain::read(weights, graph, 128).adapted(torch::kCPU, torch::kBFloat16,
///     Chain::End::exact); auto picture = chain.run(features, stop);
#pragma once

#include "convolution.hpp"
#include "weights.hpp"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Mean and variance of each channel where a chain normalises, float32 [channels], in the chain's order.
struct NormStatistics {
    struct Moments {
        torch::Tensor mean, variance;
    };
    std::vector<Moments> norms;
};

class Chain {
  public:
    /// How the last convolution is computed: as the others, or in float32, so that a picture that it gives
    /// has no steps of bfloat16 (a 256th near white).
    enum class End { plain, exact };

    /// Reads the steps' tensors. Errors: Failure(bad_weights).
    static Chain read(const Weights& weights, const nlohmann::json& graph, std::int64_t channels_in);

    Chain adapted(torch::Device device, torch::ScalarType type, End end) const;
    /// The same with norms that measure nothing: they are part of the convolutions, so that all tiles of a
    /// picture are treated alike. To be adapted afterwards.
    Chain with_norms(const NormStatistics& statistics) const;

    /// `in` [n, channels, height, width], channels_last, of the adapted type; the result is float32 behind an
    /// exact end. Norms measure what they are given, and tell it to `measured` where that is not null.
    torch::Tensor run(torch::Tensor in, const std::stop_token& stop,
                      NormStatistics* measured = nullptr) const;

    std::int64_t channels_in() const { return channels_in_; }
    std::int64_t channels_out() const { return channels_out_; }
    /// Length of the output over that of the input.
    double enlargement() const { return enlargement_; }
    /// Positions around some of the input that the output looks at which is needed `behind` positions around
    /// the same part.
    int around(int behind) const;
    /// Inputs whose sides are multiples of this have an output of exactly `enlargement` times their size.
    int multiple() const { return multiple_; }
    /// Least side of an input, a multiple of `multiple`, of which every convolution can mirror the border.
    int smallest_side() const { return smallest_side_; }
    /// Multiplications and additions for each position of the input.
    double operations() const;
    bool has_norms() const;
    /// Most values that a layer and the one behind it have together, for each position of the input.
    double widest() const;

  private:
    enum class Kind { convolution, enlarging_convolution, up, norm, relu, residual };
    struct Step {
        Kind kind = Kind::convolution;
        Border border = Border::reflect;
        int size = 3; // of the kernel, or of what one position becomes
        int stride = 1;
        bool relu = false;
        bool smooth = false;        // of an enlargement: bilinear
        torch::Tensor weight, bias; // of convolutions and norms
        Convolution convolution{};
        bool exact = false;
        std::vector<Step> steps{}; // of a residual
    };
    struct Reading;

    static std::vector<Step> read_steps(Reading& reading, const nlohmann::json& graph);
    static void prepare(std::vector<Step>& steps, torch::Device device, torch::ScalarType type, End end);
    static torch::Tensor run(const std::vector<Step>& steps, torch::Tensor in, const std::stop_token& stop,
                             NormStatistics* measured);
    static int around(const std::vector<Step>& steps, int behind);
    static double operations(const std::vector<Step>& steps, double& area);
    static void widths(const std::vector<Step>& steps, double& before, double& area, double& widest);
    static bool has_norms(const std::vector<Step>& steps);
    static void fold_norms(std::vector<Step>& steps, const NormStatistics& statistics, std::size_t& next);
    static bool divides(const std::vector<Step>& steps, std::int64_t& length);
    static bool can_mirror(const std::vector<Step>& steps, std::int64_t& length);

    std::vector<Step> steps_;
    std::int64_t channels_in_ = 0, channels_out_ = 0;
    double enlargement_ = 1;
    int multiple_ = 1, smallest_side_ = 1;
};

} // namespace neural_style
