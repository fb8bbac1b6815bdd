// SPDX-License-Identifier: GPL-3.0-or-later
#include "dream.hpp"

#include "allocation.hpp"
#include "amount.hpp"
#include "device.hpp"
#include "guarded.hpp"
#include "interruption.hpp"
#include "minimize.hpp"
#include "regions.hpp"
#include "steps_between_reads.hpp"
#include "tensor.hpp"
#include "tiling.hpp"
#include "viewer.hpp"
#include "weighted_layers.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <torch/types.h>
#include <utility>
#include <vector>

namespace neural_style {

namespace {

// Side of the first octave, in which the largest figures form: a few fill it.
constexpr double coarsest_side = 256;
// As in the published program (Mordvintsev, Olah, Tyka 2015, the "deepdream" notebook).
constexpr double step_between_octaves = 1.4;
// With shorter sides, deep layers have too few positions for a figure.
constexpr int shortest_side = 64;
// Beyond this side dreams are fine texture and get fewer steps.
constexpr double settled_side = 1024;
constexpr int least_steps = 3;

// Mean change of a sample by all steps of an octave together, at strength 1; more and smaller steps give
// better shapes. The published program makes ten steps of 1.5 out of 255.
constexpr double octave_size = 18.0 / 255;
// Share of its difference from its neighbours that the dream loses in each step.
constexpr double calming = 0.08;

// Weights of the gradient's bands of detail, from single pixels on, each twice as coarse as the last, and of
// everything coarser. An unweighted gradient draws single-pixel hatchings; with much of the coarsest band,
// figures get black holes for eyes. Chosen by eye.
constexpr std::array band_weights{0.15, 0.7, 1.0};
constexpr double coarsest_weight = 0.4;
// Remaining share of the gradient's differences of colour; with all of it, figures are neon-coloured.
constexpr double colorfulness = 0.5;

// The default layer: curls with eyes in them. One layer deeper everything is eyes; earlier layers make dots
// and lattices.
constexpr const char* dreamed_layer = "relu4_3";

int steps(Quality quality) {
    switch (quality) {
    case Quality::instant: // there are no one-pass dreams
    case Quality::draft:
        return 6;
    case Quality::fine:
        return 12;
    case Quality::print:
        break;
    }
    return 20;
}

std::vector<std::string> layers(const FeatureNetwork& network, const Settings& settings) {
    if (!settings.style_layers.empty())
        return settings.style_layers;
    return {network.nearest_layer(dreamed_layer)};
}

// A picture shifted by a few pixels, so that no figure aligns with the grid of the poolings, and padded to
// sides that they divide. Padding mirrors the picture or, if it wraps, continues at its opposite border.
class Jitter {
  public:
    Jitter(const torch::Tensor& picture, int stride, bool wraps, at::Generator& generator)
        : height_(picture.size(2)), width_(picture.size(3)), wraps_(wraps) {
        const auto shift = torch::randint(0, stride, {2}, generator, torch::kInt64);
        down_ = shift[0].item<std::int64_t>();
        across_ = shift[1].item<std::int64_t>();
        const auto rest = [&](std::int64_t side, std::int64_t before) {
            const auto whole = (side + 2 * stride - 2) / stride * stride;
            return whole - side - before;
        };
        below_ = rest(height_, down_);
        behind_ = rest(width_, across_);
    }
    torch::Tensor shifted(const torch::Tensor& picture) const {
        if (wraps_)
            return torch::roll(picture, {down_, across_}, {2, 3});
        return torch::reflection_pad2d(picture, {across_, behind_, down_, below_});
    }
    torch::Tensor back(const torch::Tensor& gradient) const {
        if (wraps_)
            return torch::roll(gradient, {-down_, -across_}, {2, 3});
        return gradient.narrow(2, down_, height_).narrow(3, across_, width_);
    }

