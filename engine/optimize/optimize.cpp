// SPDX-License-Identifier: GPL-3.0-or-later
#include "optimize.hpp"

#include "allocation.hpp"
#include "captured_evaluation.hpp"
#include "free_cores.hpp"
#include "grain.hpp"
#include "guarded.hpp"
#include "interruption.hpp"
#include "motion_loss.hpp"
#include "neighbor_loss.hpp"
#include "painting_objective.hpp"
#include "regions.hpp"
#include "steps_between_reads.hpp"
#include "style_loss_table.hpp"
#include "style_parts.hpp"
#include "tensor.hpp"
#include "tiling.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <torch/types.h>

namespace neural_style {

namespace {

// Remaining share of the photo's distance from the style, the root of the style loss, at strength 1. Fixed
// weights would leave different shares: a photo close to the style hardly changed, and one far away lost its
// motif.
constexpr double distance_left = 0.145;
// The remaining distance is roughly proportional to this power of the style's weight.
constexpr double response = -0.4;
// With the same weight, the next scale comes this much nearer, in fewer steps.
constexpr double nearer_at_next_scale = 0.9;
// Limits of the factor on the style's weight: some photos cannot have some styles.
constexpr double most_steered = 16, most_steered_at_once = 4;
// Beyond this size the weight is fixed: evaluating the photo would cost a good part of a step.
constexpr double most_steered_pixels = 1.2e6;

// The share of the full style that is painted at a strength. Strokes hardly leave the photo at first, so
// equal steps look equal if the first are larger (root mean square of the change of pixels, three pairs).
double effect(double strength) {
    return strength <= 1 ? strength * (1.75 - 0.75 * strength) : strength;
}

// The remaining share of the photo's distance from the style at a strength: decreases with the painted share
// up to 1, and is then halved per unit.
double distance_at(double strength) {
    return strength <= 1 ? 1 - (1 - distance_left) * effect(strength)
                         : distance_left * std::exp2(1 - strength);
}

// In the manner `brush` the matches determine positions, from the photo, and the content's features would
// only hold back the strokes: the remaining share of their weight. By eye, at 512 pixels: with 0.2 streaks
// are shorter.
constexpr double brush_content = 0.1;
// Weight of the matches, with which their loss equals the others after a few steps.
constexpr double brush_neighbors = 1;

// Weight of the distance from the earlier frames' painting where that is trusted, at steadiness 1. Chosen on
// the pan of `./run bench video`: with half of it the film flickers a twentieth more and is as near to the
// style; with twice of it, it flickers a fourteenth less, and after 24 frames is 6 % further from the style,
// as what is moved again and again gets softer.
constexpr double motion_weight = 2000;

// Whether places are matched with the style's; a texture has no photo to match.
bool matches(const Settings& settings) {
    return settings.manner == Manner::brush && style_loss_row(settings.style_loss).with_brush &&
           !settings.texture && settings.strength > 0 && settings.style_weight > 0;
}

// A weak style shows mostly as such specks: at strength s total variation is increased by this times (1 - s).
// By eye, at 0.4 and 0.7.
constexpr double against_specks = 5;

LossWeights loss_weights(const Settings& settings) {
    const auto& base = style_loss_row(settings.style_loss).weights;
    const double strength =
        settings.strength > 0 ? std::pow(distance_at(settings.strength) / distance_left, 1 / response) : 0;
    const double content =
        base.content *
        (matches(settings) ? std::pow(brush_content, std::min(1.0, effect(settings.strength))) : 1);
    return {.content = settings.texture ? 0 : content * settings.content_weight,
            .style = base.style * settings.style_weight * strength,
            .tv = base.tv * settings.tv_weight * effect(settings.strength) *
                  (1 + against_specks * std::max(0.0, 1 - effect(settings.strength))),
            .color_tv = base.color_tv,
            .weave = base.weave * settings.tv_weight};
}

WeightedLayers evenly(const std::vector<std::string>& names) {
    WeightedLayers layers;
    for (const auto& name : names)
        layers.emplace_back(name, 1.0 / double(names.size()));
    return layers;
}

WeightedLayers weighted(const std::vector<std::string>& names, const std::vector<double>& weights) {
    WeightedLayers layers;
    double sum = 0;
    for (const double weight : weights)
        sum += weight;
    for (std::size_t i = 0; i < names.size(); ++i)
        layers.emplace_back(names[i], weights[i] / sum);
    return layers;
}

// The shallower three fifths count double: brush strokes are in these layers, large shapes in the others.
WeightedLayers strokes_first(const std::vector<std::string>& names) {
    std::vector<double> weights;
    for (std::size_t i = 0; i < names.size(); ++i)
        weights.push_back(5 * i < 3 * names.size() ? 2.0 : 1.0);
    return weighted(names, weights);
}

struct Taps {
    std::vector<std::string> style, content;
    std::vector<std::string> notices;
};

// Those in the settings, else the schedule's, else the network's own.
Taps taps(const FeatureNetwork& network, const Settings& settings) {
    Taps taps{settings.style_layers, settings.content_layers, {}};
    const auto& schedule = style_loss_row(settings.style_loss).schedule;
    const auto nearest = [&](std::span<const std::string_view> names) {
        std::vector<std::string> found;
        for (const auto wanted : names) {
            const std::string name(wanted);
            found.push_back(network.nearest_layer(name));
            if (found.back() != name)
                taps.notices.push_back(
                    formatted("The network has no layer {}; {} takes its place.", name, found.back()));
        }
        return found;
    };
    if (taps.style.empty())
        taps.style = nearest(schedule.style_layers);
    if (taps.content.empty())
        taps.content = nearest(schedule.content_layers);
    if (taps.style.empty())
        taps.style = network.style_taps();
    if (taps.content.empty())
        taps.content = network.content_taps();
    return taps;
}

int deepest_of(const FeatureNetwork& network, const Taps& taps) {
    int deepest = 0;
    for (const auto* names : {&taps.style, &taps.content})
        for (const auto& name : *names)
            deepest = std::max(deepest, network.layer(name));
    return deepest;
}

// The target for the remaining share of the photo's distance from the style, if the style's weight is
// steered.
std::optional<double> wanted_distance(const Settings& settings) {
    if (!style_loss_row(settings.style_loss).steered || settings.texture || settings.strength == 0 ||
        settings.style_weight == 0 || settings.content_weight == 0)
        return std::nullopt;
    return distance_at(settings.strength) *
           std::pow(settings.style_weight / settings.content_weight, response);
}

// Where the style is larger than its own pixels, the enlargement tells nothing about brush hairs and canvas;
// those come from the original pixels, for layers whose reach is small enough.
constexpr int grain_stride = 2;

void look_at_style(PaintingObjective& objective, const FeatureNetwork& network, const OptimizePlan& plan,
                   const SeenStyle& style, Size size, const StylePlace& place, const std::stop_token& stop) {
    const Size own{width_of(style.picture), height_of(style.picture)};
    auto layers = plan.style_layers;
    if (is_enlarged(own, size)) {
        const auto deep = std::ranges::stable_partition(layers, [&](const auto& layer) {
            return network.stride(network.layer(layer.first)) <= grain_stride;
        });
        objective.style_like(std::vector{style}, {layers.begin(), deep.begin()}, place, stop);
        layers.erase(layers.begin(), deep.begin());
    }
    objective.style_like(style_parts(style, size, network.stride(plan.deepest), looked_at_pixels(own, size)),
                         layers, place, stop);
}

// Of all styles, each in its laid-out size or, if that is smaller, in its own.
Grain grain_of(const std::vector<StyleInput>& styles, const std::vector<Size>& sizes,
               const std::stop_token& stop) {
    Grain together;
    double shares = 0;
    for (const auto& style : styles)
        shares += style.share;
    for (std::size_t s = 0; s < styles.size(); ++s) {
        const auto& seen = styles[s].seen;
        const Size own{width_of(seen.picture), height_of(seen.picture)};
        const auto laid_out = is_enlarged(own, sizes[s]) ? seen : resized(seen, sizes[s]);
        together.add(grain(laid_out.picture, {.where = laid_out.alpha}, stop), styles[s].share / shares);
    }
    return together;
}

// Where the painting gets grain; undefined: everywhere. What a film's earlier frames are trusted about has
// it, and getting it again would flicker.
torch::Tensor grained(const OptimizeInput& input) {
    torch::Tensor where;
    for (const auto& without : {input.protect, input.trusted})
        if (without.defined())
            where = where.defined() ? where * (1 - without) : 1 - without;
    return where;
}

// A strip of a scale, and what is kept of the preceding one.
struct StripAtScale {
    Strip strip;
    Scale scale, before;
    std::optional<Strip> strip_before; // none: the whole

