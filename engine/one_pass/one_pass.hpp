// SPDX-License-Identifier: GPL-3.0-or-later
/// One-pass paintings: loads what they need on demand, plans, paints and finishes them.
///
///     OnePass one_pass(options, network);
///     if (OnePass::paints(settings))
///         return one_pass.paint(request, size, network, limit, report, stop);
#pragma once

#include "decoder.hpp"
#include "feature_network.hpp"
#include "instant.hpp"
#include "style_statistics.hpp"
#include "trained_network.hpp"

#include <neural_style/engine.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace neural_style {

class OnePass {
  public:
    explicit OnePass(const OpenOptions& options);

    /// Whether these settings ask for a one-pass painting.
    static bool paints(const Settings& settings);
    /// Whether there is a decoder file.
    bool has_decoder() const;

    using Report = std::function<void(Update)>;
    /// Paints a checked request at `size`. `encoder` is adapted to a device and a type, `whole` is the
    /// network as read. Errors: Failure(bad_weights, invalid_request, over_limit).
    Image paint(const Request& request, Size size, const FeatureNetwork& encoder, const FeatureNetwork& whole,
                std::uint64_t limit, const Report& report, const std::stop_token& stop);
    Estimate estimate(const Request& request, Size size, const FeatureNetwork& encoder,
                      const FeatureNetwork& whole, std::uint64_t limit);

  private:
    struct Job;
    Image paint_trained(const Job& job);
    Image paint_any_style(const Job& job);
    InstantNetworks networks(const FeatureNetwork& encoder, const FeatureNetwork& whole);
    const TrainedNetwork& trained(const std::string& name, const FeatureNetwork& encoder);
    // What the shot of the job's request fixes; the network as it is or null if there is none.
    const TrainedNetwork& trained_for_shot(const Job& job, const TrainedNetwork& network);
    const InstantMaps* maps_for_shot(const Job& job, const InstantNetworks& networks, const InstantPlan& plan,
                                     const InstantInput& input);
    InstantPlan instant_plan(const Request& request, Size size, const InstantNetworks& networks,
                             std::uint64_t limit, std::uint64_t& bytes) const;
    TrainedStylePlan trained_style_plan(const Request& request, Size size, const TrainedNetwork& network,
                                        std::uint64_t limit, std::uint64_t& bytes) const;

    OpenOptions options_;
    StyleStatistics statistics_;
    // The last ones used, adapted.
    std::optional<Decoder> decoder_, adapted_decoder_;
    torch::Device decoder_device_ = torch::kCPU;
    torch::ScalarType decoder_type_ = torch::kFloat32;
    std::optional<TrainedNetwork> trained_;
    std::string trained_key_;
    // Of the last shot.
    struct OfShot {
        std::uint64_t hash = 0;
        Settings settings{};
        std::vector<std::uint64_t> styles{};
        Size size;
        std::string device{};
        bool operator==(const OfShot&) const = default;
    };
    OfShot maps_key_, fixed_key_;
    InstantMaps maps_;
    std::optional<TrainedNetwork> fixed_;
};

} // namespace neural_style
