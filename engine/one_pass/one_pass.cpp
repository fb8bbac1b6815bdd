// SPDX-License-Identifier: GPL-3.0-or-later
#include "one_pass.hpp"

#include "color.hpp"
#include "content_hash.hpp"
#include "device.hpp"
#include "guarded.hpp"
#include "memory_size.hpp"
#include "palettes.hpp"
#include "picture_window.hpp"
#include "tensor.hpp"
#include "tiles_in_turn.hpp"
#include "trained_styles.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <torch/types.h>
#include <utility>

namespace neural_style {

namespace {

// For smaller strokes of a trained style each side of the photo would be enlarged more than fourfold.
constexpr double least_trained_stroke_size = 25;

// A picture of about a megapixel is painted whole: that is fastest, and its statistics are then complete. The
// limit is chosen: a camera's or screen's megapixel, such as 1280 x 960, with a little room.
constexpr double most_whole_pixels = 1.25e6;

// Tile sides to try: at the largest, a layer with all its channels just exceeds the processor's caches.
constexpr std::array tile_sides{768, 512, 384, 256, 128};

// Peak of a window's layers for any style, in units of the largest one. Measured from 0.27 to 24 megapixels:
// the command line's peaks are 0.7 to 1.0 times the estimate, in the smallest tiles up to 1.2.
constexpr double layers_at_once = 4;
// The same for a trained style, in units of its largest two. Measured without tiles, up to 1.2 megapixels:
// the peaks are 0.8 to 0.9 times the estimate.
constexpr double trained_layers_at_once = 2.5;

double area(Size size) {
    return double(size.width) * size.height;
}

ImageView view(const torch::Tensor& picture) {
    return {picture.const_data_ptr<float>(), width_of(picture), height_of(picture)};
}

// Calls mix_row(painting's row, photo's row, its number). By rows: no copy of a large picture.
template <typename MixRow>
void mix_rows(Image& painting, SamplesView photo, MixRow mix_row) {
    auto painted = as_picture(painting);
    Image line(painting.width(), 1);
    const auto samples = line.span().size();
    for (std::int64_t row = 0; row < painting.height(); ++row) {
        auto here = painted.select(2, row);
        photo.read(std::size_t(row) * samples, samples, line.data());
        mix_row(here, as_picture(line).select(2, 0).clamp(0, 1), row);
    }
}

// Mixes `share` of the painting with the photo, in place; beyond 1 it moves away from the photo.
void mix(Image& painting, SamplesView photo, double share) {
    if (share != 1)
        mix_rows(painting, photo, [&](torch::Tensor& here, const torch::Tensor& beside, std::int64_t) {
            here.lerp_(beside, 1 - share).clamp_(0, 1);
        });
}

// Restores the photo where `weights` [1, 1, height, width] are 1, in place.
void protect(Image& painting, SamplesView photo, const torch::Tensor& weights) {
    mix_rows(painting, photo, [&](torch::Tensor& here, const torch::Tensor& beside, std::int64_t row) {
        here.lerp_(beside, weights.select(2, row));
    });
}

// The content as the caller holds it, and as floats where all of it is needed at once.
std::uint64_t content_bytes(const Request& request, Size size) {
    const auto& content = request.content;
    const Size own{content.width(), content.height()};
    const bool unpacks = content.sample() != Sample::f32 && (finishes(request.settings) || size != own);
    return content.picture_bytes() + (unpacks ? picture_bytes(own) : 0);
}

// A mask at a painting's size; undefined if there is none.
torch::Tensor mask_at(MaskView mask, Size size) {
    return mask.empty() ? torch::Tensor() : resized(to_tensor(mask, torch::kCPU), size.width, size.height);
}

// A style's share among all.
double share_of(const Settings& settings, std::size_t style) {
    return settings.blend.empty() ? 1 : settings.blend[style];
}

enum class Values { as_given, floats };

// The content at another size; at its own size it is not copied, or only where all of it is wanted as floats.
class SizedContent {
  public:
    SizedContent(SamplesView content, Size size, Values values = Values::as_given) : view_(content) {
        if (size.width != content.width() || size.height != content.height()) {
            sized_ = channels_last(reduced(content, size));
            view_ = neural_style::view(sized_);
        } else if (values == Values::floats && !content.floats()) {
            whole_ = unpacked(content);
            view_ = whole_;
        }
    }

