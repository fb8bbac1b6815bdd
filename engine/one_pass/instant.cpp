// SPDX-License-Identifier: GPL-3.0-or-later
#include "instant.hpp"

#include "allocation.hpp"
#include "guarded.hpp"
#include "picture_window.hpp"
#include "regions.hpp"
#include "style_loss_table.hpp"
#include "style_parts.hpp"
#include "tensor.hpp"
#include "tiles_in_turn.hpp"
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

// A stage of about the next one's size is not worth its time. Chosen below the step between scales, sqrt(2).
constexpr double least_step = 1.3;

// A region with fewer positions has no useful statistics; those of the whole picture replace them. Chosen: 8
// x 8.
constexpr double least_positions = 64;

constexpr int grain_side = 512; // pixels

// Ratio of the sides of a shot's last and first stage, where a shot is smaller than its frames. Chosen: the
// deep taps still see much of it.
constexpr double most_shot_step = 1.5;

// Most pixels that the content's statistics are taken from.
constexpr double most_content_pixels = 1 << 20;

ImageView view(const torch::Tensor& picture) {
    return {picture.const_data_ptr<float>(), width_of(picture), height_of(picture)};
}

bool same_size(Size a, Size b) {
    return a.width == b.width && a.height == b.height;
}

int rounded_up(int length, int multiple) {
    return (length + multiple - 1) / multiple * multiple;
}

// A part of the painting with its own statistics: its styles, and its weight at each pixel.
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

// The noise that a tile of a picture of `size` sees; a small piece repeats over any picture.
torch::Tensor grain_window(const torch::Tensor& grain, Size size, const Tile& tile, Beyond beyond) {
    const auto along = [&](const Span& span, int length) {
        auto pixels = seen_pixels(span, length, beyond);
        for (auto& pixel : pixels)
            pixel %= grain_side;
        return torch::tensor(pixels);
    };
    return grain.index_select(2, along(tile.down, size.height))
        .index_select(3, along(tile.across, size.width));
}

// What a tile sees: a picture and everything that belongs to it.
struct Seen {
    torch::Tensor guide;                         // what is painted over
    torch::Tensor content;                       // the content; undefined if not needed
    std::vector<torch::Tensor> content_features; // of all taps, deepest first; empty: not computed yet
    std::vector<torch::Tensor> weights;          // of the places, [height, width]; undefined: 1 everywhere
    Tile tile;
};

std::vector<torch::Tensor*> tensors_of(Seen& seen) {
    std::vector<torch::Tensor*> tensors{&seen.guide, &seen.content};
    for (auto& weights : seen.weights)
        tensors.push_back(&weights);
    return tensors;
}

// The encoder's features at the taps from this block's on, deepest first.
std::vector<torch::Tensor> features_of(const InstantNetworks& networks, const torch::Tensor& picture,
                                       std::size_t first_block, const std::stop_token& stop) {
    const auto taps = networks.taps();
    std::vector<torch::Tensor> found(taps.size() - first_block);
    networks.encoder.visit(picture, taps[first_block], stop, [&](int layer, const torch::Tensor& features) {
        for (std::size_t b = first_block; b < taps.size(); ++b)
            if (taps[b] == layer)
                found[b - first_block] = features;
    });
    return found;
}

// One stage: the map of each tap, once known, and the tiles.
class Painter {
  public:
    Painter(const InstantNetworks& networks, const InstantPlan& plan, const InstantStage& stage)
        : networks_(networks), plan_(plan), stage_(stage),
          keeps_content_(plan.strength * stage.strength != 1) {}

    void add_place(std::vector<std::shared_ptr<const std::vector<StyleFeatures>>> styles,
                   std::vector<double> shares, bool everywhere) {
        places_.push_back({std::move(styles), std::move(shares), {}});
        keeps_content_ |= !everywhere;
    }

    // Of a painter with a single place.
    const std::map<std::size_t, Convolution>& maps() const { return places_.front().maps; }
    void take_maps(std::map<std::size_t, Convolution> maps) { places_.front().maps = std::move(maps); }

    // Whether the painting keeps some content: where the strength is not 1, or where no style paints.
    bool keeps_content() const { return keeps_content_; }

