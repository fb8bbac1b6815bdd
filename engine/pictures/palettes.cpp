// SPDX-License-Identifier: GPL-3.0-or-later
#include "palettes.hpp"

#include "bands.hpp"
#include "color.hpp"
#include "style_parts.hpp"
#include "tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace neural_style {

namespace {

// A sample of the content's pixels where a part counts most, as a picture of one row; of all if there are too
// few.
torch::Tensor pixels_under(const torch::Tensor& weights, const torch::Tensor& content) {
    constexpr double enough = 512.0 * 512;
    constexpr std::int64_t too_few = 16;
    const double pixels = double(content.size(2)) * double(content.size(3));
    const auto step = std::max<std::int64_t>(1, std::llround(std::sqrt(pixels / enough)));
    const auto sampled = [&](const torch::Tensor& picture) {
        return picture.slice(2, 0, picture.size(2), step).slice(3, 0, picture.size(3), step).flatten(2);
    };
    const auto places = (sampled(weights) > 0.5).flatten().nonzero().flatten();
    const auto colors = sampled(content);
    return (places.size(0) < too_few ? colors : colors.index_select(2, places)).unsqueeze(2);
}

} // namespace

Palettes palettes_of(const Request& request, const torch::Tensor& content) {
    const auto& settings = request.settings;
    const auto share = [&](std::size_t i) { return settings.blend.empty() ? 1.0 : settings.blend[i]; };
    const auto source = [&](std::size_t i) {
        const auto seen = seen_style(request.styles[i].picture, request.styles[i].alpha, content.device());
        return PaletteSource{.picture = seen.picture, .share = share(i), .alpha = seen.alpha};
    };
    std::vector<PaletteSource> elsewhere;
    std::vector<std::pair<std::size_t, torch::Tensor>> regions;
    torch::Tensor covered, shared;
    for (std::size_t i = 0; i < request.styles.size(); ++i) {
        const auto& style = request.styles[i];
        if (style.region.empty()) {
            elsewhere.push_back(source(i));
            continue;
        }
        const auto region =
            resized(to_tensor(style.region, content.device()), width_of(content), height_of(content));
        covered = covered.defined() ? covered + region : region;
        shared = shared.defined() ? shared + share(i) * region : share(i) * region;
        regions.emplace_back(i, region);
    }
    if (regions.empty())
        return {{palette_map(content, elsewhere, settings.strength)}};
    constexpr double no_share = 1e-6;
    Palettes palettes;
    const auto add = [&](const torch::Tensor& weights, const std::vector<PaletteSource>& styles) {
        palettes.push_back({palette_map(pixels_under(weights, content), styles, settings.strength), weights});
    };
    for (const auto& [i, region] : regions)
        if (share(i) > 0)
            add(region * share(i) / shared.clamp_min(no_share) * covered.clamp(0, 1), {source(i)});
    if (std::ranges::any_of(elsewhere, [](const auto& style) { return style.share > 0; }))
        add((1 - covered).clamp(0, 1), elsewhere);
    return palettes;
}

Palettes resized(const Palettes& palettes, Size size) {
    auto result = palettes;
    for (auto& palette : result)
        if (palette.weights.defined())
            palette.weights = resized(palette.weights, size.width, size.height);
    return result;
}

torch::Tensor recolored(const torch::Tensor& content, const Palettes& palettes, const PartOf& part) {
    const auto from = part(content);
    if (palettes.size() == 1 && !palettes.front().weights.defined())
        return palettes.front().map(from);
    auto result = from.clone();
    for (const auto& palette : palettes)
        result.add_((palette.map(from) - from) * part(palette.weights));
    return result;
}

torch::Tensor with_palettes(const torch::Tensor& content, const Palettes& palettes,
                            const std::stop_token& stop) {
    auto result = torch::empty_like(content);
    by_bands(content, stop, [&](std::int64_t first, std::int64_t count) {
        const auto rows = [&](const torch::Tensor& picture) { return picture.narrow(2, first, count); };
        rows(result).copy_(recolored(content, palettes, rows));
    });
    return result;
}

} // namespace neural_style