    // Of what is kept of the preceding scale.
    torch::Tensor resized(const torch::Tensor& kept, Kernel kernel) const {
        const int top = strip_before ? strip_before->top : 0;
        return resized_rows([&](int first, int count) { return kept.narrow(2, first - top, count); },
                            before.height, scale.height, scale.width, strip.top, strip.rows, kernel);
    }
};

// The same rows with more around them.
torch::Tensor widened(const torch::Tensor& kept, const Strip& strip, const Strip& wide, Ranks& ranks) {
    auto result = torch::empty({1, kept.size(1), wide.rows, kept.size(3)}, kept.options());
    result.narrow(2, wide.own_in_kept(), strip.count).copy_(kept.narrow(2, strip.own_in_kept(), strip.count));
    fill_halo(result, wide, ranks);
    return result;
}

// A picture at another scale; on the CPU with the bits that strips of it would have.
torch::Tensor at_size(const torch::Tensor& picture, const Scale& scale) {
    if (!picture.is_cpu())
        return resized(picture, scale.width, scale.height);
    const auto sized = resized_by_rows(picture, scale.width, scale.height);
    return sized.is_same(picture) ? picture : sized.clamp_(0, 1);
}

// Adapts the preceding scale's optimiser state to this scale; squares stay positive.
void resize_state(WalkState& state, const Scale& before, const Scale& scale,
                  const std::optional<StripAtScale>& here) {
    // In a mean over fewer pixels each pixel's gradient is proportionally larger.
    const double fewer = before.pixels() / scale.pixels();
    if (state.inverse_curvature)
        *state.inverse_curvature /= fewer;
    if (!state.mean.defined())
        return;
    const auto interpolated = [&](const torch::Tensor& t) {
        return here ? here->resized(t, Kernel::bilinear)
               : t.is_cpu()
                   ? resized_by_rows(t, scale.width, scale.height, Kernel::bilinear)
                   : torch::upsample_bilinear2d(t, {scale.height, scale.width}, /*align_corners=*/false);
    };
    state.mean = interpolated(state.mean).mul_(fewer);
    state.square = interpolated(state.square).mul_(fewer * fewer);
}

MinimizeOptions minimize_options(const OptimizePlan& plan, const Scale& scale, const Settings& settings,
                                 WalkState& walk, const std::stop_token& keep, bool keep_start) {
    MinimizeOptions options{.optimizer = plan.optimizer_at(scale, settings),
                            .iterations = scale.iterations,
                            .history = settings.history,
                            .averaging = settings.averaging,
                            .early_stop = settings.early_stop,
                            .keep_best = scale.pixels() <= most_lbfgs_pixels,
                            .state = &walk,
                            .keep = keep,
                            .keep_start = keep_start};
    const auto& row = style_loss_row(settings.style_loss);
    // Gradients of means are smaller by this factor than those of sums.
    if (row.measure == Measure::means)
        options.epsilon /= 3 * scale.pixels();
    if (const auto& adam = row.schedule.adam) {
        options.learning_rate = adam->learning_rate;
        options.beta1 = adam->beta1;
        options.epsilon = adam->epsilon;
    }
    options.keep_best |= row.schedule.always_keeps_best;
    return options;
}

// The scales of a schedule.
std::vector<Scale> scales_of(const Schedule& schedule, const Settings& settings, Size content, Begin begin) {
    if (schedule.coarse_to_fine)
        return plan_scales(content.width, content.height, settings.quality, settings.iterations, begin);
    return {{content.width, content.height, settings.iterations.value_or(schedule.iterations)}};
}

// Rows of the content at a scale.
torch::Tensor content_rows(const SharedInput& shared, const Scale& scale, int first, int count) {
    return resized_rows(shared.content, shared.height, scale.height, scale.width, first, count).clamp_(0, 1);
}

// The content at the scale before that one; of a strip what is kept there.
torch::Tensor content_before(const OptimizePlan& plan, const OptimizeInput& input, std::size_t i,
                             const std::optional<StripAtScale>& strip) {
    const auto& before = plan.scales[i - 1];
    if (!input.shared)
        return at_size(input.content, before);
    const auto kept = strip ? strip->strip_before : std::nullopt;
    return content_rows(*input.shared, before, kept ? kept->top : 0, kept ? kept->rows : before.height);
}

// The start of a scale.
torch::Tensor start_of(const OptimizePlan& plan, const OptimizeInput& input, const Settings& settings,
                       const OptimizeState& state, const torch::Tensor& content_here,
                       const std::optional<StripAtScale>& strip) {
    const auto& scale = plan.scales[state.scale];
    const auto here = [&](const torch::Tensor& before) {
        return strip ? strip->resized(before, Kernel::bicubic).clamp_(0, 1) : at_size(before, scale);
    };
    if (state.painting.defined()) {
        auto start = here(state.painting);
        // At strength 0 the finer photo must come back entirely; at 1 its fine detail would cover the
        // strokes.
        const bool enlarged = !start.is_same(state.painting);
        if (!enlarged || settings.start != Start::content || settings.strength >= 1 || settings.texture)
            return start;
        auto fine = here(content_before(plan, input, state.scale, strip));
        fine = fine.neg().add_(content_here).mul_(1 - effect(settings.strength));
        return fine.add_(start).clamp_(0, 1);
    }
    if (input.moved.defined() && !settings.texture)
        return resized(input.moved, scale.width, scale.height).clone();
    if (input.refine.defined())
        return resized(input.refine, scale.width, scale.height);
    if (settings.start == Start::noise || settings.texture) {
        auto start = noise({scale.width, scale.height}, settings.seed).to(content_here.device());
        return strip ? start.narrow(2, strip->strip.top, strip->strip.rows).contiguous() : start;
    }
    return content_here.clone();
}

// The input of `brush` with the styles as laid out at scale `i`.
BrushInput brush_input(const OptimizePlan& plan, const OptimizeInput& input, const Settings& settings,
                       std::size_t i, const std::vector<torch::Tensor>& places, BrushInput brush) {
    brush.seed = settings.seed;
    brush.style_tile_side = plan.style_tile_sides[i];
    for (std::size_t s = 0; s < input.styles.size(); ++s)
        brush.styles.push_back({.seen = input.styles[s].seen,
                                .size = plan.style_sizes[i][s],
                                .share = input.styles[s].share,
                                .weights = places[s]});
    return brush;
}

// The factor on the style's weight from the next scale on, given that `factor` left the share `left` of the
// photo's distance at scale `i`.
double steered_factor(const OptimizePlan& plan, std::size_t i, double factor, double left) {
    const auto scales_to_come = double(plan.scales.size() - 1 - i);
    const double wanted = *plan.wanted_distance * std::pow(nearer_at_next_scale, -scales_to_come);
    return std::clamp(factor * std::clamp(std::pow(left / wanted, -1 / response), 1 / most_steered_at_once,
                                          most_steered_at_once),
                      1 / most_steered, most_steered);
}

// A painting in progress through the scales.
class Optimization {
  public:
    Optimization(const FeatureNetwork& network, const OptimizePlan& plan, OptimizeInput& input,
                 const Settings& settings, OptimizeState& state, const OptimizeReports& reports,
                 const std::stop_token& stop, const std::stop_token& keep)
        : network_(network), plan_(plan), input_(input), settings_(settings), state_(state),
          reports_(reports), stop_(stop), keep_(keep), interruption_(stop, keep), work_(plan.work()),
          stepped_(state.painting.defined()) {
        for (std::size_t i = 0; i < state.scale; ++i)
            steps_done_ += plan.scales[i].iterations;
    }