    // Paints what the tiles see. With `measure` the maps are computed from all these pixels together, and
    // only a single tile is painted.
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
            if (tap >= stage_.matched_taps) {
                for (auto& one : here)
                    one = blocks[b].chain.run(std::move(one), stop);
                continue;
            }
            std::vector<torch::Tensor> content;
            for (auto& f : features)
                content.push_back(std::exchange(f.content[tap], {}));
            if (measure)
                measure_maps(b, all, here);
            if (measure && all.size() > 1 &&
                tap + 1 == std::min(stage_.matched_taps, blocks.size() - stage_.first_block))
                return here; // only the maps are needed
            for (std::size_t i = 0; i < all.size(); ++i) {
                here[i] = matched(b, here[i], std::exchange(content[i], {}), all[i]);
                here[i] = blocks[b].chain.run(std::move(here[i]), stop);
            }
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
        torch::Tensor guide;                // of the first tap of this stage
        std::vector<torch::Tensor> content; // of all its taps, deepest first; undefined if not needed
    };

    Features looked_at(const Seen& seen, const std::stop_token& stop) const {
        const auto taps = networks_.taps();
        const auto first = stage_.first_block;
        Features features;
        features.content.resize(taps.size() - first);
        networks_.encoder.visit(seen.guide, taps[first], stop, [&](int layer, const torch::Tensor& f) {
            if (layer == taps[first])
                features.guide = f;
        });
        if (keeps_content_) {
            if (seen.content_features.empty())
                features.content = features_of(networks_, seen.content, first, stop);
            else
                std::copy(seen.content_features.begin() + std::ptrdiff_t(first), seen.content_features.end(),
                          features.content.begin());
        }
        return features;
    }

    // Of all places together if `place` is none.
    FeatureSums sums(const std::vector<Seen>& all, const std::vector<torch::Tensor>& features, int layer,
                     std::optional<std::size_t> place) const {
        const int stride = networks_.encoder.stride(layer);
        FeatureSums sums(networks_.encoder.channels(layer));
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto own = [&](const torch::Tensor& t) { return own_of_window(t, all[i].tile, stride); };
            const auto weights = place ? at_stride(all[i].weights[*place], stride) : torch::Tensor();
            sums.add(own(features[i]), weights.defined() ? own(weights) : weights);
        }
        return sums;
    }

    Convolution as_convolution(const LinearMap& map, double factor) const {
        const auto channels = map.offset.size(0);
        return Convolution((map.factor * factor).view({channels, channels, 1, 1}), map.offset * factor,
                           networks_.encoder.device(), networks_.encoder.type());
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
            place.maps.insert_or_assign(block, as_convolution(map, plan_.strength * stage_.strength));
        }
    }

    // With x from the guide and F from the content: s (A x + a) + (1 - s) F.
    torch::Tensor matched(std::size_t block, const torch::Tensor& x, const torch::Tensor& content,
                          const Seen& seen) const {
        const int stride = networks_.encoder.stride(networks_.decoder.blocks()[block].from);
        torch::Tensor result, covered;
        for (std::size_t p = 0; p < places_.size(); ++p) {
            auto here = places_[p].maps.at(block)(x, {});
            if (const double strength = plan_.strength * stage_.strength; strength != 1)
                here.add_(content, 1 - strength);
            if (seen.weights[p].defined()) {
                const auto weights =
                    at_stride(seen.weights[p], stride).unsqueeze(0).unsqueeze(0).to(here.options());
                here.mul_(weights);
                covered = covered.defined() ? covered + weights : weights;
            }
            result = result.defined() ? result.add_(here) : here;
        }
        if (covered.defined()) // places that no style covers stay content
            result.addcmul_(content, (1 - covered).clamp_min_(0));
        return result;
    }

    const InstantNetworks& networks_;
    const InstantPlan& plan_;
    const InstantStage& stage_;
    bool keeps_content_;
    std::vector<OfPlace> places_;
};

// The content at each stage, reduced from the next larger one.
struct Contents {
    std::vector<torch::Tensor> made; // undefined: the caller's
    std::vector<SamplesView> views;
};

Contents contents_of(const InstantPlan& plan, SamplesView content) {
    const auto count = plan.stages.size();
    Contents result{std::vector<torch::Tensor>(count), std::vector<SamplesView>(count)};
    auto& [made, views] = result;
    for (std::size_t i = count; i-- > 0;) {
        const auto size = plan.stages[i].size;
        if (i + 1 < count && same_size(plan.stages[i + 1].size, size)) {
            made[i] = made[i + 1];
            views[i] = views[i + 1];
        } else if (plan.texture) {
            made[i] = channels_last(noise(size, plan.seed + i));
            views[i] = view(made[i]);
        } else if (i + 1 == count) {
            views[i] = content;
        } else {
            made[i] = channels_last(reduced(views[i + 1], size));
            views[i] = view(made[i]);
        }
    }
    return result;
}

