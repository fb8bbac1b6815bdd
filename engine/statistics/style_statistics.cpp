// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_statistics.hpp"

#include "guarded.hpp"
#include "style_parts.hpp"
#include "tensor.hpp"
#include "tiling.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <torch/types.h>
#include <utility>

namespace neural_style {

namespace {

// Enough for two paintings of eight styles each, at the few sides of their stages.
constexpr std::size_t most_levels = 64, most_mixes = 48;

// A neighbouring side that would count for less than this is ignored.
constexpr double least_share = 0.04;

std::string key_of(const StyleStatistics::Taps& taps) {
    auto key = formatted("{} {}", taps.encoder.hash(), int(taps.encoder.type()));
    for (const int layer : taps.layers)
        key += formatted(" {}", layer);
    return key;
}

// The two sides around a side, and its place between them, 0..1, on a logarithmic scale. Beyond the picture's
// own side everything is enlarged, so the last side is the largest one below it.
struct Between {
    double lower, upper, share;
};

Between between(double side, double own_side) {
    const double step = std::floor(2 * std::log2(side) + 1e-6);
    double lower = std::exp2(step / 2), upper = std::exp2((step + 1) / 2);
    if (side <= own_side * 1.0001)
        upper = std::min(upper, own_side);
    else
        lower = std::max(lower, own_side);
    const double share = upper > lower * 1.0001 ? std::log(side / lower) / std::log(upper / lower) : 0;
    if (share < least_share)
        return {lower, lower, 0};
    return share > 1 - least_share ? Between{upper, upper, 0} : Between{lower, upper, share};
}

double own_side(const torch::Tensor& picture) {
    return std::sqrt(double(width_of(picture)) * height_of(picture));
}

// The size at which a picture of size `own` is sampled, so that it reaches the deepest layer.
Size size_at(Size own, double side, const StyleStatistics::Taps& taps) {
    const int least = taps.encoder.smallest_side(std::ranges::max(taps.layers));
    const double factor =
        std::max(side / std::sqrt(own.pixels()), double(least) / std::min(own.width, own.height));
    return {std::max(least, int(std::lround(own.width * factor))),
            std::max(least, int(std::lround(own.height * factor)))};
}

// Moves the most recently used one to the front and drops the oldest.
template <typename Entry>
void use(std::list<Entry>& entries, typename std::list<Entry>::iterator entry, std::size_t most) {
    entries.splice(entries.begin(), entries, entry);
    if (entries.size() > most)
        entries.pop_back();
}

} // namespace

std::vector<double> statistics_sides(const torch::Tensor& picture, double least) {
    const double own = own_side(picture);
    std::vector<double> sides;
    for (double step = std::ceil(2 * std::log2(least)); std::exp2(step / 2) < own; ++step)
        sides.push_back(std::exp2(step / 2));
    sides.push_back(own);
    return sides;
}

std::vector<FeatureMoments> style_moments(const SeenStyle& style, double side,
                                          const StyleStatistics::Taps& taps, const std::stop_token& stop) {
    const int deepest = std::ranges::max(taps.layers);
    const auto size = size_at({width_of(style.picture), height_of(style.picture)}, side, taps);
    std::vector<FeatureSums> sums;
    for (const int layer : taps.layers)
        sums.emplace_back(taps.encoder.channels(layer));
    for (const auto& part : style_parts(style, size, taps.encoder.stride(deepest), most_statistics_pixels)) {
        const Tiling cut(width_of(part.picture), height_of(part.picture),
                         {.side = taps.tile_side,
                          .halo = taps.encoder.halo(deepest),
                          .stride = taps.encoder.stride(deepest)});
        for (const auto& tile : cut.tiles())
            taps.encoder.visit(cut.window(part.picture, tile), deepest, stop,
                               [&](int layer, const torch::Tensor& features) {
                                   const int stride = taps.encoder.stride(layer);
                                   const auto own = own_of_window(features, tile, stride);
                                   for (std::size_t i = 0; i < taps.layers.size(); ++i)
                                       if (taps.layers[i] == layer)
                                           sums[i].add(own, seen_positions(part, tile, stride, own));
                               });
    }
    std::vector<FeatureMoments> result;
    for (const auto& sum : sums)
        result.push_back(FeatureMoments::of(sum));
    return result;
}

Size largest_statistics_part(Size own, double side, const StyleStatistics::Taps& taps) {
    const auto levels = between(side, std::sqrt(own.pixels()));
    const int stride = taps.encoder.stride(std::ranges::max(taps.layers));
    const auto lower = largest_part(size_at(own, levels.lower, taps), stride, most_statistics_pixels),
               upper = largest_part(size_at(own, levels.upper, taps), stride, most_statistics_pixels);
    return lower.pixels() > upper.pixels() ? lower : upper;
}

auto StyleStatistics::level(const SeenStyle& style, std::uint64_t hash, double side, const Taps& taps,
                            const std::stop_token& stop) -> std::shared_ptr<const Moments> {
    const auto key = key_of(taps);
    auto found = std::ranges::find_if(levels_, [&](const Level& l) {
        return l.hash == hash && std::abs(l.side / side - 1) < 1e-3 && l.taps == key;
    });
    if (found == levels_.end()) {
        auto moments = shipped_.find(hash, side, taps.encoder, taps.layers);
        if (!moments)
            moments = style_moments(style, side, taps, stop);
        found = levels_.insert(levels_.begin(),
                               {hash, side, key, std::make_shared<const Moments>(*std::move(moments))});
    }
    auto result = found->moments;
    use(levels_, found, most_levels);
    return result;
}

std::shared_ptr<const std::vector<StyleFeatures>> StyleStatistics::of(const SeenStyle& style,
                                                                      std::uint64_t hash, double side,
                                                                      const Taps& taps,
                                                                      const std::stop_token& stop) {
    const auto key = key_of(taps);
    auto found = std::ranges::find_if(
        mixes_, [&](const Mix& m) { return m.hash == hash && m.side == side && m.taps == key; });
    if (found == mixes_.end()) {
        const auto [lower, upper, share] = between(side, own_side(style.picture));
        const auto small = level(style, hash, lower, taps, stop);
        const auto large = share > 0 ? level(style, hash, upper, taps, stop) : small;
        auto features = std::make_shared<std::vector<StyleFeatures>>();
        for (std::size_t i = 0; i < small->size(); ++i)
            features->emplace_back(share > 0 ? FeatureMoments::mixed((*small)[i], (*large)[i], share)
                                             : (*small)[i]);
        found = mixes_.insert(mixes_.begin(), {hash, side, key, std::move(features)});
    }
    auto result = found->features;
    use(mixes_, found, most_mixes);
    return result;
}

} // namespace neural_style