    SamplesView view() const { return view_; }
    ImageView floats() const { return {view_.floats(), view_.width(), view_.height()}; }

  private:
    Image whole_;
    torch::Tensor sized_;
    SamplesView view_;
};

// Gives paintings and their previews the photo's colours and details, as the settings want them.
class Finishing {
  public:
    // `content` has floats if the settings finish paintings.
    Finishing(const Request& request, const SizedContent& content, const std::stop_token& stop)
        : request_(request), stop_(stop) {
        if (finishes(request.settings) && request.settings.colors == Colors::harmony)
            palettes_ = palettes_of(request, as_picture(content.floats()));
    }

    // In place; `photo` has the size of `painted`.
    void finish(torch::Tensor painted, const torch::Tensor& photo) const {
        const Size size{width_of(painted), height_of(painted)};
        neural_style::finish(painted, photo, request_.settings, resized(palettes_, size), stop_);
        if (!palettes_.empty() && !request_.protect.empty())
            painted.lerp_(photo, mask_at(request_.protect, size));
    }

    // A stage of the painting with its longest side at most `longest`.
    Image preview(ImageView stage, SamplesView content, int longest) const {
        const double factor = std::min(1.0, double(longest) / std::max(stage.width, stage.height));
        const Size small{std::max(1, int(std::lround(stage.width * factor))),
                         std::max(1, int(std::lround(stage.height * factor)))};
        auto preview = reduced(stage, small);
        if (finishes(request_.settings))
            finish(preview, reduced(content, small));
        return to_image(preview);
    }