torch::Tensor grain_of(const InstantPlan& plan) {
    if (plan.texture || plan.look.noise <= 0)
        return {};
    return noise({grain_side, grain_side}, plan.seed).sub_(0.5).mul_(plan.look.noise / noise_deviation);
}

// Protected parts become the content itself.
void keep_protected(Image& painting, SamplesView photo, const torch::Tensor& protect) {
    const auto painted = torch::from_blob(painting.data(), {painting.height(), painting.width(), 3});
    auto content = torch::empty({painting.width(), 3}); // a row
    const auto samples = std::size_t(content.numel());
    const auto weights = protect.squeeze(0).squeeze(0).unsqueeze(2).to(torch::kCPU);
    for (int row = 0; row < painting.height(); ++row) { // by rows: no copy of a large picture
        auto line = painted.select(0, row);
        photo.read(row * samples, samples, content.data_ptr<float>());
        line.lerp_(content.clamp(0, 1), weights.select(0, row));
    }
}

// A painting in progress through the stages.
class Passage {
  public:
    Passage(const InstantNetworks& networks, const InstantPlan& plan, const InstantInput& input,
            StyleStatistics& statistics, const InstantReports& reports, const std::stop_token& stop,
            const InstantMaps* maps = nullptr)
        : networks_(networks), plan_(plan), input_(input), statistics_(statistics), reports_(reports),
          stop_(stop), given_(maps), beyond_(plan.wraps ? Beyond::again : Beyond::mirrored),
          work_(plan.work(networks)), contents_(contents_of(plan, input.content)), grain_(grain_of(plan)) {}

    Image paint() {
        for (std::size_t i = 0; i < plan_.stages.size(); ++i)
            paint_stage(i);
        return std::move(painting_);
    }
    // Of a passage with a single place.
    InstantMaps take_maps() { return std::move(maps_); }

  private:
    // A stage's division into tiles.
    struct Cut {
        Size even; // of the stage, as multiples of the stride
        TilingOptions options;

        Tiling tiles(int side) const {
            auto here = options;
            here.side = side;
            return {even.width, even.height, here};
        }
    };

    bool is_size_of(std::size_t i, Size size) const {
        return i < plan_.stages.size() && same_size(plan_.stages[i].size, size);
    }

    std::vector<Place> places_at(Size size) const {
        const auto at_size = [&](const torch::Tensor& mask) {
            return mask.defined() ? resized(mask, size.width, size.height) : mask;
        };
        std::vector<torch::Tensor> regions;
        for (const auto& style : input_.styles)
            regions.push_back(at_size(style.region));
        return places_of(style_places(regions, at_size(input_.protect)));
    }

    // With the styles of each place.
    Painter painter_for(const InstantStage& stage, const std::vector<Place>& places) const {
        const StyleStatistics::Taps taps{networks_.encoder, networks_.taps(), stage.style_tile_side};
        Painter painter(networks_, plan_, stage);
        for (const auto& place : places) {
            std::vector<std::shared_ptr<const std::vector<StyleFeatures>>> features;
            std::vector<double> shares;
            double sum = 0;
            for (const auto s : place.styles) {
                const auto& style = input_.styles[s];
                features.push_back(statistics_.of(style.seen, style.hash, stage.style_sides[s], taps, stop_));
                shares.push_back(style.share);
                sum += style.share;
            }
            for (auto& share : shares)
                share = sum > 0 ? share / sum : 0;
            painter.add_place(std::move(features), std::move(shares), !place.weights.defined());
        }
        return painter;
    }

    // If stages share features, windows suit the deepest of all taps.
    Cut cut(const InstantStage& stage, bool shares) const {
        const auto& encoder = networks_.encoder;
        const auto block = shares ? 0 : stage.first_block;
        const int deepest = networks_.taps()[block];
        const int stride = encoder.stride(deepest), least = encoder.smallest_side(deepest);
        return {{rounded_up(std::max(stage.size.width, least), stride),
                 rounded_up(std::max(stage.size.height, least), stride)},
                {.halo = networks_.halo(block), .stride = stride, .wraps = plan_.wraps}};
    }