    // Without grain, at the last scale's size; of a shared one this process's strip.
    torch::Tensor paint() {
        if (input_.shared && input_.shared->kept)
            go_on();
        while (state_.scale < plan_.scales.size() && !kept())
            try {
                if (input_.shared)
                    paint_shared_scale();
                else
                    paint_scale();
            } catch (const Failure& failure) {
                // Between two scales the painting of the preceding one can be kept.
                if (failure.code() != ErrorCode::cancelled || !kept() || !state_.painting.defined())
                    throw;
                break;
            }
        stop_if_asked(stop_);
        auto painting = std::exchange(state_.painting, {});
        state_.walk = {};
        const auto& last = plan_.scales.back();
        if (kept_strip_ || !painting.defined()) // rank 0 has painted it alone
            return painting;
        if (width_of(painting) == last.width && height_of(painting) == last.height)
            return painting;
        painting = resized(painting, last.width, last.height);
        return input_.protect.defined() ? torch::lerp(painting, input_.content, input_.protect) : painting;
    }

    const std::optional<Strip>& strip() const { return kept_strip_; }

  private:
    bool kept() const { return interruption_.keeps(stepped_); }
    std::stop_token interruption() const { return interruption_.token(stepped_); }

    torch::Tensor at_scale(const torch::Tensor& whole) const {
        const auto& scale = plan_.scales[state_.scale];
        return whole.defined() ? resized(whole, scale.width, scale.height) : whole;
    }