  private:
    std::int64_t height_, width_, down_, across_, below_, behind_;
    bool wraps_;
};

// Recombines the gradient's bands of detail with fixed weights, whatever their original strength: the
// Laplacian pyramid of the published program. Changes `gradient`.
torch::Tensor balanced(torch::Tensor gradient) {
    // Weights stay on the device, which is not waited for.
    std::vector<torch::Tensor> bands, weights;
    const auto deviation = [](const torch::Tensor& band) {
        return band.square().mean(torch::kFloat64).sqrt_();
    };
    const auto add = [&](const torch::Tensor& band, double weight) {
        const auto here = deviation(band);
        bands.push_back(band);
        weights.push_back((weight / here).masked_fill_(here.le(0), 0).to(band.scalar_type()));
    };
    const auto enlarged = [](const torch::Tensor& small, const torch::Tensor& large) {
        return torch::upsample_bilinear2d(small, {large.size(2), large.size(3)}, /*align_corners=*/false);
    };
    for (const double weight : band_weights) {
        auto coarser = torch::avg_pool2d(gradient, 2, 2, 0, /*ceil_mode=*/true, /*count_include_pad=*/false);
        add(gradient.sub_(enlarged(coarser, gradient)), weight);
        gradient = std::move(coarser);
    }
    auto sum =
        gradient.mul_((coarsest_weight / deviation(gradient).clamp_min_(1e-30)).to(gradient.scalar_type()));
    for (std::size_t i = bands.size(); i-- > 0;)
        sum = enlarged(sum, bands[i]).addcmul_(bands[i], weights[i]);
    const auto brightness = sum.mean(1, /*keepdim=*/true);
    return sum.sub_(brightness).mul_(colorfulness).add_(brightness);
}

// Moves every pixel a share of the way to its four neighbours' mean: a step down the gradient of total
// variation (squared differences).
void calm(torch::Tensor& dreamed, double share) {
    const auto padded = torch::replication_pad2d(dreamed, {1, 1, 1, 1});
    const auto height = dreamed.size(2), width = dreamed.size(3);
    auto mean = padded.narrow(2, 0, height).narrow(3, 1, width).clone();
    mean.add_(padded.narrow(2, 2, height).narrow(3, 1, width));
    mean.add_(padded.narrow(2, 1, height).narrow(3, 0, width));
    mean.add_(padded.narrow(2, 1, height).narrow(3, 2, width));
    dreamed.lerp_(mean.mul_(0.25), share);
}

// Where to dream: [1, 1, height, width], 0..1; undefined: everywhere.
torch::Tensor dreamed_place(const std::vector<torch::Tensor>& regions, const torch::Tensor& protect) {
    if (regions.empty())
        return protect.defined() ? 1 - protect : torch::Tensor();
    torch::Tensor place;
    for (const auto& weights : style_places(regions, protect)) {
        if (!weights.defined())
            return {};
        place = place.defined() ? torch::maximum(place, weights) : weights;
    }
    return place.unsqueeze(0).unsqueeze(0);
}

torch::Tensor enlarged(const torch::Tensor& dreamed, const Scale& scale) {
    if (width_of(dreamed) == scale.width && height_of(dreamed) == scale.height)
        return dreamed;
    return torch::upsample_bicubic2d(dreamed, {scale.height, scale.width}, /*align_corners=*/false);
}

// The dream on the photo, where something is dreamed.
torch::Tensor settled(const torch::Tensor& photo, const torch::Tensor& dreamed, const torch::Tensor& place) {
    auto picture = (photo + dreamed).clamp_(0, 1);
    return place.defined() ? torch::lerp(photo, picture, place) : picture;
}

// As `activity`, which waits for the number.
Amount pending_activity(const FeatureNetwork& network, const OptimizePlan& plan, const torch::Tensor& picture,
                        int tile_side, torch::Tensor* gradient, const std::stop_token& stop);

// A step that has been taken, and may not have been looked at yet.
struct Step {
    int iteration;
    Amount active; // in the picture before it
    Amount finite; // 1; 0 where the activity or its gradient is not, and the step adds nothing
};

// A dream in progress through the octaves.
class Dreaming {
  public:
    Dreaming(const FeatureNetwork& network, const OptimizePlan& plan, const OptimizeInput& input,
             const Settings& settings, OptimizeState& state, const OptimizeReports& reports,
             const std::stop_token& stop, const std::stop_token& keep)
        : network_(network), plan_(plan), input_(input), settings_(settings), state_(state),
          reports_(reports), stop_(stop), interruption_(stop, keep), work_(std::max(1.0, plan.work())),
          step_size_(settings.strength * octave_size / std::max(1, plan.scales.front().iterations)) {
        for (std::size_t i = 0; i < state.scale; ++i)
            steps_done_ += plan.scales[i].iterations;
    }

