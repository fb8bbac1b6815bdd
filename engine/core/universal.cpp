// SPDX-License-Identifier: GPL-3.0-or-later
#include "universal.hpp"

#include "guarded.hpp"
#include "picture_window.hpp"
#include "regions.hpp"
#include "tensor.hpp"
#include "tiling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <torch/types.h>
#include <utility>

namespace neural_style {

namespace {

// A stage of about the size of the next one is not worth its time.
constexpr double least_step = 1.3;

// Positions of a region below which its statistics say nothing; those of the whole picture stand for them.
constexpr double least_positions = 64;

// The content's statistics come from at most as many pixels.
constexpr double most_content_pixels = 1 << 20;

ImageView view(const torch::Tensor& picture) {
    return {picture.const_data_ptr<float>(), width_of(picture), height_of(picture)};
}

int rounded_up(int length, int multiple) {
    return (length + multiple - 1) / multiple * multiple;
}

// A part of the painting with statistics of its own: the styles that paint there, and how much at each pixel.
struct Place {
    std::vector<std::size_t> styles;
    torch::Tensor weights; // [height, width] of the stage; undefined: 1 everywhere
};

std::vector<Place> places_of(const std::vector<torch::Tensor>& of_styles) {
    std::vector<Place> places;
    for (std::size_t i = 0; i < of_styles.size(); ++i) {
        const auto& weights = of_styles[i];
        const auto known = std::ranges::find_if(places, [&](const Place& place) {
            return weights.defined() ? weights.is_same(place.weights) : !place.weights.defined();
        });
        if (known != places.end())
            known->styles.push_back(i);
        else
            places.push_back({{i}, weights});
    }
    return places;
}

// What a tile sees: a picture with everything that belongs to it.
struct Seen {
    torch::Tensor guide;                // what is painted over
    torch::Tensor content;              // what it shows; the guide itself in the first stage
    std::vector<torch::Tensor> weights; // of the places, [height, width]; undefined: 1 everywhere
    Tile tile;
};

torch::Tensor at_stride(const torch::Tensor& weights, int stride) {
    if (!weights.defined() || stride == 1)
        return weights;
    return torch::avg_pool2d(weights.unsqueeze(0).unsqueeze(0), stride).squeeze(0).squeeze(0);
}

// One stage: maps of each tap, once they are known, and tiles.
class Painter {
  public:
    Painter(const UniversalNetworks& networks, const UniversalPlan& plan, const UniversalStage& stage)
        : networks_(networks), plan_(plan), stage_(stage), keeps_content_(plan.strength < 1) {}

    void add_place(std::vector<std::shared_ptr<const std::vector<StyleFeatures>>> styles,
                   std::vector<double> shares, bool everywhere) {
        places_.push_back({std::move(styles), std::move(shares), {}});
        keeps_content_ |= !everywhere;
    }

    // Content features are looked at beside those of the guide.
    bool sees_content() const {
        return keeps_content_ ||
               (stage_.first_block == 0 &&
                std::ranges::any_of(plan_.look.kept, [](double share) { return share > 0; }));
    }

    // Paints what the tiles see. Where `measure`, the maps come from these pixels, all of them together, and
    // nothing is painted but a tile that is alone.
    std::vector<torch::Tensor> paint(const std::vector<Seen>& all, bool measure,
                                     const std::stop_token& stop) {
        std::vector<Features> features;
        std::vector<torch::Tensor> here;
        for (const auto& seen : all) {
            features.push_back(looked_at(seen, stop));
            here.push_back(std::exchange(features.back().guide, {}));
        }
        const auto& blocks = networks_.decoder.blocks();
        for (std::size_t b = stage_.first_block; b < blocks.size(); ++b) {
            const auto tap = b - stage_.first_block;
            std::vector<torch::Tensor> content;
            for (auto& f : features)
                content.push_back(std::exchange(f.content[tap], {}));
            mix_in_content(b, all, here, content, measure);
            if (measure)
                measure_maps(b, all, here);
            if (measure && all.size() > 1 && b + 1 == blocks.size())
                return here; // only the maps were wanted
            for (std::size_t i = 0; i < all.size(); ++i)
                here[i] = blocks[b].chain.run(matched(b, here[i], content[i], all[i]), stop);
        }
        return here;
    }

  private:
    struct OfPlace {
        std::vector<std::shared_ptr<const std::vector<StyleFeatures>>> styles;
        std::vector<double> shares;
        std::map<std::size_t, Convolution> maps; // of 1 x 1, by block
    };
    struct Features {
        torch::Tensor guide;                // of the deepest tap
        std::vector<torch::Tensor> content; // of the taps, deepest first; undefined where not needed
    };

