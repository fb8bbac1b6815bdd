// SPDX-License-Identifier: GPL-3.0-or-later
#include "brush.hpp"

#include "color.hpp"
#include "neighbors.hpp"
#include "picture_window.hpp"
#include "regions.hpp"
#include "style_parts.hpp"
#include "tensor.hpp"
#include "viewer.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <torch/types.h>

namespace neural_style {

namespace {

// Chosen by eye: colours keep the photo's layout, flat areas do not repeat one dab, streaks stay whole.
constexpr Preferences preferences{.color = 0.2, .repeated = 0.03, .adjacent = 0.03};

// Weight of the photo, relative to the current painting, in deciding a place's match: restores what the
// coarser scales have lost of the motif.
constexpr double photo_share = 0.5;

// Parts of a style begin at multiples of this, so that their grids coincide with the style's.
constexpr int part_stride = 16;

Size grid_of(Size size) {
    return {size.width / grid_stride, size.height / grid_stride};
}

Size size_of(const torch::Tensor& picture) {
    return {width_of(picture), height_of(picture)};
}

// The part of a style that is used, and its place in the style's grid.
struct Part {
    SeenStyle seen;
    int top, left, height, width; // of the grid
};

std::vector<Part> parts_of(const BrushStyle& style) {
    const auto own = size_of(style.seen.picture);
    const double most = looked_at_pixels(own, style.size);
    const auto pictures = style_parts(style.seen, style.size, part_stride, most);
    if (style.size.pixels() <= most) {
        const auto grid = grid_of(style.size);
        return {{pictures.front(), 0, 0, grid.height, grid.width}};
    }
    std::vector<Part> parts;
    const auto tiles = samples(style.size, part_stride, most);
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        const GridPart grid(tiles[i]);
        parts.push_back({pictures[i], grid.top(), grid.left(), grid.height(), grid.width()});
    }
    return parts;
}

// Luma and chroma (ITU-R BT.601), blurred over a few grid positions: [height, width, 3].
torch::Tensor grid_colors(const torch::Tensor& picture) {
    const auto to_ycc =
        torch::tensor({0.299F, 0.587F, 0.114F, -0.168736F, -0.331264F, 0.5F, 0.5F, -0.418688F, -0.081312F},
                      picture.options())
            .view({3, 3, 1, 1});
    const auto means = torch::conv2d(torch::avg_pool2d(picture, grid_stride), to_ycc);
    return torch::avg_pool2d(means, 3, 1, 1, false, /*count_include_pad=*/false)
        .squeeze(0)
        .permute({1, 2, 0});
}

// Columns and colours at positions of a style's grid, and the mean over all positions seen.
struct Gathered {
    std::vector<torch::Tensor> columns; // per layer, [positions, channels]
    std::vector<torch::Tensor> means;   // per layer, [1, channels]
    torch::Tensor colors;               // [positions, 3]
};

Gathered gathered(const FeatureNetwork& network, const std::vector<int>& layers,
                  const std::vector<Part>& parts, const torch::Tensor& positions, Size grid, int tile_side,
                  const std::stop_token& stop) {
    const auto options = torch::TensorOptions(network.device()).dtype(torch::kFloat32);
    Gathered result;
    for (const int layer : layers) {
        result.columns.push_back(torch::zeros({positions.size(0), network.channels(layer)}, options));
        result.means.push_back(torch::zeros({1, network.channels(layer)}, options));
    }
    result.colors = torch::zeros({positions.size(0), 3}, options);
    const auto down = positions.div(grid.width, "floor"), across = positions.remainder(grid.width);
    double count = 0;
    for (const auto& part : parts) {
        const auto size = size_of(part.seen.picture);
        const auto colors = grid_colors(part.seen.picture);
        const Tiling cut(size.width, size.height,
                         {.side = smaller_side(tile_side, style_tile_side(size)),
                          .halo = network.halo(layers.back(), 1),
                          .stride = part_stride,
                          .beyond = network.beyond(layers.back())});
        for (const auto& tile : cut.tiles()) {
            const GridPart own(tile);
            const auto y = down - (part.top + own.top()), x = across - (part.left + own.left());
            const auto here =
                ((y >= 0) & (y < own.height()) & (x >= 0) & (x < own.width())).nonzero().squeeze(1);
            const auto from = (y * own.width() + x).index_select(0, here).to(options.device());
            const auto to = here.to(options.device());
            const auto seen = seen_positions(part.seen, tile, grid_stride,
                                             torch::empty({1, 1, own.height(), own.width()}, options));
            count += seen.defined() ? seen.sum(torch::kFloat64).item<double>()
                                    : double(own.height()) * own.width();
            result.colors.index_copy_(0, to,
                                      colors.narrow(0, own.top(), own.height())
                                          .narrow(1, own.left(), own.width())
                                          .reshape({-1, 3})
                                          .index_select(0, from));
            network.visit(cut.window(part.seen.picture, tile), layers.back(), stop,
                          [&](int layer, const torch::Tensor& features) {
                              const auto found = std::ranges::find(layers, layer);
                              if (found == layers.end())
                                  return;
                              const auto i = std::size_t(found - layers.begin());
                              const auto columns = own.columns(features, network.stride(layer)) *
                                                   column_share(features.size(1));
                              result.columns[i].index_copy_(0, to, columns.index_select(0, from));
                              result.means[i].add_(seen.defined() ? seen.view({1, -1}).mm(columns)
                                                                  : columns.sum(0, true));
                          });
        }
    }
    for (auto& mean : result.means)
        mean.div_(count);
    return result;
}

torch::Tensor whole_columns(const FeatureNetwork& network, const std::vector<int>& layers,
                            const torch::Tensor& picture, const std::stop_token& stop) {
    const Tiling cut(width_of(picture), height_of(picture), cut_for(network, layers.back(), 0));
    const auto& tile = cut.tiles().front();
    const GridPart whole(tile);
    std::vector<torch::Tensor> columns;
    network.visit(cut.window(picture, tile), layers.back(), stop,
                  [&](int layer, const torch::Tensor& features) {
                      if (std::ranges::contains(layers, layer))
                          columns.push_back(whole.columns(features, network.stride(layer)) *
                                            column_share(features.size(1)));
                  });
    return torch::cat(columns, 1);
}

// Each style's weight at each position of the grid, [styles, height, width], on the CPU.
torch::Tensor grid_weights(const std::vector<BrushStyle>& styles, Size grid) {
    std::vector<torch::Tensor> weights;
    double shares = 0;
    for (const auto& style : styles)
        shares += style.share;
    for (const auto& style : styles)
        weights.push_back((style.weights.defined() ? at_stride(style.weights, grid_stride)
                                                   : torch::ones({grid.height, grid.width}))
                              .to(torch::kCPU) *
                          (style.share / shares));
    return torch::stack(weights);
}

// The style that each position belongs to, int32 [height, width], -1: none. Where several share a position,
// one is drawn by a sequence whose neighbours differ (Roberts 2018, "The unreasonable effectiveness of
// quasirandom sequences": powers of the inverse of the plastic number).
torch::Tensor belonging(const torch::Tensor& weights) {
    const auto options = torch::TensorOptions().dtype(torch::kFloat64);
    const auto down = torch::arange(weights.size(1), options).unsqueeze(1) * 0.7548776662466927;
    const auto across = torch::arange(weights.size(2), options) * 0.5698402909980532;
    const auto all = weights.sum(0);
    const auto at = (down + across).frac() * all;
    const auto passed = (weights.cumsum(0).to(torch::kFloat64) <= at.unsqueeze(0)).sum(0);
    return torch::where(all > 0, passed.clamp_max(weights.size(0) - 1), -1).to(torch::kInt32);
}

// The photo's luma mapped by rank to the style's distribution: [positions, 1].
torch::Tensor with_distribution_of(const torch::Tensor& luma, const torch::Tensor& style) {
    const auto sorted = std::get<0>(style.sort());
    const auto rank = luma.argsort(/*stable=*/true, 0, false).argsort();
    const auto at = (rank.to(torch::kFloat64) + 0.5) * (double(style.size(0)) / double(luma.size(0)));
    return sorted.index_select(0, at.to(torch::kInt64).clamp_max(style.size(0) - 1));
}

// Channels minus their mean, in units of their deviation.
torch::Tensor standardised(const torch::Tensor& columns) {
    const auto centred = columns - columns.mean(0, true);
    return centred / centred.square().mean(0, true).sqrt_().clamp_min_(1e-4);
}

// Which positions of a style's grid are seen well enough to be a match: [height, width] of bool on the CPU;
// undefined: all. Half transparent ones are, unless others are seen better.
torch::Tensor seen_well(const BrushStyle& style) {
    if (!style.seen.alpha.defined())
        return {};
    const auto grid = grid_of(style.size);
    const auto alpha = resized(style.seen.alpha, grid.width, grid.height).squeeze(0).squeeze(0).cpu();
    return alpha >= alpha.max() / 2;
}

// Finds the matches of a small picture.
void match_anew(const FeatureNetwork& network, const std::vector<int>& layers, const BrushInput& input,
                BrushMatches& matches, const std::stop_token& stop) {
    const auto grid = grid_of(size_of(input.guide));
    auto guide = standardised(whole_columns(network, layers, input.guide, stop));
    if (!input.guide.is_same(input.content))
        guide.lerp_(standardised(whole_columns(network, layers, input.content, stop)), photo_share);
    matches = {.style = belonging(grid_weights(input.styles, grid)),
               .position = torch::zeros({grid.height, grid.width}, torch::kInt64),
               .grids = {}};
    for (std::size_t s = 0; s < input.styles.size(); ++s) {
        const auto& style = input.styles[s];
        const auto style_grid = grid_of(style.size);
        matches.grids.push_back(style_grid);
        const auto wanted = matches.style.view({-1}) == std::int64_t(s);
        const auto parts = parts_of(style);
        const auto well = seen_well(style);
        std::vector<std::int64_t> there, hidden;
        for (const auto& part : parts)
            for (int y = part.top; y < part.top + part.height; ++y)
                for (int x = part.left; x < part.left + part.width; ++x)
                    (well.defined() && !well.const_data_ptr<bool>()[y * style_grid.width + x] ? hidden
                                                                                              : there)
                        .push_back(std::int64_t(y) * style_grid.width + x);
        if (there.empty()) // the parts show nothing else
            there = std::move(hidden);
        std::ranges::sort(there);
        auto chosen = drawn(std::int64_t(there.size()), most_sought, input.seed + s);
        for (auto& position : chosen)
            position = there[std::size_t(position)];
        const auto positions = torch::tensor(chosen, torch::kInt64);
        const auto found =
            gathered(network, layers, parts, positions, style_grid, input.style_tile_side, stop);
        const auto columns = torch::cat(found.columns, 1);
        const auto style_deviation = columns.std(0, false, true);

        auto colors = grid_colors(with_palette(input.content,
                                               palette_map(input.content, {{.picture = style.seen.picture,
                                                                            .alpha = style.seen.alpha}}),
                                               stop))
                          .reshape({-1, 3});
        colors =
            torch::cat({with_distribution_of(colors.select(1, 0), found.colors.select(1, 0)).unsqueeze(1),
                        colors.narrow(1, 1, 2)},
                       1);
        const auto spread = found.colors.var(0, false).sum().sqrt().clamp_min(1e-3);
        const auto middle = found.colors.mean(0, true);
        const auto rows = nearest_neighbors({.columns = guide * style_deviation,
                                             .colors = (colors - middle) / spread,
                                             .height = grid.height,
                                             .width = grid.width,
                                             .wanted = wanted},
                                            {.columns = columns,
                                             .colors = (found.colors - middle) / spread,
                                             .position = positions,
                                             .height = style_grid.height,
                                             .width = style_grid.width},
                                            preferences);
        const auto which = wanted.nonzero().squeeze(1);
        matches.position.view({-1}).index_copy_(
            0, which, positions.index_select(0, rows.index_select(0, which).to(torch::kInt64)));
    }
}

// Matches on a finer grid: each is offset from the coarser position's match as the position is from the
// coarser one.
void carry_up(const BrushInput& input, BrushMatches& matches) {
    const auto grid = grid_of(size_of(input.guide));
    const auto options = torch::TensorOptions().dtype(torch::kFloat64);
    const auto along = [&](int fine, std::int64_t coarse) {
        return (torch::arange(fine, options) + 0.5) * (double(coarse) / fine); // in the coarse grid
    };
    const auto down = along(grid.height, matches.style.size(0));
    const auto across = along(grid.width, matches.style.size(1));
    const auto cell_down = down.floor().to(torch::kInt64), cell_across = across.floor().to(torch::kInt64);
    const auto enlarged = [&](const torch::Tensor& t) {
        return t.index_select(0, cell_down).index_select(1, cell_across);
    };
    const auto coarse_height = double(matches.style.size(0)), coarse_width = double(matches.style.size(1));
    const auto off_down = ((down - down.floor() - 0.5) * (grid.height / coarse_height)).unsqueeze(1);
    const auto off_across = (across - across.floor() - 0.5) * (grid.width / coarse_width);
    const auto style = enlarged(matches.style);
    const auto before = enlarged(matches.position);
    auto position = torch::zeros_like(before);
    std::vector<Size> grids;
    for (std::size_t s = 0; s < input.styles.size(); ++s) {
        const auto coarse = matches.grids[s];
        const auto fine = grids.emplace_back(grid_of(input.styles[s].size));
        const auto y = (before.div(coarse.width, "floor").to(torch::kFloat64) + 0.5) *
                           (double(fine.height) / coarse.height) +
                       off_down;
        const auto x =
            (before.remainder(coarse.width).to(torch::kFloat64) + 0.5) * (double(fine.width) / coarse.width) +
            off_across;
        const auto at = [&](const torch::Tensor& y, const torch::Tensor& x) {
            return y.floor().to(torch::kInt64).clamp(0, fine.height - 1) * fine.width +
                   x.floor().to(torch::kInt64).clamp(0, fine.width - 1);
        };
        auto here = at(y, x);
        if (const auto well = seen_well(input.styles[s]); well.defined()) {
            const auto seen = well.view({-1}).index_select(0, here.view({-1})).view_as(here);
            here = torch::where(seen, here, at(y - off_down, x - off_across));
        }
        position = torch::where(style == std::int64_t(s), here, position);
    }
    matches = {style, position, grids};
}

// Moves positions outside all parts to the nearest position in one.
void keep_to_parts(std::vector<std::int64_t>& positions, const std::vector<Part>& parts, Size grid) {
    if (parts.size() == 1 && parts.front().height == grid.height && parts.front().width == grid.width)
        return;
    for (auto& position : positions) {
        const auto y = position / grid.width, x = position % grid.width;
        std::int64_t nearest = -1, least = 0;
        for (const auto& part : parts) {
            const auto near_y = std::clamp<std::int64_t>(y, part.top, part.top + part.height - 1);
            const auto near_x = std::clamp<std::int64_t>(x, part.left, part.left + part.width - 1);
            const auto away = (near_y - y) * (near_y - y) + (near_x - x) * (near_x - x);
            if (nearest < 0 || away < least) {
                nearest = near_y * grid.width + near_x;
                least = away;
            }
        }
        position = nearest;
    }
}

NeighborTarget target_of(const FeatureNetwork& network, const std::vector<int>& layers,
                         const BrushInput& input, const BrushMatches& matches, const std::stop_token& stop) {
    const auto device = network.device();
    const auto height = matches.style.size(0), width = matches.style.size(1);
    NeighborTarget target{.layers = layers,
                          .rows = std::vector<torch::Tensor>(layers.size()),
                          .means = std::vector<torch::Tensor>(layers.size()),
                          .style_of_row = {},
                          .match = torch::zeros({height, width}, torch::kInt32),
                          .weights = {}};
    std::vector<std::vector<torch::Tensor>> rows(layers.size()), means(layers.size());
    std::vector<torch::Tensor> style_of_row;
    std::int64_t first = 0;
    for (std::size_t s = 0; s < input.styles.size(); ++s) {
        const auto grid = matches.grids[s];
        const auto which = (matches.style.view({-1}) == std::int64_t(s)).nonzero().squeeze(1);
        if (which.size(0) == 0) {
            for (std::size_t i = 0; i < layers.size(); ++i)
                means[i].push_back(torch::zeros({1, network.channels(layers[i])},
                                                torch::TensorOptions(device).dtype(torch::kFloat32)));
            continue;
        }
        auto positions = matches.position.view({-1}).index_select(0, which);
        // If too many different positions are needed, blocks of positions share one.
        torch::Tensor needed, back;
        for (std::int64_t block = 1;; block *= 2) {
            const auto shared = positions.div(grid.width * block, "floor").mul(block * grid.width) +
                                positions.remainder(grid.width).div(block, "floor").mul(block);
            std::tie(needed, back, std::ignore) = torch::_unique2(shared, /*sorted=*/true, /*inverse=*/true);
            if (needed.size(0) <= most_rows)
                break;
        }
        const auto parts = parts_of(input.styles[s]);
        std::vector<std::int64_t> places(needed.data_ptr<std::int64_t>(),
                                         needed.data_ptr<std::int64_t>() + needed.size(0));
        keep_to_parts(places, parts, grid);
        const auto found = gathered(network, layers, parts, torch::tensor(places, torch::kInt64), grid,
                                    input.style_tile_side, stop);
        torch::Tensor squares;
        for (std::size_t i = 0; i < layers.size(); ++i) {
            means[i].push_back(found.means[i]);
            rows[i].push_back(found.columns[i] - found.means[i]);
            const auto here = rows[i].back().square().sum(1, true);
            squares = squares.defined() ? squares + here : here;
        }
        const auto inverse = squares.clamp_min(1e-6).rsqrt();
        for (auto& layer_rows : rows)
            layer_rows.back().mul_(inverse);
        style_of_row.push_back(torch::full({needed.size(0)}, std::int64_t(s), torch::kInt32));
        target.match.view({-1}).index_copy_(0, which, (back + first).to(torch::kInt32));
        first += needed.size(0);
    }
    if (first == 0)
        return target; // nothing to paint
    for (std::size_t i = 0; i < layers.size(); ++i) {
        target.rows[i] = torch::cat(rows[i]);
        target.means[i] = torch::cat(means[i]);
    }
    target.style_of_row = torch::cat(style_of_row).to(device);
    target.match = target.match.to(device);
    if (std::ranges::any_of(input.styles, [](const auto& style) { return style.weights.defined(); })) {
        const auto all = grid_weights(input.styles, {int(width), int(height)});
        // At the border of a region a coarser position's style may have no share here.
        const auto own = all.gather(0, matches.style.clamp_min(0).to(torch::kInt64).unsqueeze(0)).squeeze(0);
        target.weights =
            torch::where((matches.style >= 0) & (own > 0), all.sum(0), 0).to(torch::kFloat32).to(device);
    }
    return target;
}

} // namespace

