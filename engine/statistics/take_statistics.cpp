// SPDX-License-Identifier: GPL-3.0-or-later
#include "take_statistics.hpp"

#include "content_hash.hpp"
#include "decoder.hpp"
#include "guarded.hpp"
#include "shipped_statistics.hpp"
#include "style_statistics.hpp"
#include "tensor.hpp"

#include <torch/types.h>
#include <vector>

namespace neural_style {

namespace {

// Smaller strokes are rarely requested, and quickly computed.
constexpr double least_side = 180;

// The taps at which one-pass paintings match features.
std::vector<int> taps(const Decoder& decoder) {
    std::vector<int> layers;
    for (const auto& block : decoder.blocks())
        layers.push_back(block.from);
    return layers;
}

} // namespace

Result<std::string> take_statistics(const OpenOptions& options, std::span<const ImageView> pictures) {
    return guarded([&] {
        const torch::NoGradGuard no_grad;
        const FeatureNetwork encoder(
            Weights::read(options.encoder.empty() ? options.feature_network : options.encoder), torch::kCPU);
        const StyleStatistics::Taps wanted{encoder, taps(Decoder(Weights::read(options.decoder), encoder))};
        StatisticsFile file(encoder);
        for (const auto& view : pictures) {
            const auto picture = to_tensor(view, torch::kCPU);
            const auto hash = content_hash(picture);
            for (const double side : statistics_sides(picture, least_side))
                file.add(hash, side, wanted.layers, style_moments({picture}, side, wanted, {}));
        }
        return file.bytes();
    });
}

} // namespace neural_style