    Features looked_at(const Seen& seen, const std::stop_token& stop) const {
        const auto taps = networks_.taps();
        const int deepest = taps[stage_.first_block];
        Features features;
        features.content.resize(taps.size() - stage_.first_block);
        const bool same = seen.content.is_same(seen.guide) || !seen.content.defined();
        const bool wanted = sees_content();
        networks_.encoder.visit(seen.guide.to(networks_.encoder.device()), deepest, stop,
                                [&](int layer, const torch::Tensor& f) {
                                    if (layer == deepest)
                                        features.guide = f;
                                    if (wanted && same)
                                        keep(features, taps, layer, f);
                                });
        if (wanted && !same)
            networks_.encoder.visit(
                seen.content.to(networks_.encoder.device()), deepest, stop,
                [&](int layer, const torch::Tensor& f) { keep(features, taps, layer, f); });
        return features;
    }

    void keep(Features& features, const std::vector<int>& taps, int layer, const torch::Tensor& f) const {
        for (std::size_t i = stage_.first_block; i < taps.size(); ++i)
            if (taps[i] == layer)
                features.content[i - stage_.first_block] = f;
    }

    double kept(std::size_t block) const {
        if (stage_.first_block > 0 || block == 0 || block > plan_.look.kept.size())
            return 0;
        return plan_.look.kept[block - 1];
    }

    // Of all places together where `place` is none.
    FeatureSums sums(const std::vector<Seen>& all, const std::vector<torch::Tensor>& features, int layer,
                     std::optional<std::size_t> place) const {
        const int stride = networks_.encoder.stride(layer);
        FeatureSums sums(networks_.encoder.channels(layer));
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& tile = all[i].tile;
            const auto own = [&](const torch::Tensor& t, int rows, int columns) {
                return t.narrow(rows, tile.down.own_in_window() / stride, tile.down.own_length / stride)
                    .narrow(columns, tile.across.own_in_window() / stride, tile.across.own_length / stride);
            };
            const auto weights = place ? at_stride(all[i].weights[*place], stride) : torch::Tensor();
            sums.add(own(features[i], 2, 3), weights.defined() ? own(weights, 0, 1) : weights);
        }
        return sums;
    }

    Convolution as_convolution(const LinearMap& map, double factor) const {
        const auto channels = map.offset.size(0);
        return Convolution((map.factor * factor).view({channels, channels, 1, 1}), map.offset * factor,
                           networks_.encoder.device(), networks_.encoder.type());
    }

    // What was decoded becomes (1 - k) of itself and k of the content's own features, in its statistics.
    void mix_in_content(std::size_t block, const std::vector<Seen>& all, std::vector<torch::Tensor>& here,
                        const std::vector<torch::Tensor>& content, bool measure) {
        const double k = kept(block);
        if (k == 0)
            return;
        if (measure) {
            const int layer = networks_.decoder.blocks()[block].from;
            const auto map =
                matching(FeatureMoments::of(sums(all, content, layer, {})),
                         StyleFeatures(FeatureMoments::of(sums(all, here, layer, {}))), Matching::covariance);
            content_maps_.insert_or_assign(block, as_convolution(map, k));
        }
        for (std::size_t i = 0; i < here.size(); ++i)
            here[i] = content_maps_.at(block)(content[i], {}).add_(here[i], 1 - k);
    }

    void measure_maps(std::size_t block, const std::vector<Seen>& all,
                      const std::vector<torch::Tensor>& here) {
        const int layer = networks_.decoder.blocks()[block].from;
        for (std::size_t p = 0; p < places_.size(); ++p) {
            auto& place = places_[p];
            auto of_place = sums(all, here, layer, p);
            if (of_place.positions < least_positions)
                of_place = sums(all, here, layer, {});
            const auto moments = FeatureMoments::of(of_place);
            LinearMap map;
            for (std::size_t i = 0; i < place.styles.size(); ++i) {
                const auto one = matching(moments, (*place.styles[i])[block], plan_.how);
                map.factor =
                    i == 0 ? one.factor * place.shares[i] : map.factor.add(one.factor, place.shares[i]);
                map.offset =
                    i == 0 ? one.offset * place.shares[i] : map.offset.add(one.offset, place.shares[i]);
            }
            place.maps.insert_or_assign(block, as_convolution(map, plan_.strength));
        }
    }

    // x of the guide and F of the content become s (A x + a) + (1 - s) F.
    torch::Tensor matched(std::size_t block, const torch::Tensor& x, const torch::Tensor& content,
                          const Seen& seen) const {
        const int stride = networks_.encoder.stride(networks_.decoder.blocks()[block].from);
        torch::Tensor result, covered;
        for (std::size_t p = 0; p < places_.size(); ++p) {
            auto here = places_[p].maps.at(block)(x, {});
            if (plan_.strength < 1)
                here.add_(content, 1 - plan_.strength);
            if (seen.weights[p].defined()) {
                const auto weights =
                    at_stride(seen.weights[p], stride).unsqueeze(0).unsqueeze(0).to(here.options());
                here.mul_(weights);
                covered = covered.defined() ? covered + weights : weights;
            }
            result = result.defined() ? result.add_(here) : here;
        }
        if (covered.defined()) // what no place covers stays content
            result.addcmul_(content, (1 - covered).clamp_min_(0));
        return result;
    }