NeighborTarget brush_target(const FeatureNetwork& network, const BrushInput& input, BrushMatches& matches,
                            const std::stop_token& stop) {
    const torch::NoGradGuard no_grad;
    const auto layers = column_layers(network);
    const double pixels = size_of(input.guide).pixels();
    if (pixels <= most_matched_pixels) {
        match_anew(network, layers, input, matches, stop);
    } else {
        if (!matches.style.defined()) {
            auto smaller = input;
            const double factor = std::sqrt(most_matched_pixels / pixels);
            const auto reduced = [&](int side) { return std::max(part_stride, int(side * factor)); };
            const auto reduced_picture = [&](const torch::Tensor& whole) {
                return resized(whole, reduced(width_of(whole)), reduced(height_of(whole)));
            };
            smaller.guide = reduced_picture(input.guide);
            smaller.content = reduced_picture(input.content);
            for (auto& style : smaller.styles) {
                style.size = {reduced(style.size.width), reduced(style.size.height)};
                if (style.weights.defined())
                    style.weights =
                        reduced_picture(style.weights.unsqueeze(0).unsqueeze(0)).squeeze(0).squeeze(0);
            }
            match_anew(network, layers, smaller, matches, stop);
        }
        carry_up(input, matches);
    }
    return target_of(network, layers, input, matches, stop);
}