    torch::Tensor content_here() const {
        if (!input_.shared)
            return at_size(input_.content, plan_.scales[state_.scale]);
        const auto& scale = plan_.scales[state_.scale];
        return content_rows(*input_.shared, scale, strip_ ? strip_->top : 0,
                            strip_ ? strip_->rows : scale.height);
    }

    // Of a scale; nothing: rank 0 paints it.
    std::optional<Strip> strip_of(const Scale& scale, bool wide) const {
        const auto& ranks = *input_.shared->ranks;
        if (!is_shared(network_, plan_, scale, settings_, ranks.count()))
            return std::nullopt;
        return Strip::of(scale.height, strips_for(network_, plan_, wide), ranks.rank(), ranks.count());
    }

    // As if the next scale had been painted.
    void skip_scale() {
        const auto& scale = plan_.scales[state_.scale++];
        state_.done += scale.pixels() * scale.iterations;
        steps_done_ += scale.iterations;
    }

    void paint_shared_scale() {
        auto& ranks = *input_.shared->ranks;
        const auto& scale = plan_.scales[state_.scale];
        const auto before = kept_strip_;
        strip_ = strip_of(scale, false);
        kept_strip_ = std::nullopt;
        if (!strip_) {
            if (ranks.rank() > 0)
                return skip_scale();
            paint_scale();
            return keep_state();
        }
        if (!before && state_.scale > 0)
            hand_out_state(plan_.scales[state_.scale - 1], ranks);
        here_ = {.strip = *strip_,
                 .scale = scale,
                 .before = state_.scale > 0 ? plan_.scales[state_.scale - 1] : scale,
                 .strip_before = before};
        paint_scale();
        kept_strip_ = strip_of(scale, true);
        if (state_.scale == plan_.scales.size())
            state_.walk = {};
        for (auto* kept : {&state_.painting, &state_.walk.mean, &state_.walk.square})
            if (kept->defined())
                *kept = widened(*kept, *strip_, *kept_strip_, ranks);
        keep_state();
    }