  private:
    const Request& request_;
    Palettes palettes_; // for `Colors::harmony`
    const std::stop_token& stop_;
};

// What `paint_instant` gets for a request: the content, and the styles with regions of its size.
InstantInput instant_input(const Request& request, SamplesView content, const InstantPlan& plan,
                           const std::stop_token& stop) {
    const Size size{content.width(), content.height()};
    InstantInput input{.content = content, .styles = {}, .protect = mask_at(request.protect, size)};
    torch::Tensor palette;
    if (request.settings.colors == Colors::content && request.settings.color_transfer == ColorTransfer::match)
        palette = request.shot.empty() ? reduced(content, plan.stages.front().size)
                                       : reduced(request.shot, {request.shot.width(), request.shot.height()});
    for (std::size_t i = 0; i < request.styles.size(); ++i) {
        const auto& style = request.styles[i];
        auto seen = seen_style(style.picture, style.alpha, torch::kCPU);
        if (palette.defined())
            seen.picture =
                with_palette(seen.picture, palette_map(seen.picture, {{palette}}, 1, seen.alpha), stop);
        input.styles.push_back({.seen = seen,
                                .hash = content_hash(seen.picture, seen.alpha),
                                .share = share_of(request.settings, i),
                                .region = mask_at(style.region, size)});
    }
    return input;
}

// Below this strength the photo is mixed in, so that strength 0 is exactly the photo; from it on a painting
// is the network's own output. Chosen, not measured.
constexpr double whole_way = 0.3;

Tiling largest_window(Size size, int side, int halo, int stride, bool wraps) {
    const auto even = [&](int length) { return (length + stride - 1) / stride * stride; };
    return {
        even(size.width), even(size.height), {.side = side, .halo = halo, .stride = stride, .wraps = wraps}};
}

// The largest tiles whose windows fit into `room` bytes.
template <typename Bytes>
int fitting_side(Size size, std::uint64_t room, Bytes bytes_of_window, std::uint64_t& bytes) {
    const int longest = std::max(size.width, size.height);
    if (area(size) <= most_whole_pixels) {
        bytes = bytes_of_window(0);
        if (bytes <= room)
            return 0;
    }
    for (const int side : tile_sides) {
        if (side >= longest && side != tile_sides.back())
            continue;
        bytes = bytes_of_window(side);
        if (bytes <= room)
            return side;
    }
    return tile_sides.back();
}

} // namespace

// One painting, for either method.
struct OnePass::Job {
    const Request& request;
    Size size;
    SamplesView content; // at that size
    const FeatureNetwork& encoder;
    const FeatureNetwork& whole;
    std::uint64_t limit; // in bytes
    const Report& report;
    std::function<void(double fraction, ImageView stage)> tell;
    const std::stop_token& stop;
};

OnePass::OnePass(const OpenOptions& options)
    : options_(options),
      statistics_(options.styles.empty() ? options.styles : options.styles / shipped_statistics_name) {}

bool OnePass::paints(const Settings& settings) {
    if (!settings.trained_style.empty())
        return settings.colors != Colors::palette;
    return settings.colors != Colors::palette && settings.quality == Quality::instant &&
           settings.manner != Manner::dream;
}

bool OnePass::has_decoder() const {
    std::error_code ignored;
    return decoder_ ||
           (!options_.decoder.empty() && std::filesystem::is_regular_file(options_.decoder, ignored));
}

InstantNetworks OnePass::networks(const FeatureNetwork& encoder, const FeatureNetwork& whole) {
    if (!decoder_) {
        if (!has_decoder())
            throw Failure(
                ErrorCode::bad_weights,
                options_.decoder.empty()
                    ? "There is no decoder for this feature network, which the quality instant needs. Name "
                      "its decoder, or choose another quality."
                    : formatted("The decoder {} is missing, which the quality instant needs. Install it "
                                "again, or choose another quality.",
                                options_.decoder.string()));
        decoder_.emplace(Weights::read(options_.decoder), whole);
    }
    if (!adapted_decoder_ || decoder_device_ != encoder.device() || decoder_type_ != encoder.type()) {
        adapted_decoder_ = decoder_->adapted(encoder.device(), encoder.type());
        decoder_device_ = encoder.device();
        decoder_type_ = encoder.type();
    }
    return {encoder, *adapted_decoder_};
}

const TrainedNetwork& OnePass::trained(const std::string& name, const FeatureNetwork& encoder) {
    const auto key = formatted("{} {} {}", name, encoder.device().str(), int(encoder.type()));
    if (trained_ && trained_key_ == key)
        return *trained_;
    const auto file = options_.trained_styles / (name + ".safetensors");
    std::error_code ignored;
    if (options_.trained_styles.empty() || !std::filesystem::is_regular_file(file, ignored)) {
        std::string known;
        for (const auto& style : styles_in(options_.trained_styles).styles)
            known += (known.empty() ? "" : ", ") + style.name;
        throw Failure(
            ErrorCode::invalid_request,
            known.empty()
                ? formatted("There is no trained style \"{}\"; train one, or choose a quality.", name)
                : formatted("There is no trained style \"{}\"; choose from {}.", name, known));
    }
    trained_ = TrainedNetwork::read(file).adapted(encoder.device(), encoder.type());
    trained_key_ = key;
    return *trained_;
}

InstantPlan OnePass::instant_plan(const Request& request, Size size, const InstantNetworks& networks,
                                  std::uint64_t limit, std::uint64_t& bytes) const {
    std::vector<Size> styles;
    for (const auto& style : request.styles)
        styles.push_back({style.picture.width, style.picture.height});
    auto plan = plan_instant(networks, request.settings, size, styles);
    std::uint64_t fixed = program_bytes + content_bytes(request, size);
    if (area(size) != area({request.content.width(), request.content.height()}) || request.settings.texture)
        fixed += picture_bytes(area(size));
    for (const auto& style : request.styles) {
        const auto picture = picture_bytes(double(style.picture.width) * style.picture.height);
        fixed += style.alpha.width > 0 ? 4 * picture : 3 * picture;
    }
    int masks = request.protect.width > 0 ? 1 : 0;
    for (const auto& style : request.styles)
        masks += style.region.width > 0 ? 1 : 0;
    fixed += std::uint64_t(masks) * picture_bytes(area(size)); // as given, resized, and its weights
    bytes = fixed;
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        auto& stage = plan.stages[i];
        const int layer = networks.taps()[stage.first_block];
        std::uint64_t here = fixed + picture_bytes(area(stage.size));
        if (i > 0)
            here += 3 * picture_bytes(area(plan.stages[i - 1].size));
        const auto window = [&](int side) {
            const auto tiling = largest_window(stage.size, side, networks.halo(stage.first_block),
                                               networks.encoder.stride(layer), plan.wraps);
            const auto cost = networks.encoder.cost(tiling.widest(), tiling.highest(), layer);
            const double pixels = double(tiling.widest()) * tiling.highest();
            // The last step before the picture is computed in float32.
            const double exact = 4.0 / double(torch::elementSize(networks.encoder.type()));
            return std::uint64_t((layers_at_once + exact) * double(cost.largest_bytes)) +
                   4 * picture_bytes(pixels) +
                   bytes_on_the_way(networks.encoder.device(), side,
                                    (6 + std::uint64_t(masks)) * picture_bytes(pixels) / 3,
                                    picture_bytes(pixels));
        };
        std::uint64_t of_window = 0;
        stage.tile_side = fitting_side(stage.size, limit > here ? limit - here : 0, window, of_window);
        bytes = std::max(bytes, here + of_window);

        // Styles are processed before the stage's first window, and may be much larger than the painting.
        const auto& encoder = networks.encoder;
        const StyleStatistics::Taps taps{encoder, networks.taps()};
        const int deepest = taps.layers.front();
        Size looked_at;
        double pixels_of_parts = 0;
        for (std::size_t s = 0; s < styles.size(); ++s) {
            const auto part = largest_statistics_part(styles[s], stage.style_sides[s], taps);
            looked_at = {std::max(looked_at.width, part.width), std::max(looked_at.height, part.height)};
            // Statistics are taken at the next side below or above.
            pixels_of_parts =
                std::max(pixels_of_parts,
                         std::min(2 * stage.style_sides[s] * stage.style_sides[s], most_statistics_pixels));
        }
        const auto style_window = [&](int side) {
            const auto tiling =
                largest_window(looked_at, side, encoder.halo(deepest), encoder.stride(deepest), false);
            const auto cost = encoder.cost(tiling.widest(), tiling.highest(), deepest);
            return cost.transient_bytes + 2 * picture_bytes(double(tiling.widest()) * tiling.highest());
        };
        here += 2 * picture_bytes(std::max(looked_at.pixels(), pixels_of_parts));
        stage.style_tile_side =
            fitting_side(looked_at, limit > here ? limit - here : 0, style_window, of_window);
        bytes = std::max(bytes, here + of_window);
    }
    return plan;
}