std::uint64_t brush_bytes(const FeatureNetwork& network, double pixels, double window_pixels) {
    const auto layers = column_layers(network);
    double channels = 0, most = 0;
    for (const int layer : layers) {
        channels += network.channels(layer);
        most = std::max(most, double(network.channels(layer)));
    }
    const double area = grid_stride * grid_stride;
    const double positions = pixels / area, in_window = window_pixels / area;
    // Per position: match, style, weight and four sums; twice its place in the style.
    const double kept = positions * (7 * sizeof(float) + 2 * sizeof(std::int64_t));
    // Columns of the styles, as gathered and as kept.
    const double rows = 2 * std::min(double(most_rows), positions) * channels * sizeof(float);
    // While matching: columns of the guide as they are, centred and scaled, and the products computed at
    // once. While taking matches over: a few coordinates per position. Later: a layer's columns, matches and
    // gradients.
    const double found = pixels <= most_matched_pixels
                             ? (4 * positions * channels + 2 * most_compared) * sizeof(float)
                             : 8 * positions * sizeof(double);
    const double at_work = 5 * in_window * most * sizeof(float);
    return std::uint64_t(kept + rows + std::max(found, at_work));
}

double matching_operations(const FeatureNetwork& network, double pixels) {
    if (pixels > most_matched_pixels)
        return 0;
    double channels = 0;
    for (const int layer : column_layers(network))
        channels += network.channels(layer);
    return 2 * channels * pixels / (grid_stride * grid_stride) * double(most_sought);
}

} // namespace neural_style