    // The state between two scales, as numbers and pictures.
    std::array<double, 3> numbers_of_state() const {
        return {state_.style_factor, state_.walk.steps, state_.walk.inverse_curvature.value_or(0)};
    }
    std::vector<std::span<float>> pictures_of_state() {
        std::vector<std::span<float>> pictures;
        for (auto* picture : {&state_.painting, &state_.walk.mean, &state_.walk.square})
            if (picture->defined()) {
                *picture = picture->contiguous();
                pictures.emplace_back(picture->data_ptr<float>(), std::size_t(picture->numel()));
            }
        return pictures;
    }

    void keep_state() {
        const int scale = int(state_.scale);
        auto* const kept = input_.shared->kept;
        if (!kept || scale == int(plan_.scales.size()))
            return;
        if (const auto done = kept->keep(scale, numbers_of_state(), pictures_of_state()); !done)
            throw Failure(done.error().code, done.error().message);
        if (kept_strip_) { // only now have all of them kept it
            double none = 0;
            input_.shared->ranks->sum({&none, 1});
        }
        kept->forget_before(scale);
    }

    // From the last scale before which all have kept their state.
    void go_on() {
        auto& ranks = *input_.shared->ranks;
        const auto is_mine = [&](std::size_t scale) {
            return ranks.rank() == 0 || strip_of(plan_.scales[scale - 1], true);
        };
        std::vector<double> counts(plan_.scales.size(), 0.0);
        for (std::size_t scale = 1; scale < counts.size(); ++scale)
            counts[scale] = !is_mine(scale) || input_.shared->kept->has(int(scale)) ? 1 : 0;
        ranks.sum(counts);
        const auto last = std::ranges::find(counts.rbegin(), counts.rend(), double(ranks.count()));
        if (last == counts.rend())
            return;
        while (state_.scale < std::size_t(counts.rend() - last) - 1)
            skip_scale();
        reports_.on_notice(
            formatted("The painting goes on at scale {} of {}.", state_.scale + 1, plan_.scales.size()));
        if (is_mine(state_.scale))
            recall_state(plan_.scales[state_.scale - 1]);
    }

    void recall_state(const Scale& before) {
        kept_strip_ = strip_of(before, true);
        const auto room = torch::empty({1, 3, kept_strip_ ? kept_strip_->rows : before.height, before.width});
        state_.painting = room;
        if (plan_.optimizer_at(before, settings_) == Optimizer::adam) {
            state_.walk.mean = torch::empty_like(room);
            state_.walk.square = torch::empty_like(room);
        }
        auto numbers = numbers_of_state();
        if (const auto done = input_.shared->kept->recall(int(state_.scale), numbers, pictures_of_state());
            !done)
            throw Failure(done.error().code, done.error().message);
        state_.style_factor = numbers[0];
        state_.walk.steps = numbers[1];
        if (numbers[2] != 0)
            state_.walk.inverse_curvature = numbers[2];
        stepped_ = true;
    }