TrainedStylePlan OnePass::trained_style_plan(const Request& request, Size size, const TrainedNetwork& network,
                                             std::uint64_t limit, std::uint64_t& bytes) const {
    // A network's strokes have a fixed size: for larger ones it paints a smaller picture.
    const double factor = 100 / std::max(request.settings.stroke_size, least_trained_stroke_size);
    TrainedStylePlan plan{.size = {std::max(SettingsRange::size_min, int(std::lround(size.width * factor))),
                                   std::max(SettingsRange::size_min, int(std::lround(size.height * factor)))},
                          .wraps = request.settings.seamless};
    std::uint64_t here = program_bytes + content_bytes(request, size) + picture_bytes(area(plan.size)) +
                         (area(plan.size) == area(size) ? 0 : 2 * picture_bytes(area(size)));
    const auto window = [&](int side) {
        const auto tiling = largest_window(plan.size, side, network.halo(), network.multiple(), plan.wraps);
        const double pixels = double(tiling.widest()) * tiling.highest();
        return std::uint64_t(trained_layers_at_once * network.bytes() * pixels) + 3 * picture_bytes(pixels) +
               bytes_on_the_way(network.device(), side, picture_bytes(pixels), picture_bytes(pixels));
    };
    std::uint64_t of_window = 0;
    plan.tile_side = fitting_side(plan.size, limit > here ? limit - here : 0, window, of_window);
    bytes = here + of_window;
    return plan;
}