    Seen seen(std::size_t i, const std::vector<Place>& places, const Painter& painter,
              const Tile& tile) const {
        const auto size = plan_.stages[i].size;
        Seen result;
        result.tile = tile;
        const auto content = window(contents_.views[i], tile, beyond_);
        if (same_size(size, {painting_.width(), painting_.height()}))
            result.guide = window(painting_, tile, beyond_);
        else {
            result.guide =
                difference_.defined()
                    ? enlarged_window(view(difference_), size, tile, beyond_).add_(content, plan_.look.detail)
                    : content;
            if (grain_.defined())
                result.guide = result.guide + grain_window(grain_, size, tile, beyond_);
            result.guide = result.guide.clamp(0, 1);
        }
        if (painter.keeps_content()) {
            result.content = content;
            result.content_features = content_features_;
        }
        for (const auto& place : places)
            result.weights.push_back(place.weights.defined() ? window(place.weights, tile, beyond_)
                                                             : place.weights);
        return result;
    }

    void paint_stage(std::size_t i) {
        const auto& stage = plan_.stages[i];
        const auto places = places_at(stage.size);
        auto painter = painter_for(stage, places);
        const bool measures = given_ == nullptr;
        if (!measures)
            painter.take_maps((*given_)[i]);
        const bool goes_on = same_size(stage.size, {painting_.width(), painting_.height()});
        // Stages of one size have the same content.
        const bool shares = goes_on || is_size_of(i + 1, stage.size);
        const auto cut = this->cut(stage, shares);
        const auto tiling = cut.tiles(stage.tile_side);
        const bool whole = tiling.tiles().size() == 1;
        if (!whole || !shares || !painter.keeps_content())
            content_features_.clear();
        else if (!goes_on || content_features_.empty())
            content_features_ =
                features_of(networks_, window(contents_.views[i], tiling.tiles().front(), beyond_), 0, stop_);
        if (!whole && measures) {
            // All of it if that is not too much, as if it were painted whole.
            const bool all = cut.even.pixels() <= most_content_pixels;
            std::vector<Seen> parts;
            for (const auto& part :
                 all ? cut.tiles(0).tiles() : samples(cut.even, cut.options.stride, most_content_pixels))
                parts.push_back(seen(i, places, painter, part));
            painter.paint(parts, /*measure=*/true, stop_);
            parts.clear();
            give_back_kept(); // the tiles need blocks of other sizes
        }
        Image result(stage.size.width, stage.size.height);
        double pixels = 0;
        for (const auto& tile : tiling.tiles())
            pixels += tile.seen_pixels();
        const double of_stage = stage.size.pixels() * networks_.operations(stage.first_block);
        tiles_in_turn(
            networks_.encoder.device(), tiling.tiles(),
            [&](const Tile& tile) { return seen(i, places, painter, tile); },
            [&](const Seen& here) { return painter.paint({here}, whole && measures, stop_).front(); },
            [&](const Tile& tile, const torch::Tensor& painted) {
                put(painted, tile, result);
                done_ += of_stage * tile.seen_pixels() / pixels;
                if (&tile != &tiling.tiles().back())
                    reports_.on_progress(std::min(1.0, done_ / work_), {});
            });
        painting_ = std::move(result);
        if (places.size() == 1)
            maps_.push_back(painter.maps());
        reports_.on_progress(std::min(1.0, done_ / work_), painting_);
        if (i + 1 < plan_.stages.size() && !is_size_of(i + 1, stage.size)) {
            const auto painted = as_picture(painting_);
            // The noise differs between sizes, but its mean is grey in each.
            difference_ = channels_last(plan_.texture ? painted - 0.5 * plan_.look.detail
                                                      : painted - plan_.look.detail * contents_.made[i]);
        }
    }

    const InstantNetworks& networks_;
    const InstantPlan& plan_;
    const InstantInput& input_;
    StyleStatistics& statistics_;
    const InstantReports& reports_;
    const std::stop_token& stop_;
    const InstantMaps* const given_; // null: those of the content are measured
    const Beyond beyond_;
    const double work_;
    const Contents contents_;
    const torch::Tensor grain_; // undefined: none
    Image painting_;
    InstantMaps maps_;
    torch::Tensor difference_;                    // of the current painting from its content
    std::vector<torch::Tensor> content_features_; // of a small stage, all taps
    double done_ = 0;
};

} // namespace

std::vector<int> InstantNetworks::taps() const {
    std::vector<int> layers;
    for (const auto& block : decoder.blocks())
        layers.push_back(block.from);
    return layers;
}

int InstantNetworks::halo(std::size_t first_block) const {
    const auto& blocks = decoder.blocks();
    int around = 0, halo = 0;
    for (std::size_t b = blocks.size(); b-- > first_block;) {
        around = blocks[b].chain.around(around);
        halo = std::max(halo, encoder.halo(blocks[b].from, around));
    }
    const int stride = encoder.stride(blocks[first_block].from);
    return rounded_up(halo, stride);
}