    // What rank 0 has painted alone.
    void hand_out_state(const Scale& before, Ranks& ranks) {
        const bool first = ranks.rank() == 0;
        std::array<float, 1> done{};
        ranks.hand_out(done);
        std::array<double, 3> numbers{};
        if (first)
            numbers = {state_.style_factor, state_.walk.mean.defined() ? 1.0 : 0.0, state_.walk.steps};
        ranks.sum(numbers);
        state_.style_factor = numbers[0];
        state_.walk.steps = numbers[2];
        state_.walk.inverse_curvature.reset();
        std::vector<torch::Tensor*> pictures{&state_.painting};
        if (numbers[1] != 0)
            pictures.insert(pictures.end(), {&state_.walk.mean, &state_.walk.square});
        for (auto* picture : pictures) {
            *picture = first ? picture->contiguous() : torch::empty({1, 3, before.height, before.width});
            ranks.hand_out({picture->data_ptr<float>(), std::size_t(picture->numel())});
        }
        stepped_ = true;
    }

    std::vector<torch::Tensor> places(const torch::Tensor& protect) const {
        std::vector<torch::Tensor> regions;
        for (const auto& style : input_.styles)
            regions.push_back(at_scale(style.region));
        return style_places(regions, protect);
    }

    // The start, where the earlier frames' painting is trusted that; the objective holds it there.
    torch::Tensor hold(PaintingObjective& objective, const torch::Tensor& start) const {
        if (!input_.moved.defined())
            return start;
        const auto moved = at_scale(input_.moved), trusted = at_scale(input_.trusted);
        if (const double weight = motion_weight * input_.steadiness; weight > 0)
            objective.add(std::make_unique<MotionLoss>(moved, trusted, weight,
                                                       style_loss_row(settings_.style_loss).measure));
        return torch::lerp(start, moved, trusted);
    }

    // Shows the objective what the painting is to be like.
    void set_targets(PaintingObjective& objective, const torch::Tensor& content,
                     const std::vector<torch::Tensor>& places) const {
        const auto i = state_.scale;
        double shares = 0;
        for (const auto& style : input_.styles)
            shares += style.share;
        for (std::size_t s = 0; s < input_.styles.size(); ++s)
            look_at_style(objective, network_, plan_, input_.styles[s].seen, plan_.style_sizes[i][s],
                          {.share = input_.styles[s].share / shares, .weights = places[s]}, interruption());
        objective.content_like(content, plan_.content_layers, interruption());
        if (plan_.tile_sides[i] > 0) // the next pictures reuse the tiles' memory
            keep_blocks_up_to(plan_.layer_bytes[i]);
        objective.strengthen_style(state_.style_factor);
    }

    void match_neighbors(PaintingObjective& objective, const torch::Tensor& start,
                         const torch::Tensor& content, const std::vector<torch::Tensor>& places) {
        // Before the first step the start may be noise, which tells nothing about places.
        const bool begun = stepped_ || input_.refine.defined();
        const auto brush = brush_input(plan_, input_, settings_, state_.scale, places,
                                       {.guide = begun ? start : content, .content = content, .styles = {}});
        objective.add(std::make_unique<NeighborLoss>(
            network_, brush_target(network_, brush, state_.matches, interruption()), plan_.neighbors));
    }

    bool steers() const {
        return plan_.wanted_distance && !input_.moved.defined() && state_.scale + 1 < plan_.scales.size() &&
               plan_.scales[state_.scale].pixels() <= most_steered_pixels;
    }

    void paint_scale() {
        const auto i = state_.scale;
        const auto& scale = plan_.scales[i];
        keep_blocks_up_to(plan_.layer_bytes[i]); // returns the preceding scale's memory
        auto content = content_here();
        const auto protect = at_scale(input_.protect);
        const auto places = this->places(protect);
        PaintingObjective objective(network_, settings_.style_loss, plan_.weights,
                                    {.tile_side = plan_.tile_sides[i],
                                     .wraps = plan_.wraps,
                                     .style_tile_side = plan_.style_tile_sides[i],
                                     .strip = strip_,
                                     .ranks = strip_ ? input_.shared->ranks : nullptr,
                                     .on_notice = reports_.on_notice},
                                    plan_.smoothed);
        set_targets(objective, content, places);
        const double of_photo =
            steers() ? objective.evaluate(content, nullptr, interruption())[LossTerm::style].value : 0;
        reached_ = of_photo;
        auto start = hold(objective, start_of(plan_, input_, settings_, state_, content, here_));
        torch::Tensor painted_here; // 0 where the content is protected
        if (protect.defined()) {
            painted_here = 1 - protect;
            start = torch::lerp(content, start, painted_here);
        }
        state_.painting = start; // large ones are painted in place, so the smaller one is released
        const auto protected_content = protect.defined() ? content : torch::Tensor();
        if (plan_.neighbors > 0)
            match_neighbors(objective, start, content, places);
        content = torch::Tensor();
        if (i + 1 == plan_.scales.size())
            input_.content = torch::Tensor();
        if (i > 0)
            resize_state(state_.walk, plan_.scales[i - 1], scale, here_);
        keep_blocks_up_to(plan_.layer_bytes[i]); // returns the memory of the preparations
        auto painting = minimized(objective, start, painted_here);
        if (protected_content.defined())
            painting = torch::lerp(protected_content, painting, painted_here);
        if (steers() && of_photo > 0)
            state_.style_factor =
                steered_factor(plan_, i, state_.style_factor, std::sqrt(reached_ / of_photo));
        state_.painting = painting;
        state_.done += scale.pixels() * scale.iterations;
        steps_done_ += scale.iterations;
        ++state_.scale;
    }

