// SPDX-License-Identifier: GPL-3.0-or-later
/// Trained styles: a network that was trained for one style paints in one pass (Johnson et al.
/// 2016).
///
///     const auto network = TrainedNetwork::read(file).adapted(torch::kCPU, torch::kBFloat16);
///     const auto plan = plan_trained_style(network, painting_size, tile_side);
///     Image painting = paint_trained_style(network, plan, content, on_progress, stop);
///
/// Files: this project's own (network_formats.hpp), and the layout of fast_neural_style in pytorch/examples,
/// recognised by its tensors' names. A large picture is painted in tiles; the statistics of its instance
/// norms are measured once, on a version of at most a megapixel, and used for all tiles (as in URST, Chen et
/// al. 2022), so that there are no seams.
#pragma once

#include "chain.hpp"
#include "size.hpp"

#include <neural_style/engine.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <torch/types.h>
#include <vector>

namespace neural_style {

class TrainedNetwork {
  public:
    /// Errors: Failure(bad_weights).
    static TrainedNetwork read(const std::filesystem::path& file);
    /// What a file says about itself, from its header; nothing if it is a network of another kind. Errors:
    /// Failure(bad_weights), also if the file's name cannot be that of a trained style.
    static std::optional<TrainedStyle> described(const std::filesystem::path& file);

    TrainedNetwork adapted(torch::Device device, torch::ScalarType type) const;
    /// The same with fixed norms: see Chain::with_norms.
    TrainedNetwork with_norms(const NormStatistics& statistics) const;

    /// A picture [1, 3, height, width] in sRGB 0..1, with sides that are multiples of `multiple()`; the
    /// result is float32 of the same size, not clamped.
    torch::Tensor run(const torch::Tensor& picture, const std::stop_token& stop,
                      NormStatistics* measured = nullptr) const;

    torch::Device device() const { return device_; }
    int multiple() const { return chain_.multiple(); }
    int smallest_side() const { return chain_.smallest_side(); }
    int halo() const;
    bool has_norms() const { return chain_.has_norms(); }
    double operations() const { return chain_.operations(); }
    /// Approximate bytes per pixel of its largest layers.
    double bytes() const;

  private:
    Chain chain_;      // as it was read
    Chain ready_;      // adapted
    double range_ = 1; // scale of colours inside the network
    torch::Device device_ = torch::kCPU;
    torch::ScalarType type_ = torch::kFloat32;
};

struct TrainedStylePlan {
    Size size;         ///< at which the network sees the content
    int tile_side = 0; ///< in pixels; 0: whole
    bool wraps = false;
};

/// The content has the plan's size; `on_progress` receives the completed share.
Image paint_trained_style(const TrainedNetwork& network, const TrainedStylePlan& plan, SamplesView content,
                          const std::function<void(double)>& on_progress, const std::stop_token& stop);

} // namespace neural_style