const TrainedNetwork& OnePass::trained_for_shot(const Job& job, const TrainedNetwork& network) {
    const auto& shot = job.request.shot;
    if (shot.empty() || !network.has_norms())
        return network;
    const auto picture = reduced(shot, {shot.width(), shot.height()});
    const OfShot key{.hash = content_hash(picture), .settings = {}, .size = {}, .device = trained_key_};
    if (!fixed_ || key != fixed_key_) {
        NormStatistics measured;
        const auto even = [&](int side) {
            return std::max(side, network.smallest_side()) / network.multiple() * network.multiple();
        };
        network.run(
            channels_last(resized(picture, even(shot.width()), even(shot.height()))).to(network.device()),
            job.stop, &measured);
        fixed_ = network.with_norms(measured);
        fixed_key_ = key;
    }
    return *fixed_;
}

const InstantMaps* OnePass::maps_for_shot(const Job& job, const InstantNetworks& networks,
                                          const InstantPlan& plan, const InstantInput& input) {
    const auto& request = job.request;
    const auto has_region = [](const Style& style) { return !style.region.empty(); };
    if (request.shot.empty() || plan.texture || !request.protect.empty() ||
        std::ranges::any_of(request.styles, has_region)) // a place has statistics of its own
        return nullptr;
    OfShot key{.hash = content_hash(reduced(request.shot, {request.shot.width(), request.shot.height()})),
               .settings = request.settings,
               .size = job.size,
               .device = networks.encoder.device().str()};
    for (const auto& style : input.styles)
        key.styles.push_back(style.hash);
    if (maps_.empty() || key != maps_key_) {
        auto of_shot = input;
        of_shot.content = request.shot;
        maps_ = maps_of_shot(networks, plan, of_shot, statistics_, job.stop);
        maps_key_ = std::move(key);
    }
    return &maps_;
}

Image OnePass::paint_trained(const Job& job) {
    const auto& settings = job.request.settings;
    const auto& network = trained(settings.trained_style, job.encoder);
    std::uint64_t bytes = 0;
    const auto plan = trained_style_plan(job.request, job.size, network, job.limit, bytes);
    if (bytes > job.limit)
        throw over_limit(bytes, job.limit);
    if (settings.stroke_size < least_trained_stroke_size)
        job.report(
            {.stage = Stage::preparing,
             .width = job.size.width,
             .height = job.size.height,
             .notice = formatted("A trained style has strokes of at least {} %, so this painting has those.",
                                 least_trained_stroke_size)});
    const SizedContent seen(job.content, plan.size);
    auto painting = paint_trained_style(
        trained_for_shot(job, network), plan, seen.view(), [&](double fraction) { job.tell(fraction, {}); },
        job.stop);
    if (plan.size != job.size)
        painting = to_image(resized(as_picture(painting), job.size.width, job.size.height));
    // Beyond 1 at half the rate, since at the full rate colours begin to burn out.
    mix(painting, job.content, settings.strength <= 1 ? settings.strength : (1 + settings.strength) / 2);
    if (const auto weights = mask_at(job.request.protect, job.size); weights.defined())
        protect(painting, job.content, weights);
    job.tell(1, painting);
    return painting;
}

Image OnePass::paint_any_style(const Job& job) {
    const auto& settings = job.request.settings;
    const auto networks = this->networks(job.encoder, job.whole);
    std::uint64_t bytes = 0;
    const auto plan = instant_plan(job.request, job.size, networks, job.limit, bytes);
    if (bytes > job.limit)
        throw over_limit(bytes, job.limit);
    const auto input = instant_input(job.request, job.content, plan, job.stop);
    auto painting = paint_instant(networks, plan, input, statistics_, {job.tell}, job.stop,
                                  maps_for_shot(job, networks, plan, input));
    // Encoding and decoding changes the photo even if no style is wanted.
    if (!settings.texture)
        mix(painting, job.content, std::min(1.0, settings.strength / whole_way));
    return painting;
}