    torch::Tensor minimized(PaintingObjective& objective, const torch::Tensor& start,
                            const torch::Tensor& painted_here) {
        const auto& scale = plan_.scales[state_.scale];
        const auto held = [&](PendingLosses losses, torch::Tensor* gradient) {
            if (gradient && painted_here.defined())
                gradient->mul_(painted_here);
            return losses;
        };
        const auto plain = [&](const torch::Tensor& picture, torch::Tensor* gradient) {
            return held(objective.pending_losses(picture, gradient, interruption()), gradient);
        };
        const auto once = [&](const torch::Tensor& picture, torch::Tensor* gradient) {
            return held(objective.pending_losses_once(picture, gradient, interruption()), gradient);
        };
        // A device that took over from another may have no captures.
        const bool captures = plan_.captured[state_.scale] && can_capture(network_.device());
        CapturedEvaluation captured(once, plain);
        const auto evaluate = [&](const torch::Tensor& picture, torch::Tensor* gradient) {
            free_cores_.look();
            if (strip_)
                return together(once, picture, gradient);
            if (!captures)
                return plain(picture, gradient);
            stop_if_asked(interruption());
            return captured(picture, gradient);
        };
        const auto on_step = [&](int iteration, const Losses& losses, const torch::Tensor& picture) {
            stop_if_asked(stop_);
            stepped_ = true;
            reached_ = losses[LossTerm::style].value;
            // Memory is scarce with tiles, and a step long enough to request it anew.
            if (plan_.tile_sides[state_.scale] > 0)
                keep_blocks_up_to(plan_.layer_bytes[state_.scale]);
            reports_.on_progress({.fraction = (state_.done + scale.pixels() * iteration) / work_,
                                  .iteration = iteration,
                                  .step = steps_done_ + iteration,
                                  .scale = scale,
                                  .losses = losses,
                                  .picture = &picture});
        };
        auto options = minimize_options(plan_, scale, settings_, state_.walk, keep_, stepped_);
        if (reports_.wants_picture)
            options.wants_picture = [&](int iteration) {
                return reports_.wants_picture(steps_done_ + iteration);
            };
        const Tiling cut(scale.width, scale.height, {.side = plan_.tile_sides[state_.scale]});
        options.steps_between_reads = steps_between_reads(cut.tiles().size());
        return minimize(start, evaluate, options, on_step).clamp_(0, 1);
    }

    // Of all strips: everybody must decide alike, so the numbers are rank 0's, and a gradient that is not
    // finite is nobody's.
    template <typename Once>
    PendingLosses together(const Once& once, torch::Tensor picture, torch::Tensor* gradient) {
        auto& ranks = *input_.shared->ranks;
        fill_halo(picture, *strip_, ranks);
        auto losses = once(picture, gradient);
        std::array<double, PendingLosses::terms + 1> numbers{};
        if (ranks.rank() == 0)
            std::ranges::copy(losses.values, numbers.begin());
        numbers.back() = gradient ? gradient->sum().template item<double>() : 0;
        ranks.sum(numbers);
        std::copy_n(numbers.begin(), PendingLosses::terms, losses.values.begin());
        if (gradient && !std::isfinite(numbers.back()))
            gradient->fill_(std::numeric_limits<float>::quiet_NaN());
        return losses;
    }