    torch::Tensor dream() {
        for (; state_.scale < plan_.scales.size() && !kept(); ++state_.scale)
            if (!dream_octave(state_.scale))
                break;
        stop_if_asked(stop_);
        const auto& last = plan_.scales.back();
        if (width_of(state_.painting) != last.width || height_of(state_.painting) != last.height)
            state_.painting = settled(photo_at(last), dreamed_at(last), place_at(last));
        return std::exchange(state_.painting, {});
    }

  private:
    bool kept() const { return interruption_.keeps(state_.painting.defined()); }

    torch::Tensor photo_at(const Scale& scale) const {
        if (settings_.texture)
            return torch::full({1, 3, scale.height, scale.width}, 0.5, input_.content.options());
        return resized(input_.content, scale.width, scale.height);
    }

    // The dream so far at the size of the scale.
    torch::Tensor dreamed_at(const Scale& scale) const {
        const auto before = Scale{width_of(state_.painting), height_of(state_.painting)};
        return enlarged(state_.painting - photo_at(before), scale);
    }

    torch::Tensor place_at(const Scale& scale) const {
        const auto at_scale = [&](const torch::Tensor& whole) {
            return whole.defined() ? resized(whole, scale.width, scale.height) : whole;
        };
        std::vector<torch::Tensor> regions;
        for (const auto& style : input_.styles)
            regions.push_back(at_scale(style.region));
        return dreamed_place(regions, at_scale(input_.protect));
    }

    torch::Tensor start_of(const Scale& scale, const torch::Tensor& photo, const torch::Tensor& place) const {
        if (state_.painting.defined())
            return settled(photo, dreamed_at(scale), place);
        if (input_.refine.defined())
            return settled(photo, resized(input_.refine, scale.width, scale.height) - photo, place);
        if (settings_.texture)
            return noise({scale.width, scale.height}, settings_.seed).to(photo.device());
        return photo.clone();
    }

    // False: somebody wants to keep the painting, and a step was interrupted.
    bool dream_octave(std::size_t i) {
        const auto& scale = plan_.scales[i];
        keep_blocks_up_to(plan_.layer_bytes[i]);
        const auto photo = photo_at(scale);
        const auto place = place_at(scale);
        auto picture = start_of(scale, photo, place);
        // Each scale has its own random numbers, so that a dream resumed elsewhere continues alike.
        auto generator = at::detail::createCPUGenerator(settings_.seed + i * 0x9e3779b97f4a7c15u);
        Viewer viewer(network_, {.tile_side = plan_.tile_sides[i], .on_notice = reports_.on_notice});
        std::vector<Step> unseen;
        try {
            for (int iteration = 1; iteration <= scale.iterations; ++iteration) {
                Step step{.iteration = iteration, .active = {}, .finite = {}};
                const auto next = settled(photo, stepped(picture, photo, viewer, generator, step), place);
                stop_if_asked(stop_);
                unseen.push_back(std::move(step));
                const bool due = is_due(i, iteration, unseen.size());
                const auto seen = due ? activities(unseen) : std::vector<double>();
                picture = state_.painting = next;
                if (plan_.tile_sides[i] > 0)
                    keep_blocks_up_to(plan_.layer_bytes[i]);
                if (due) {
                    for (std::size_t k = 0; k < unseen.size(); ++k)
                        report(scale, unseen[k].iteration, seen[k], picture);
                    unseen.clear();
                }
                if (kept())
                    break;
            }
        } catch (const Failure& failure) {
            if (failure.code() != ErrorCode::cancelled || !kept())
                throw;
            return false;
        }
        state_.painting = picture;
        state_.done += scale.pixels() * scale.iterations;
        steps_done_ += scale.iterations;
        return true;
    }

    // Another device than the CPU is waited for as rarely as when a painting is optimised.
    bool is_due(std::size_t i, int iteration, std::size_t unseen) const {
        const auto& scale = plan_.scales[i];
        const Tiling cut(scale.width, scale.height, {.side = plan_.tile_sides[i]});
        return network_.device().is_cpu() || int(unseen) >= steps_between_reads(cut.tiles().size()) ||
               iteration == scale.iterations ||
               (reports_.wants_picture && reports_.wants_picture(steps_done_ + iteration));
    }