double InstantNetworks::operations(std::size_t first_block) const {
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

double InstantPlan::work(const InstantNetworks& networks) const {
    double work = 0;
    for (const auto& stage : stages)
        work += double(stage.size.width) * stage.size.height * networks.operations(stage.first_block);
    return work;
}

namespace {

// Extrapolates beyond the style's features at half the rate, since the decoder has never seen such features.
double one_pass_strength(double strength) {
    return strength <= 1 ? strength : 1 + (strength - 1) / 2;
}

} // namespace

InstantPlan plan_instant(const InstantNetworks& networks, const Settings& settings, Size painting,
                         const std::vector<Size>& styles, const InstantLook& look) {
    InstantPlan plan{.stages = {},
                     .look = look,
                     .how = style_loss_row(settings.style_loss).statistics == Statistics::moments
                                ? Matching::deviation
                                : Matching::covariance,
                     .strength = settings.texture ? 1 : one_pass_strength(settings.strength),
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
        InstantStage stage;
        const double factor =
            count == 1 ? 1 : std::pow(look.coarse_side / side, double(count - 1 - i) / (count - 1));
        stage.size = {std::max(1, int(std::lround(painting.width * factor))),
                      std::max(1, int(std::lround(painting.height * factor)))};
        stage.first_block = blocks - std::min(blocks, std::size_t(look.fine_taps));
        for (const auto& style : styles) {
            // Strokes are laid out in the coarse stages; beyond the style's own pixels a stage only adds its
            // grain.
            const double beside = std::min(stage.size.pixels(), style.pixels());
            const auto size =
                style_size(style, stage.size, settings.stroke_size * std::sqrt(beside / stage.size.pixels()),
                           networks.encoder.smallest_side(deepest));
            stage.style_sides.push_back(std::sqrt(size.pixels()));
        }
        if (i > 0) {
            plan.stages.push_back(std::move(stage));
            continue;
        }
        // The later stages, if any, match at the shallow taps.
        const auto coarse_taps = count == 1 ? blocks : stage.first_block + 1;
        stage.matched_taps = 1;
        for (std::size_t b = 0; b < coarse_taps; ++b) {
            stage.first_block = b;
            stage.strength = b < look.strengths.size() ? look.strengths[b] : 1;
            plan.stages.push_back(stage);
        }
    }
    return plan;
}

InstantMaps maps_of_shot(const InstantNetworks& networks, const InstantPlan& plan, const InstantInput& input,
                         StyleStatistics& statistics, const std::stop_token& stop) {
    const torch::NoGradGuard no_grad;
    // Painted whole, no larger than it is. Where that is smaller than a frame, stages of different sizes stay
    // different, since only an enlarged painting takes the content's detail.
    auto of_shot = plan;
    const Size own{input.content.width(), input.content.height()};
    const double first_side = plan.stages.front().size.width, last_side = plan.stages.back().size.width;
    const double largest = std::min<double>(own.width, last_side);
    const double smallest = std::min(first_side, first_side < last_side ? largest / most_shot_step : largest);
    for (auto& stage : of_shot.stages) {
        const double on_the_way = first_side < last_side ? std::log(stage.size.width / first_side) /
                                                               std::log(last_side / first_side)
                                                         : 1;
        const double factor = smallest * std::pow(largest / smallest, on_the_way) / own.width;
        stage.size = {std::max(1, int(std::lround(own.width * factor))),
                      std::max(1, int(std::lround(own.height * factor)))};
        stage.tile_side = 0;
    }
    const auto& last = of_shot.stages.back().size;
    auto sized = input;
    torch::Tensor reduced_shot;
    if (!same_size(last, own)) {
        reduced_shot = channels_last(reduced(input.content, last));
        sized.content = view(reduced_shot);
    }
    Passage passage(networks, of_shot, sized, statistics, {[](double, ImageView) {}}, stop);
    passage.paint();
    return passage.take_maps();
}

Image paint_instant(const InstantNetworks& networks, const InstantPlan& plan, const InstantInput& input,
                    StyleStatistics& statistics, const InstantReports& reports, const std::stop_token& stop,
                    const InstantMaps* maps) {
    const torch::NoGradGuard no_grad;
    auto painting = Passage(networks, plan, input, statistics, reports, stop, maps).paint();
    if (input.protect.defined())
        keep_protected(painting, input.content, input.protect);
    return painting;
}

} // namespace neural_style