    const FeatureNetwork& network_;
    const OptimizePlan& plan_;
    OptimizeInput& input_;
    const Settings& settings_;
    OptimizeState& state_;
    const OptimizeReports& reports_;
    const std::stop_token &stop_, &keep_;
    const Interruption interruption_;
    FreeCores free_cores_;
    const double work_;
    bool stepped_;       // there is something to keep
    double reached_ = 0; // style loss before the last step
    int steps_done_ = 0; // of the scales before
    // Of the current scale, if it is shared.
    std::optional<Strip> strip_;
    std::optional<Strip> kept_strip_; // of the painting and of Adam's state, when it is painted
    std::optional<StripAtScale> here_;
};

} // namespace

double OptimizePlan::work() const {
    double work = 0;
    for (const auto& scale : scales)
        work += scale.pixels() * scale.iterations;
    return work;
}

Optimizer OptimizePlan::optimizer_at(const Scale& scale, const Settings& settings) const {
    if (scale.pixels() > most_lbfgs_pixels)
        return Optimizer::adam;
    return style_loss_row(settings.style_loss).schedule.optimizer.value_or(settings.optimizer);
}

Strip::Cut strips_for(const FeatureNetwork& network, const OptimizePlan& plan, bool wide) {
    const auto cut = cut_for(network, plan.deepest, 0);
    // The next scale's strips begin a little elsewhere, and so does what is resized for them.
    const int more = std::max(4, (grain_reach - 1) / cut.stride + 1) * cut.stride;
    return {.stride = cut.stride, .halo = cut.halo + (wide ? more : 0)};
}

bool is_shared(const FeatureNetwork& network, const OptimizePlan& plan, const Scale& scale,
               const Settings& settings, int processes) {
    return plan.optimizer_at(scale, settings) == Optimizer::adam &&
           Strip::of(scale.height, strips_for(network, plan, true), 0, processes);
}

int deepest_layer(const FeatureNetwork& network, const Settings& settings) {
    return deepest_of(network, taps(network, settings));
}

OptimizePlan plan_optimize(const FeatureNetwork& network, const Settings& settings, Size content,
                           const std::vector<Size>& styles, Begin begin) {
    auto taps_here = taps(network, settings);
    OptimizePlan plan;
    plan.notices = std::move(taps_here.notices);
    plan.weights = loss_weights(settings);
    plan.neighbors =
        matches(settings) ? brush_neighbors * settings.style_weight * effect(settings.strength) : 0;
    plan.wraps = settings.seamless;
    plan.smoothed = settings.smoothing == Smoothing::network ? network.is_smoothed()
                                                             : settings.smoothing == Smoothing::softmax;
    plan.wanted_distance = wanted_distance(settings);
    const auto& row = style_loss_row(settings.style_loss);
    plan.grain = !row.with_grain || settings.style_weight == 0
                     ? 0
                     : settings.grain * std::min(1.0, effect(settings.strength));
    plan.style_layers = !settings.layer_weights.empty() ? weighted(taps_here.style, settings.layer_weights)
                        : row.layer_shares == LayerShares::even ? evenly(taps_here.style)
                                                                : strokes_first(taps_here.style);
    if (!settings.texture)
        plan.content_layers = evenly(taps_here.content);
    plan.deepest = deepest_of(network, taps_here);
    if (plan.neighbors > 0)
        plan.deepest = std::max(plan.deepest, column_layers(network).back());
    plan.scales = scales_of(row.schedule, settings, content, begin);
    for (const auto& scale : plan.scales) {
        auto& sizes = plan.style_sizes.emplace_back();
        auto& pixels = plan.style_pixels.emplace_back(0);
        for (const auto& style : styles) {
            const auto size = style_size(style, {scale.width, scale.height}, settings.stroke_size,
                                         network.smallest_side(plan.deepest));
            sizes.push_back(size);
            pixels += looked_at_pixels(style, size) + (is_enlarged(style, size) ? style.pixels() : 0);
        }
    }
    plan.tile_sides.assign(plan.scales.size(), 0);
    plan.style_tile_sides.assign(plan.scales.size(), 0);
    plan.layer_bytes.assign(plan.scales.size(), 0);
    plan.captured.assign(plan.scales.size(), false);
    return plan;
}

torch::Tensor optimize(const FeatureNetwork& network, const OptimizePlan& plan, OptimizeInput& input,
                       const Settings& settings, OptimizeState& state, const OptimizeReports& reports,
                       const std::stop_token& stop, const std::stop_token& keep) {
    Optimization optimization(network, plan, input, settings, state, reports, stop, keep);
    auto painting = optimization.paint();
    const auto& shared = input.shared;
    const auto& strip = optimization.strip();
    if (shared)
        give_back_kept(); // rank 0 needs room for the whole painting
    if (plan.grain > 0 && painting.defined())
        painting = with_grain(painting, grain_of(input.styles, plan.style_sizes.back(), stop),
                              {.share = plan.grain,
                               .where = grained(input),
                               .wraps = plan.wraps,
                               .strip = strip,
                               .ranks = shared ? shared->ranks : nullptr},
                              stop);
    if (!shared)
        return painting;
    give_back_kept();
    if (strip)
        collect(painting, *strip, strips_for(network, plan, true), *shared->ranks, shared->painting);
    else if (painting.defined())
        shared->painting(0, painting);
    return {};
}

} // namespace neural_style