    const UniversalNetworks& networks_;
    const UniversalPlan& plan_;
    const UniversalStage& stage_;
    bool keeps_content_;
    std::vector<OfPlace> places_;
    std::map<std::size_t, Convolution> content_maps_; // by block
};

} // namespace

std::vector<int> UniversalNetworks::taps() const {
    std::vector<int> layers;
    for (const auto& block : decoder.blocks())
        layers.push_back(block.from);
    return layers;
}

int UniversalNetworks::halo(std::size_t first_block) const {
    const auto& blocks = decoder.blocks();
    int around = 0, halo = 0;
    for (std::size_t b = blocks.size(); b-- > first_block;) {
        around = blocks[b].chain.around(around);
        halo = std::max(halo, encoder.halo(blocks[b].from, around));
    }
    const int stride = encoder.stride(blocks[first_block].from);
    return rounded_up(halo, stride);
}

double UniversalNetworks::operations(std::size_t first_block) const {
    const auto& blocks = decoder.blocks();
    constexpr int side = 1 << 12;
    double operations = encoder.cost(side, side, blocks[first_block].from).operations / (double(side) * side);
    for (std::size_t b = first_block; b < blocks.size(); ++b) {
        const double stride = encoder.stride(blocks[b].from);
        const double channels = encoder.channels(blocks[b].from);
        operations += (blocks[b].chain.operations() + 2 * channels * channels) / (stride * stride);
    }
    return operations;
}

double UniversalPlan::work(const UniversalNetworks& networks) const {
    double work = 0;
    for (const auto& stage : stages)
        work += double(stage.size.width) * stage.size.height * networks.operations(stage.first_block);
    return work;
}

UniversalPlan plan_universal(const UniversalNetworks& networks, const Settings& settings, Size painting,
                             const std::vector<Size>& styles, const UniversalLook& look) {
    UniversalPlan plan{.stages = {},
                       .look = look,
                       .how = settings.style_loss == StyleLoss::moments ? Matching::deviation
                                                                        : Matching::covariance,
                       .strength = settings.texture ? 1 : settings.strength,
                       .wraps = settings.seamless,
                       .texture = settings.texture,
                       .seed = settings.seed};
    const double side = std::sqrt(double(painting.width) * painting.height);
    const int count =
        side < look.coarse_side * least_step
            ? 1
            : 1 + std::max(1, int(std::ceil(std::log(side / look.coarse_side) / std::log(look.step) - 1e-9)));
    const auto blocks = networks.decoder.blocks().size();
    const int deepest = networks.taps().front();
    for (int i = 0; i < count; ++i) {
        UniversalStage stage;
        const double factor =
            count == 1 ? 1 : std::pow(look.coarse_side / side, double(count - 1 - i) / (count - 1));
        stage.size = {std::max(1, int(std::lround(painting.width * factor))),
                      std::max(1, int(std::lround(painting.height * factor)))};
        stage.first_block = i == 0 ? 0 : blocks - std::min(blocks, std::size_t(look.fine_taps));
        for (const auto& style : styles) {
            const auto size = style_size(style.width, style.height, {stage.size.width, stage.size.height, 0},
                                         settings.stroke_size, networks.encoder.smallest_side(deepest));
            stage.style_sides.push_back(std::sqrt(double(size.width) * size.height));
        }
        plan.stages.push_back(std::move(stage));
    }
    return plan;
}