    // With one wait at the most.
    static std::vector<double> activities(const std::vector<Step>& steps) {
        std::vector<Amount> amounts;
        for (const auto& step : steps)
            amounts.insert(amounts.end(), {step.finite, step.active});
        const auto values = read(amounts);
        std::vector<double> activities;
        for (std::size_t i = 0; i < values.size(); i += 2) {
            if (values[i] == 0)
                throw NotFinite();
            activities.push_back(values[i + 1]);
        }
        return activities;
    }

    // The dream after one more step from `picture`, which `step` tells of.
    torch::Tensor stepped(const torch::Tensor& picture, const torch::Tensor& photo, Viewer& viewer,
                          at::Generator& generator, Step& step) const {
        const Jitter jitter(picture, network_.stride(plan_.deepest), plan_.wraps, generator);
        torch::Tensor gradient;
        viewer.until_it_fits(picture, [&] {
            step.active = pending_activity(network_, plan_, jitter.shifted(picture), viewer.view().tile_side,
                                           &gradient, interruption_.token(state_.painting.defined()));
        });
        gradient = jitter.back(balanced(std::move(gradient)));
        const auto mean = gradient.abs().mean(torch::kFloat64);
        const auto finite = mean.isfinite().logical_and_(step.active.on(mean.device()).isfinite());
        step.finite = Amount(finite);
        const auto worthless = finite.logical_not();
        const auto factor = (step_size_ / mean).masked_fill_(worthless.logical_or(mean.le(0)), 0);
        auto dreamed = picture - photo;
        dreamed.addcmul_(gradient.masked_fill_(worthless, 0), factor.to(dreamed.scalar_type()));
        gradient = torch::Tensor();
        calm(dreamed, std::min(1.0, calming * settings_.tv_weight * std::min(1.0, settings_.strength)));
        // A uniform change of brightness is not a dream but another exposure.
        return dreamed.sub_(dreamed.mean({2, 3}, /*keepdim=*/true));
    }

    void report(const Scale& scale, int iteration, double active, const torch::Tensor& picture) const {
        Losses losses;
        losses[LossTerm::style] = {.weight = 1, .value = -active};
        reports_.on_progress({.fraction = (state_.done + scale.pixels() * iteration) / work_,
                              .iteration = iteration,
                              .step = steps_done_ + iteration,
                              .scale = scale,
                              .losses = losses,
                              .picture = &picture});
    }