Image OnePass::paint(const Request& request, Size size, const FeatureNetwork& encoder,
                     const FeatureNetwork& whole, std::uint64_t limit, const Report& report,
                     const std::stop_token& stop) {
    const bool finishes = neural_style::finishes(request.settings);
    const SizedContent content(request.content, size, finishes ? Values::floats : Values::as_given);
    const Finishing finishing(request, content, stop);
    const auto tell = [&](double fraction, ImageView stage) {
        Update update{
            .fraction = fraction, .stage = Stage::painting, .width = size.width, .height = size.height};
        Image preview;
        if (!stage.empty() && options_.preview_size > 0) {
            preview = finishing.preview(stage, content.view(), options_.preview_size);
            update.preview = preview;
        }
        if (!stage.empty()) {
            update.width = stage.width;
            update.height = stage.height;
        }
        report(update);
    };
    const Job job{request, size, content.view(), encoder, whole, limit, report, tell, stop};
    auto painting = request.settings.trained_style.empty() ? paint_any_style(job) : paint_trained(job);
    report({.fraction = 1, .stage = Stage::finishing, .width = size.width, .height = size.height});
    if (finishes)
        finishing.finish(as_picture(painting), as_picture(content.floats()));
    return painting;
}

Estimate OnePass::estimate(const Request& request, Size size, const FeatureNetwork& encoder,
                           const FeatureNetwork& whole, std::uint64_t limit) {
    using Clock = std::chrono::steady_clock;
    constexpr int side = 256;
    const auto best_of = [&](auto work) {
        double best = 0;
        for (int i = 0; i < 3; ++i) {
            const auto start = Clock::now();
            work();
            synchronize(encoder.device());
            const std::chrono::duration<double> took = Clock::now() - start;
            best = i == 0 ? took.count() : std::min(best, took.count());
        }
        return best;
    };
    const Image sample(side, side);
    Estimate estimate;
    if (!request.settings.trained_style.empty()) {
        const auto& network = trained(request.settings.trained_style, encoder);
        const auto plan = trained_style_plan(request, size, network, limit, estimate.memory_needed);
        const double seconds = best_of([&] {
            paint_trained_style(network, {.size = {side, side}}, sample, [](double) {}, {});
        });
        const auto tiling =
            largest_window(plan.size, plan.tile_side, network.halo(), network.multiple(), plan.wraps);
        double pixels = tiling.tiles().size() > 1 ? 1 << 20 : 0; // on which norms are measured
        for (const auto& tile : tiling.tiles())
            pixels += tile.seen_pixels();
        estimate.time_needed = seconds * pixels / (side * side);
        estimate.tiles = int(tiling.tiles().size());
        return estimate;
    }
    const auto networks = this->networks(encoder, whole);
    const auto plan = instant_plan(request, size, networks, limit, estimate.memory_needed);
    Settings settings;
    settings.quality = Quality::instant;
    const auto small = plan_instant(networks, settings, {side, side}, {{side, side}});
    const auto picture = noise({side, side}, 0);
    StyleStatistics statistics;
    const InstantInput input{.content = sample, .styles = {{.seen = {picture}, .hash = 1}}};
    const double seconds =
        best_of([&] { paint_instant(networks, small, input, statistics, {[](double, ImageView) {}}, {}); });
    const double per_operation = seconds / small.work(networks);
    for (const auto& stage : plan.stages) {
        const auto tiling =
            largest_window(stage.size, stage.tile_side, networks.halo(stage.first_block),
                           networks.encoder.stride(networks.taps()[stage.first_block]), plan.wraps);
        double pixels = 0;
        for (const auto& tile : tiling.tiles())
            pixels += tile.seen_pixels();
        if (tiling.tiles().size() > 1)
            pixels += 1 << 20; // from which tiles share their statistics
        estimate.time_needed += pixels * networks.operations(stage.first_block) * per_operation;
        for (const double style_side : stage.style_sides) // encoded only: about half of the operations
            estimate.time_needed += std::min(style_side * style_side, most_statistics_pixels) *
                                    networks.operations(0) / 2 * per_operation;
        estimate.tiles = int(tiling.tiles().size());
    }
    return estimate;
}

} // namespace neural_style