Image paint_universal(const UniversalNetworks& networks, const UniversalPlan& plan,
                      const UniversalInput& input, StyleStatistics& statistics,
                      const UniversalReports& reports, const std::stop_token& stop) {
    const torch::NoGradGuard no_grad;
    const auto& encoder = networks.encoder;
    const auto beyond = plan.wraps ? Beyond::again : Beyond::mirrored;
    const StyleStatistics::Taps taps{encoder, networks.taps()};
    const double work = plan.work(networks);
    double done = 0;

    // The content of each stage, made from the larger one.
    std::vector<torch::Tensor> contents(plan.stages.size());
    std::vector<ImageView> views(plan.stages.size());
    for (std::size_t i = plan.stages.size(); i-- > 0;) {
        const auto size = plan.stages[i].size;
        if (plan.texture) {
            contents[i] = channels_last(noise(size, plan.seed + i));
            views[i] = view(contents[i]);
        } else if (i + 1 == plan.stages.size()) {
            views[i] = input.content;
        } else {
            contents[i] = channels_last(reduced(views[i + 1], size));
            views[i] = view(contents[i]);
        }
    }

    std::vector<torch::Tensor> regions;
    for (const auto& style : input.styles)
        regions.push_back(style.region);
    Image painting;
    torch::Tensor difference; // of the painting so far from its content
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        const auto& stage = plan.stages[i];
        const auto at_stage = [&](const torch::Tensor& mask) {
            return mask.defined() ? resized(mask, stage.size.width, stage.size.height) : mask;
        };
        std::vector<torch::Tensor> regions_here;
        for (const auto& region : regions)
            regions_here.push_back(at_stage(region));
        const auto protect = at_stage(input.protect);
        const auto places = places_of(style_places(regions_here, protect));

        Painter painter(networks, plan, stage);
        for (const auto& place : places) {
            std::vector<std::shared_ptr<const std::vector<StyleFeatures>>> features;
            std::vector<double> shares;
            double sum = 0;
            for (const auto s : place.styles) {
                const auto& style = input.styles[s];
                features.push_back(
                    statistics.of(style.picture, style.hash, stage.style_sides[s], taps, stop));
                shares.push_back(style.share);
                sum += style.share;
            }
            for (auto& share : shares)
                share = sum > 0 ? share / sum : 0;
            painter.add_place(std::move(features), std::move(shares), !place.weights.defined());
        }

        const int stride = encoder.stride(taps.layers[stage.first_block]);
        const int least = encoder.smallest_side(taps.layers[stage.first_block]);
        const Size even{rounded_up(std::max(stage.size.width, least), stride),
                        rounded_up(std::max(stage.size.height, least), stride)};
        const auto cut = [&](int side) {
            return Tiling(even.width, even.height,
                          {.side = side,
                           .halo = networks.halo(stage.first_block),
                           .stride = stride,
                           .wraps = plan.wraps});
        };
        const auto tiling = cut(stage.tile_side);
        const auto seen = [&](const Tile& tile) {
            Seen result;
            result.tile = tile;
            result.content = window(views[i], tile, beyond);
            result.guide = result.content;
            if (difference.defined()) {
                auto guide = enlarged_window(view(difference), stage.size, tile, beyond);
                guide.add_(result.content, plan.look.detail);
                result.guide = guide.clamp_(0, 1);
                if (!painter.sees_content())
                    result.content = torch::Tensor();
            }
            for (const auto& place : places)
                result.weights.push_back(place.weights.defined() ? window(place.weights, tile, beyond)
                                                                 : place.weights);
            return result;
        };
        const bool whole = tiling.tiles().size() == 1;
        if (!whole) {
            // Where that is not too much, all of it, as if it were painted whole.
            const bool all = double(even.width) * even.height <= most_content_pixels;
            std::vector<Seen> parts;
            for (const auto& part : all ? cut(0).tiles() : samples(even, stride, most_content_pixels))
                parts.push_back(seen(part));
            painter.paint(parts, /*measure=*/true, stop);
        }
        Image result(stage.size.width, stage.size.height);
        double pixels = 0;
        for (const auto& tile : tiling.tiles())
            pixels += tile.seen_pixels();
        const double of_stage =
            double(stage.size.width) * stage.size.height * networks.operations(stage.first_block);
        for (const auto& tile : tiling.tiles()) {
            const auto here = seen(tile);
            auto painted = painter.paint({here}, whole, stop).front().to(torch::kCPU);
            put(painted, tile, result);
            done += of_stage * tile.seen_pixels() / pixels;
            if (&tile != &tiling.tiles().back())
                reports.on_progress(std::min(1.0, done / work), {});
        }
        painting = std::move(result);
        reports.on_progress(std::min(1.0, done / work), painting);
        if (i + 1 < plan.stages.size()) {
            const auto painted =
                torch::from_blob(painting.data(), {1, stage.size.height, stage.size.width, 3})
                    .permute({0, 3, 1, 2});
            // Noise at one size is not that at another, but both are grey in the mean.
            difference = channels_last(plan.texture ? painted - 0.5 * plan.look.detail
                                                    : painted - plan.look.detail * contents[i]);
        }
    }
    if (input.protect.defined()) {
        const auto painted = torch::from_blob(painting.data(), {painting.height(), painting.width(), 3});
        const auto content = torch::from_blob(const_cast<float*>(input.content.data),
                                              {painting.height(), painting.width(), 3});
        const auto weights = input.protect.squeeze(0).squeeze(0).unsqueeze(2).to(torch::kCPU);
        for (int row = 0; row < painting.height(); ++row) { // a large picture needs no copy
            auto line = painted.select(0, row);
            line.lerp_(content.select(0, row).clamp(0, 1), weights.select(0, row));
        }
    }
    return painting;
}

} // namespace neural_style