    const FeatureNetwork& network_;
    const OptimizePlan& plan_;
    const OptimizeInput& input_;
    const Settings& settings_;
    OptimizeState& state_;
    const OptimizeReports& reports_;
    const std::stop_token& stop_;
    const Interruption interruption_;
    const double work_, step_size_;
    int steps_done_ = 0; // of the octaves before
};

} // namespace

int deepest_dreamed(const FeatureNetwork& network, const Settings& settings) {
    int deepest = 0;
    for (const auto& name : layers(network, settings))
        deepest = std::max(deepest, network.layer(name));
    return deepest;
}

OptimizePlan plan_dream(const FeatureNetwork& network, const Settings& settings, Size content, Begin begin) {
    OptimizePlan plan;
    plan.dreams = true;
    plan.wraps = settings.seamless;
    plan.deepest = deepest_dreamed(network, settings);
    const auto names = layers(network, settings);
    double sum = 0;
    for (std::size_t i = 0; i < names.size(); ++i)
        sum += settings.layer_weights.empty() ? 1 : settings.layer_weights[i];
    for (std::size_t i = 0; i < names.size(); ++i)
        plan.style_layers.emplace_back(
            names[i], (settings.layer_weights.empty() ? 1 : settings.layer_weights[i]) / sum);

    const double side = std::sqrt(double(content.width) * content.height);
    const double larger = settings.stroke_size / 100;
    const int least = std::max(shortest_side, network.smallest_side(plan.deepest));
    const double shortest = std::min(content.width, content.height);
    // Figures have the size at which the network sees them: larger ones are dreamed in a smaller picture.
    for (double factor = std::min(1.0, std::max(1 / larger, least / shortest));;
         factor /= step_between_octaves) {
        if (!plan.scales.empty() &&
            (side * factor < 0.9 * coarsest_side / larger || shortest * factor < least))
            break;
        const bool whole = factor == 1;
        const double steps_here =
            steps(settings.quality) * std::min(1.0, std::sqrt(settled_side / (side * factor)));
        plan.scales.push_back({.width = whole ? content.width : int(std::lround(content.width * factor)),
                               .height = whole ? content.height : int(std::lround(content.height * factor)),
                               .iterations = settings.iterations.value_or(
                                   std::max(least_steps, int(std::lround(steps_here))))});
        if (begin == Begin::painting)
            break;
    }
    std::ranges::reverse(plan.scales);
    if (plan.scales.back().width != content.width || plan.scales.back().height != content.height)
        plan.scales.push_back({.width = content.width, .height = content.height, .iterations = 0});
    plan.style_sizes.resize(plan.scales.size());
    plan.style_pixels.assign(plan.scales.size(), 0);
    plan.tile_sides.assign(plan.scales.size(), 0);
    plan.style_tile_sides.assign(plan.scales.size(), 0);
    plan.layer_bytes.assign(plan.scales.size(), 0);
    plan.captured.assign(plan.scales.size(), false);
    return plan;
}

double activity(const FeatureNetwork& network, const OptimizePlan& plan, const torch::Tensor& picture,
                int tile_side, torch::Tensor* gradient, const std::stop_token& stop) {
    return pending_activity(network, plan, picture, tile_side, gradient, stop);
}

namespace {

Amount pending_activity(const FeatureNetwork& network, const OptimizePlan& plan, const torch::Tensor& picture,
                        int tile_side, torch::Tensor* gradient, const std::stop_token& stop) {
    const torch::NoGradGuard no_grad;
    const auto wanted = by_layer(network, plan.style_layers);
    const Tiling cut(width_of(picture), height_of(picture),
                     cut_for(network, plan.deepest, tile_side, plan.wraps));
    const double scale = gradient_scale(network, picture);
    if (gradient)
        *gradient = torch::zeros_like(picture, torch::MemoryFormat::Contiguous);
    Amount sum;
    for (const auto& tile : cut.tiles()) {
        const auto factor = [&](int layer, double weight) {
            const int stride = network.stride(layer);
            return weight / (double(network.channels(layer)) * double(picture.size(2) / stride) *
                             double(picture.size(3) / stride));
        };
        const auto window = cut.window(picture, tile);
        auto outputs = network.forward(window, plan.deepest, stop);
        for (const auto& [layer, weight] : wanted)
            sum += factor(layer, weight) *
                   Amount(own_of_window(outputs[std::size_t(layer)], tile, network.stride(layer))
                              .to(torch::kFloat32)
                              .square()
                              .sum(torch::kFloat64));
        if (!gradient)
            continue;
        const auto of_window = network.backward(
            window, std::move(outputs),
            [&](int layer, const torch::Tensor& features, torch::Tensor& of_features) {
                if (const auto found = wanted.find(layer); found != wanted.end()) {
                    const int stride = network.stride(layer);
                    own_of_window(of_features, tile, stride)
                        .add_(own_of_window(features, tile, stride),
                              2 * scale * factor(layer, found->second));
                }
            },
            stop);
        cut.add(*gradient, tile, of_window);
    }
    if (gradient && scale != 1)
        gradient->div_(scale);
    return sum;
}

} // namespace

torch::Tensor dream(const FeatureNetwork& network, const OptimizePlan& plan, OptimizeInput& input,
                    const Settings& settings, OptimizeState& state, const OptimizeReports& reports,
                    const std::stop_token& stop, const std::stop_token& keep) {
    const torch::NoGradGuard no_grad;
    if (settings.strength == 0 && !input.refine.defined())
        return input.content;
    return Dreaming(network, plan, input, settings, state, reports, stop, keep).dream();
}

double measured_seconds_per_dreamed_pixel(const FeatureNetwork& network, const OptimizePlan& plan) {
    constexpr int side = 256;
    const auto picture = torch::rand({1, 3, side, side}).to(network.device());
    double best = 0;
    for (int i = 0; i < 3; ++i) {
        const auto start = std::chrono::steady_clock::now();
        torch::Tensor gradient;
        activity(network, plan, picture, 0, &gradient, {});
        synchronize(network.device());
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        best = i == 0 ? took.count() : std::min(best, took.count());
    }
    // The other work of a step on the picture; measured.
    return best * 1.15 / (side * side);
}

} // namespace neural_style
