// SPDX-License-Identifier: GPL-3.0-or-later
#include "added_networks.hpp"
#include "allocation.hpp"
#include "color.hpp"
#include "deadline.hpp"
#include "device.hpp"
#include "dream.hpp"
#include "estimate.hpp"
#include "feature_network.hpp"
#include "grain.hpp"
#include "guarded.hpp"
#include "memory_size.hpp"
#include "one_pass.hpp"
#include "optimize.hpp"
#include "palettes.hpp"
#include "precision.hpp"
#include "recoloring.hpp"
#include "request_check.hpp"
#include "strip.hpp"
#include "tensor.hpp"
#include "trained_styles.hpp"
#include "viewer.hpp"

#include <neural_style/engine.hpp>
#include <neural_style/formatted.hpp>

#include <ATen/Parallel.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <optional>
#include <system_error>
#include <torch/types.h>
#include <utility>

namespace neural_style {

namespace {

using Clock = std::chrono::steady_clock;

// One-pass paintings allocate and free layers of 32 channels of a megapixel in float32 all the time.
constexpr std::size_t one_pass_layer = 128 << 20;

// Often enough for a picture that seems to grow, rarely enough to cost nothing.
constexpr std::chrono::milliseconds between_previews{400};

// The painting's size: the content's, reduced if the settings limit the longest side.
Size painting_size(SamplesView content, const Settings& settings) {
    const double share = painted_share(settings, content.width(), content.height());
    return {painted_side(content.width(), share), painted_side(content.height(), share)};
}

// The size to paint at: a thin picture that the settings reduce is painted as high as the networks need.
Size worked_size(SamplesView content, const Settings& settings) {
    const auto size = painting_size(content, settings);
    return {std::max(SettingsRange::size_min, size.width), std::max(SettingsRange::size_min, size.height)};
}

// Mirrored pixels that are painted around the picture and finally cut off. Border pixels contribute to fewer
// features and would come out as a frame; and thin pictures reach the network's deepest layer only with a
// margin.
struct Margin {
    int across = 0; // on the left, and again on the right
    int down = 0;
};

constexpr double margin_share = 1.0 / 32; // of a side; seen by eye, the frame is never wider
constexpr int least_margin = 8, most_margin = 128;

Margin margin_around(Size size, int least_side) {
    const auto along = [&](int side) {
        const int against_frames =
            std::clamp(int(std::lround(side * margin_share)), least_margin, most_margin);
        const int mirrorable = side - 1;
        return std::min(std::max(against_frames, (least_side - side + 1) / 2), mirrorable);
    };
    return {along(size.width), along(size.height)};
}

Size with_margin(Size size, Margin margin) {
    return {size.width + 2 * margin.across, size.height + 2 * margin.down};
}

// The result for strength 0: the photo, bit for bit if it has the painting's size.
Image photo_itself(const Request& request, Size size) {
    const auto& content = request.content;
    if (size.width != content.width() || size.height != content.height())
        return to_image(resized(to_tensor(content, torch::kCPU), size.width, size.height));
    return unpacked(content);
}

std::vector<std::string> named_layers(const Settings& settings) {
    auto names = settings.style_layers;
    names.insert(names.end(), settings.content_layers.begin(), settings.content_layers.end());
    return names;
}

// How much of the earlier frames' painting stays in one that is made without steps, where it is trusted, at
// steadiness 1.
constexpr double held_share = 0.87;
// Side of the square, in pixels, of which at least half must be trusted for the middle to be held. Where much
// is new, an object has just moved on, and its painted rim must not stay: by eye on the object of `./run
// bench video`.
constexpr int rim = 11;

Image held(Image painting, const Motion& motion, const std::stop_token& stop) {
    if (motion.moved.empty() || motion.steadiness == 0)
        return painting;
    // Twice the steadiness halves what is new for each part of the old.
    const double share = motion.steadiness / (motion.steadiness + (1 - held_share) / held_share);
    const auto here = [&](const auto& view) {
        return resized(to_tensor(view, torch::kCPU), painting.width(), painting.height());
    };
    const auto trusted = here(motion.trusted),
               around = torch::avg_pool2d(trusted, rim, 1, rim / 2, false, false),
               where = trusted * (2 * around - 1).clamp_min(0);
    const auto own = here(ImageView(painting)), mean = torch::lerp(own, here(motion.moved), share * where);
    // A mean is softer than what it is made of.
    return to_image(with_grain(mean, grain(own, {}, stop), {.where = where}, stop).clamp_(0, 1));
}

bool dreams(const Settings& settings) {
    return settings.trained_style.empty() && settings.manner == Manner::dream;
}

// Whether the optimiser starts from a one-pass painting.
bool begins_instantly(const Request& request) {
    return request.refine.width == 0 && request.motion.moved.width == 0 &&
           request.settings.start == Start::instant && !dreams(request.settings);
}

// Sentences one after the other, without the empty ones.
std::string joined(std::initializer_list<std::string_view> sentences) {
    std::string text;
    for (const auto sentence : sentences)
        if (!sentence.empty())
            text.append(text.empty() ? "" : " ").append(sentence);
    return text;
}

// Share of the free memory that the engine takes; the rest is for other programs. Chosen, not measured.
constexpr double fair_share = 0.7;

// The bundled network's smallest tiles see a good two times their own pixels.
constexpr double bearable_share = 4;

// An optimised painting.
struct Job {
    Size size; // of the painting
    Margin margin;
    JobSizes sizes;
    OptimizePlan plan;
    std::uint64_t memory_needed = 0;
    std::uint64_t limit = 0;
    bool fits = false;
};

// The size of a scale without the margin.
Size cropped(const Scale& scale, const Job& job) {
    const double across = double(scale.width) / job.sizes.painted.width;
    const double down = double(scale.height) / job.sizes.painted.height;
    return {scale.width - 2 * int(job.margin.across * across),
            scale.height - 2 * int(job.margin.down * down)};
}

// Rows of the content with its mirrored margin, taken from its samples when they are asked for.
RowSource rows_of(SamplesView content, Margin margin) {
    return [content, margin](int first, int count) {
        const auto there = [&](int y) {
            y = std::abs(y - margin.down);
            return y < content.height() ? y : 2 * content.height() - 2 - y;
        };
        int top = there(first), bottom = top;
        for (int i = 0; i < count; ++i) {
            top = std::min(top, there(first + i));
            bottom = std::max(bottom, there(first + i));
        }
        std::vector<std::int64_t> order;
        for (int i = 0; i < count; ++i)
            order.push_back(there(first + i) - top);
        const std::size_t row_values = std::size_t(content.width()) * picture_channels;
        std::vector<float> values(row_values * std::size_t(bottom - top + 1));
        content.read(std::size_t(top) * row_values, values.size(), values.data());
        const auto rows = as_picture({values.data(), content.width(), bottom - top + 1})
                              .index_select(2, torch::tensor(order))
                              .contiguous()
                              .clamp_(0, 1);
        return torch::reflection_pad2d(rows, {margin.across, margin.across, 0, 0});
    };
}

// Puts rows of the painting with its margin into `painting`, which gets its size with the first.
RowSink into(Image& painting, const Job& job) {
    return [&painting, &job](int first, const torch::Tensor& rows) {
        const auto [width, height] = job.size;
        if (painting.empty())
            painting = Image(width, height);
        const int top = std::clamp(first - job.margin.down, 0, height);
        const int end = std::clamp(first - job.margin.down + height_of(rows), 0, height);
        if (end > top)
            as_picture(painting)
                .narrow(2, top, end - top)
                .copy_(rows.narrow(2, top + job.margin.down - first, end - top)
                           .narrow(3, job.margin.across, width))
                .clamp_(0, 1);
    };
}

// Without the margin, at any size.
torch::Tensor cropped(const torch::Tensor& picture, const Job& job) {
    const double across = double(width_of(picture)) / job.sizes.painted.width;
    const double down = double(height_of(picture)) / job.sizes.painted.height;
    const int left = int(job.margin.across * across), top = int(job.margin.down * down);
    return picture.narrow(3, left, width_of(picture) - 2 * left).narrow(2, top, height_of(picture) - 2 * top);
}

// Tiles for the strip of one process: as those of a picture that has its rows.
void fit_strip(const FeatureNetwork& network, const Settings& settings, const Ranks& ranks, Job& job) {
    auto plan = job.plan;
    auto sizes = job.sizes;
    const auto strips = strips_for(network, plan, true);
    for (auto& scale : plan.scales)
        if (is_shared(network, plan, scale, settings, ranks.count()))
            scale.height = Strip::of(scale.height, strips, ranks.rank(), ranks.count())->rows;
    const auto [width, height] = job.sizes.content;
    if (plan.scales.back().height == job.sizes.painted.height || job.size.width != width ||
        job.size.height != height)
        throw Failure(ErrorCode::invalid_request,
                      formatted("This picture is too small for {} processes that paint together. Start "
                                "fewer, or one process, without mpirun.",
                                ranks.count()));
    sizes.painted.height = plan.scales.back().height;
    // At the end rank 0 has the whole painting.
    const auto at_end = ranks.rank() > 0 ? 0
                                         : program_bytes + sizes.content_bytes + picture_bytes(job.size) +
                                               picture_bytes(sizes.painted);
    job.fits = fit_tiles(network, plan, settings, sizes, job.limit) && at_end <= job.limit;
    job.memory_needed = std::max(at_end, memory_needed(network, plan, settings, sizes));
    job.plan.tile_sides = plan.tile_sides;
    job.plan.style_tile_sides = plan.style_tile_sides;
    job.plan.layer_bytes = plan.layer_bytes;
}

// Reports to the caller, with a fraction that never decreases; checks for a stop before and after.
class Reports {
  public:
    Reports(const UpdateCallback& update, const std::stop_token& stop) : update_(update), stop_(stop) {}

    void operator()(Update next) {
        stop_if_asked(stop_);
        fraction_ = next.fraction = std::clamp(next.fraction, fraction_, 1.0);
        if (update_)
            update_(next);
        stop_if_asked(stop_);
    }
    bool are_heard() const { return bool(update_); }

  private:
    const UpdateCallback& update_;
    const std::stop_token& stop_;
    double fraction_ = 0;
};

// Applies the photo's colours and details to a finished painting and its previews.
class Finishing {
  public:
    Finishing(const Request& request, const OptimizeInput& input, const Job& job, const std::stop_token& stop)
        : settings_(request.settings), stop_(stop) {
        if (input.trusted.defined() && settings_.detail > 0)
            trusted_ = cropped(input.trusted, job);
        if (settings_.colors != Colors::harmony)
            return;
        palettes_ = palettes_of(request, cropped(input.content, job));
        if (input.protect.defined())
            protect_ = cropped(input.protect, job);
    }

    // `content` is only called if it is needed.
    Image operator()(torch::Tensor picture, auto content) const {
        if (finishes(settings_)) {
            picture = picture.clamp(0, 1);
            const auto size = [&](const torch::Tensor& other) {
                return resized(other, width_of(picture), height_of(picture)).to(picture.device());
            };
            const auto here = size(content());
            auto settings = settings_;
            if (trusted_.defined()) { // where the film's earlier frames have it already
                auto only_detail = settings;
                only_detail.colors = Colors::style;
                auto with_detail = picture.clone();
                finish(with_detail, here, only_detail, {}, stop_);
                picture = torch::lerp(with_detail, picture, size(trusted_));
                settings.detail = 0;
            }
            finish(picture, here, settings, resized(palettes_, {width_of(picture), height_of(picture)}),
                   stop_);
            if (protect_.defined())
                picture = torch::lerp(picture, here, size(protect_));
        }
        return to_image(picture);
    }

  private:
    const Settings& settings_;
    const std::stop_token& stop_;
    Palettes palettes_; // of the painting's size, for `Colors::harmony`
    torch::Tensor protect_;
    torch::Tensor trusted_; // of a film's frame with detail
};

// Pictures of a painting in progress: previews as often as they are cheap, snapshots as often as requested.
class Pictures {
  public:
    // `content` is the one being painted, with its margin.
    Pictures(const Request& request, const Job& job, const Finishing& finished, const torch::Tensor& content,
             int preview_size)
        : request_(request), job_(job), finished_(finished), preview_size_(preview_size) {
        if (preview_size_ > 0)
            small_content_ = small(content);
    }

    Size preview_size() const { return {width_of(small_content_), height_of(small_content_)}; }
    // A better picture than those with a smaller side has been shown already.
    void begin_at(int longest_side) { shown_from_ = longest_side; }

    // The pictures that are due; empty: none.
    struct Due {
        Image preview, snapshot;
    };
    Due due(const OptimizeProgress& progress, int longest_side) {
        Due pictures;
        const auto now = Clock::now();
        // A preview of a large picture takes time itself; at most a tenth of the time goes into previews.
        const auto wait = std::max<Clock::duration>(between_previews, 10 * preview_took_);
        if (preview_size_ > 0 && longest_side >= shown_from_ &&
            (!last_preview_ || now - *last_preview_ >= wait)) {
            pictures.preview = finished_(small(*progress.picture), [&] { return small_content_; });
            last_preview_ = Clock::now();
            preview_took_ = *last_preview_ - now;
        }
        if (request_.snapshot_every > 0 && progress.step % request_.snapshot_every == 0)
            pictures.snapshot = finished_(cropped(*progress.picture, job_), [&] {
                return to_tensor(request_.content, progress.picture->device());
            });
        return pictures;
    }

  private:
    // Reduced before the margin is cut off, since a part of a large picture would be copied.
    torch::Tensor small(const torch::Tensor& picture) const {
        const auto whole = cropped(picture, job_);
        // Rounding may add a pixel on either side.
        const double most = std::max(1, preview_size_ - 2);
        const double factor = std::min(1.0, most / std::max(width_of(whole), height_of(whole)));
        const auto side = [&](int full) { return std::max(1, int(std::lround(full * factor))); };
        return cropped(resized(picture, side(width_of(picture)), side(height_of(picture))), job_);
    }

    const Request& request_;
    const Job& job_;
    const Finishing& finished_;
    int preview_size_;
    int shown_from_ = 0;
    torch::Tensor small_content_;
    std::optional<Clock::time_point> last_preview_;
    Clock::duration preview_took_{};
};

} // namespace

struct Engine::Impl {
    OpenOptions options;
    torch::Device device;           // the chosen one, or the CPU after it has failed
    FeatureNetwork feature_network; // float32, as read
    // At opening time; later LibTorch keeps what it has freed.
    std::uint64_t free_on_device = free_memory(device);
    OnePass one_pass{options};
    // The network that `Settings::network` named last, as read.
    struct Added {
        std::string name;
        std::filesystem::file_time_type written; // another one may be added under its name
        FeatureNetwork network;
    };
    std::optional<Added> added{};
    // A network as last used.
    struct Adapted {
        std::optional<FeatureNetwork> network{};
        torch::ScalarType wanted = torch::kFloat32; // which not every network has
        std::string name{};                         // as in the settings
        Pooling pooling = Pooling::network;
        std::vector<std::string> tapped{};
    };
    Adapted adapted{}, adapted_encoder{};
    std::optional<FeatureNetwork>
        own_encoder{};         // where paintings of one pass have another network, once it is needed
    std::string unused_card{}; // why the card does not paint; until it has been told

    // What `work` makes on `device` or, if that fails, on the CPU, with what to tell about that.
    template <typename Work>
    auto on_some_device(Work work);

    // The one of that name, as read; empty: that of the engine.
    const FeatureNetwork& whole_network(const std::string& name);
    const FeatureNetwork& adapt(const FeatureNetwork& whole, const std::string& name, Adapted& adapted,
                                const Settings& settings);
    const FeatureNetwork& network(const Settings& settings) {
        return adapt(whole_network(settings.network), settings.network, adapted, settings);
    }
    // For one-pass paintings, as read.
    const FeatureNetwork& whole_encoder();
    const FeatureNetwork& encoder(const Settings& settings) {
        return adapt(whole_encoder(), {}, adapted_encoder, settings);
    }
    std::uint64_t memory_limit(const Request& request) const;
    Job job(const Request& request, const FeatureNetwork& network) const;
    [[noreturn]] void refuse(const Request& request, const Job& job, const FeatureNetwork& network) const;
    OptimizeInput input(const Request& request, const Job& job, torch::Device where) const;
    Image in_one_pass(const Request& request, Size size, const std::stop_token& stop);
    // A one-pass painting at the size of the first scale, with the job's margin around it.
    torch::Tensor instant_start(const Request& request, const Job& job, const std::stop_token& stop);
    // `seconds_per_pixel` is measured if it is unknown, which takes a good part of a second.
    Estimate estimate(const Request& request, std::optional<double>& seconds_per_pixel);
    Quality quality_in_time(const Request& request);
    // Chooses a quality that fits the time limit; returns what to tell the user.
    std::string hurry(Request& request);
    void show_first_look(const Request& request, const Job& job, Pictures& pictures, Reports& report,
                         const std::stop_token& stop);
    // Continues on another device, or in float32, if `network` fails, which is then replaced.
    torch::Tensor walk(const Request& request, const Job& job, FeatureNetwork& network, OptimizeInput& input,
                       const OptimizeReports& reports, const std::stop_token& stop,
                       const std::stop_token& keep);
    Image walked_to(const Request& request, std::string_view notice, Reports& report,
                    const std::stop_token& stop, const std::stop_token& keep);
    // For processes that paint together: all take the precision that rank 0 has found the fastest, and each
    // its share of its computer's free memory. Refuses what cannot be shared.
    void agree(Request& request);
    Image paint(Request request, const UpdateCallback& update, const std::stop_token& stop);
    // On `device`.
    Image painted(const Request& request, std::string_view notice, Reports& report,
                  const std::stop_token& stop, const std::stop_token& keep);
};

template <typename Work>
auto Engine::Impl::on_some_device(Work work) {
    const auto chosen = device;
    Error failure;
    try {
        return work(std::string());
    } catch (...) {
        failure = error_in_flight();
        if (device.is_cpu() || !may_lie_in_device(failure.code))
            throw;
    }
    device = torch::kCPU;
    auto made = work(formatted("{} failed: {} The painting begins anew on the CPU.",
                               describe(chosen).description, failure.message));
    if (failure.code == ErrorCode::out_of_memory) // another painting may fit
        device = chosen;
    return made;
}

const FeatureNetwork& Engine::Impl::whole_network(const std::string& name) {
    if (name.empty())
        return feature_network;
    const auto file = network_named(name, options.networks);
    std::error_code ignored;
    const auto written = std::filesystem::last_write_time(file, ignored);
    if (!added || added->name != name || added->written != written) {
        added.reset(); // two would take twice the memory
        adapted = {};
        added.emplace(name, written, FeatureNetwork(Weights::read(file), device));
    }
    return added->network;
}

const FeatureNetwork& Engine::Impl::adapt(const FeatureNetwork& whole, const std::string& name,
                                          Adapted& adapted, const Settings& settings) {
    const auto wanted = chosen_type(settings.precision, device);
    const auto tapped = named_layers(settings);
    if (!adapted.network || adapted.name != name || adapted.wanted != wanted ||
        adapted.network->device() != device || adapted.pooling != settings.pooling ||
        adapted.tapped != tapped)
        adapted = {whole.adapted(device, wanted, settings.pooling, tapped), wanted, name, settings.pooling,
                   tapped};
    return *adapted.network;
}

const FeatureNetwork& Engine::Impl::whole_encoder() {
    if (options.encoder.empty())
        return feature_network;
    if (!own_encoder)
        own_encoder.emplace(Weights::read(options.encoder), device);
    return *own_encoder;
}

std::uint64_t Engine::Impl::memory_limit(const Request& request) const {
    if (request.memory_limit > 0 && options.memory_limit > 0)
        return std::min(request.memory_limit, options.memory_limit);
    if (const auto wanted = std::max(request.memory_limit, options.memory_limit); wanted > 0)
        return wanted;
    // If a device does not tell, its allocator is the limit, and tiles shrink as needed.
    const auto free = device.is_cpu() ? free_host_memory() : free_on_device;
    return free == unknown_memory ? free : std::uint64_t(fair_share * double(free) / options.engines);
}

Job Engine::Impl::job(const Request& request, const FeatureNetwork& network) const {
    Job job;
    job.size = worked_size(request.content, request.settings);
    const int least_side =
        network.smallest_side(dreams(request.settings) ? deepest_dreamed(network, request.settings)
                                                       : deepest_layer(network, request.settings));
    // A picture that wraps has no border to protect.
    if (!request.settings.seamless)
        job.margin = margin_around(job.size, least_side);
    job.sizes = {.content = {request.content.width(), request.content.height()},
                 .content_bytes = request.content.picture_bytes(),
                 .painted = with_margin(job.size, job.margin),
                 .styles = {},
                 .masks = request.protect.width > 0 ? 1 : 0};
    if (request.motion.moved.width > 0) // a picture and a mask
        job.sizes.masks += 4;
    for (const auto& style : request.styles) {
        job.sizes.styles.push_back({style.picture.width, style.picture.height});
        job.sizes.alphas.push_back(style.alpha.width > 0);
        job.sizes.masks += style.region.width > 0 ? 1 : 0;
    }
    if (std::min(job.sizes.painted.width, job.sizes.painted.height) < least_side)
        throw Failure(
            ErrorCode::invalid_request,
            formatted("The content picture is too small for this network, which needs {} pixels on the "
                      "shorter side. Choose a larger one.",
                      least_side));
    const auto begin = request.refine.width > 0         ? Begin::painting
                       : request.motion.moved.width > 0 ? Begin::motion
                       : begins_instantly(request)      ? Begin::instant
                                                        : Begin::anew;
    auto settings = request.settings;
    // Strokes are a share of the picture, without its margin.
    const double painted_side = std::sqrt(job.sizes.painted.pixels());
    settings.stroke_size *= std::sqrt(job.size.pixels()) / painted_side;
    job.plan = dreams(settings)
                   ? plan_dream(network, settings, job.sizes.painted, begin)
                   : plan_optimize(network, settings, job.sizes.painted, job.sizes.styles, begin);
    job.limit = memory_limit(request);
    job.fits = fit_tiles(network, job.plan, request.settings, job.sizes, job.limit);
    job.memory_needed = memory_needed(network, job.plan, request.settings, job.sizes);
    if (request.ranks)
        fit_strip(network, settings, *request.ranks, job);
    if (const double share = seen_share(network, job.plan); job.fits && share > bearable_share)
        job.plan.notices.push_back(
            formatted("This network sees {} pixels around each tile, so that tiles take {:.0f} times the "
                      "work of the whole painting. A higher memory limit saves that.",
                      network.halo(job.plan.deepest), share));
    return job;
}

void Engine::Impl::refuse(const Request& request, const Job& job, const FeatureNetwork& network) const {
    if (request.ranks) // which paint no smaller picture
        throw over_limit(job.memory_needed, job.limit, 0);
    auto smaller = request;
    int fits = 0;
    for (int least = SettingsRange::size_min, most = std::max(job.size.width, job.size.height);
         least < most;) {
        const int middle = smaller.settings.size_limit = (least + most + 1) / 2;
        if (this->job(smaller, network).fits)
            fits = least = middle;
        else
            most = middle - 1;
    }
    throw over_limit(job.memory_needed, job.limit, fits);
}

OptimizeInput Engine::Impl::input(const Request& request, const Job& job, torch::Device where) const {
    const auto [across, down] = job.margin;
    const auto prepared = [&](const auto& view) -> torch::Tensor {
        if (view.empty())
            return {};
        const auto sized = resized(to_tensor(view, where), job.size.width, job.size.height);
        return across + down > 0 ? torch::reflection_pad2d(sized, {across, across, down, down}) : sized;
    };
    const auto& settings = request.settings;
    std::optional<SharedInput> shared;
    if (request.ranks)
        shared = {.ranks = request.ranks,
                  .content = rows_of(request.content, job.margin),
                  .height = job.sizes.painted.height,
                  .kept = request.kept};
    OptimizeInput input{.content = shared ? torch::Tensor() : prepared(request.content),
                        .shared = std::move(shared),
                        .styles = {},
                        .protect = prepared(request.protect),
                        .refine = prepared(request.refine),
                        .moved = prepared(request.motion.moved),
                        .trusted = prepared(request.motion.trusted),
                        .steadiness = request.motion.steadiness};
    for (std::size_t i = 0; i < request.styles.size(); ++i) {
        const auto& style = request.styles[i];
        auto seen = seen_style(style.picture, style.alpha, where);
        if (settings.colors == Colors::content && settings.color_transfer == ColorTransfer::match)
            seen.picture =
                with_palette(seen.picture, palette_map(seen.picture, {{input.content}}, 1, seen.alpha));
        input.styles.push_back({.seen = seen,
                                .share = settings.blend.empty() ? 1 : settings.blend[i],
                                .region = prepared(style.region)});
    }
    return input;
}

torch::Tensor Engine::Impl::instant_start(const Request& request, const Job& job,
                                          const std::stop_token& stop) {
    const auto& first = job.plan.scales.front();
    const double across = double(first.width) / job.sizes.painted.width,
                 down = double(first.height) / job.sizes.painted.height;
    const Size inside{std::max(1, int(std::lround(job.size.width * across))),
                      std::max(1, int(std::lround(job.size.height * down)))};
    auto plain = request; // colours and detail are applied at the end
    plain.settings.detail = 0;
    if (plain.settings.color_transfer == ColorTransfer::luminance)
        plain.settings.colors = Colors::style;
    const auto left = (first.width - inside.width) / 2, top = (first.height - inside.height) / 2;
    return torch::reflection_pad2d(
        to_tensor(in_one_pass(plain, inside, stop), torch::kCPU),
        {left, first.width - inside.width - left, top, first.height - inside.height - top});
}

// The painting of `Quality::instant`.
Image Engine::Impl::in_one_pass(const Request& request, Size size, const std::stop_token& stop) {
    auto instant = request;
    instant.settings.quality = Quality::instant;
    instant.settings.trained_style.clear();
    instant.refine = {};
    return one_pass.paint(
        instant, size, encoder(request.settings), whole_encoder(), memory_limit(request),
        [](const Update&) {}, stop);
}

Estimate Engine::Impl::estimate(const Request& request, std::optional<double>& seconds_per_pixel) {
    if (request.settings.colors == Colors::palette)
        return recoloring_estimate(request, painting_size(request.content, request.settings), device);
    if (OnePass::paints(request.settings))
        return one_pass.estimate(request, worked_size(request.content, request.settings),
                                 encoder(request.settings), whole_encoder(), memory_limit(request));
    const auto& network = this->network(request.settings);
    const auto job = this->job(request, network);
    if (!seconds_per_pixel) {
        const KeptMemory kept;
        seconds_per_pixel = measured_seconds_per_pixel(network, job.plan);
    }
    return {.memory_needed = job.memory_needed,
            .time_needed = time_needed(network, job.plan, *seconds_per_pixel),
            .tiles = tile_count(network, job.plan)};
}

// The best quality that is expected to fit the time limit, or else the fastest.
Quality Engine::Impl::quality_in_time(const Request& request) {
    auto faster = request;
    const auto least = one_pass.has_decoder() && request.refine.width == 0 && !dreams(request.settings)
                           ? Quality::instant
                           : Quality::draft;
    auto& quality = faster.settings.quality;
    std::optional<double> seconds_per_pixel;
    while (quality > least && estimate(faster, seconds_per_pixel).time_needed > request.settings.time_limit)
        quality = Quality(int(quality) - 1);
    return quality;
}

std::string Engine::Impl::hurry(Request& request) {
    auto& settings = request.settings;
    if (settings.time_limit == 0 || OnePass::paints(settings) || settings.colors == Colors::palette)
        return {};
    const auto quality = quality_in_time(request);
    if (quality == settings.quality)
        return {};
    settings.quality = quality;
    return formatted("To be done in {} seconds, the quality is {}.", settings.time_limit, name_of(quality));
}

// The one-pass painting is shown until the optimiser's pictures are as large.
void Engine::Impl::show_first_look(const Request& request, const Job& job, Pictures& pictures,
                                   Reports& report, const std::stop_token& stop) {
    if (!report.are_heard() || options.preview_size == 0 || !one_pass.has_decoder() ||
        request.refine.width > 0 || request.motion.moved.width > 0 || dreams(request.settings))
        return;
    const auto look = guarded([&] { return in_one_pass(request, pictures.preview_size(), stop); });
    stop_if_asked(stop);
    Update update{.stage = Stage::preparing, .width = job.size.width, .height = job.size.height};
    if (look) {
        update.preview = *look;
        report(update);
        pictures.begin_at(std::max(look->width(), look->height()) / 2);
    } else if (look.error().code == ErrorCode::bad_weights) { // the painting itself does not need it
        const auto notice = formatted("There is no first look. {}", look.error().message);
        update.notice = notice;
        report(update);
    }
}

torch::Tensor Engine::Impl::walk(const Request& request, const Job& job, FeatureNetwork& network,
                                 OptimizeInput& input, const OptimizeReports& reports,
                                 const std::stop_token& stop, const std::stop_token& keep) {
    const auto& settings = request.settings;
    OptimizeState state;
    for (;;) {
        try {
            return (dreams(settings) ? dream : optimize)(network, job.plan, input, settings, state, reports,
                                                         stop, keep);
        } catch (const NotFinite&) {
            if (network.type() == torch::kFloat32)
                throw;
            if (request.ranks)
                throw Failure(ErrorCode::internal,
                              "The numbers of this painting became too large for bfloat16. Start it again "
                              "with --precision float32.");
            network =
                whole_network(settings.network)
                    .adapted(network.device(), torch::kFloat32, settings.pooling, named_layers(settings));
        } catch (...) {
            if (network.device().is_cpu() || !may_lie_in_device(error_in_flight().code))
                throw;
            network = whole_network(settings.network)
                          .adapted(torch::kCPU, torch::kFloat32, settings.pooling, named_layers(settings));
        }
        // What depends on the network is computed again; what is painted stays.
        reports.on_notice(
            formatted("The painting goes on in float32 on {}.", describe(network.device()).description));
        input = this->input(request, job, network.device());
        if (state.painting.defined())
            state.painting = state.painting.to(network.device());
        state.walk = {};
    }
}

Image Engine::Impl::walked_to(const Request& request, std::string_view notice, Reports& report,
                              const std::stop_token& stop, const std::stop_token& keep) {
    auto network = this->network(request.settings);
    const auto job = this->job(request, network);
    if (!job.fits)
        refuse(request, job, network);
    const auto tell = [&](std::string_view what) {
        report(
            {.stage = Stage::preparing, .width = job.size.width, .height = job.size.height, .notice = what});
    };
    tell(notice);
    for (const auto& about_plan : job.plan.notices)
        tell(about_plan);

    auto input = this->input(request, job, device);
    Image collected; // from the processes that paint together
    if (input.shared)
        input.shared->painting = into(collected, job);
    const Finishing finished(request, input, job, stop);
    Pictures pictures(request, job, finished, input.content, request.ranks ? 0 : options.preview_size);
    show_first_look(request, job, pictures, report, stop);
    if (begins_instantly(request))
        input.refine = instant_start(request, job, stop).to(network.device());

    const auto on_progress = [&](const OptimizeProgress& progress) {
        const auto whole = cropped(progress.scale, job);
        Update next{.fraction = progress.fraction,
                    .stage = Stage::painting,
                    .iteration = progress.iteration,
                    .iterations = progress.scale.iterations,
                    .width = whole.width,
                    .height = whole.height,
                    .losses = progress.losses};
        const auto due =
            report.are_heard() ? pictures.due(progress, std::max(next.width, next.height)) : Pictures::Due{};
        next.preview = due.preview;
        next.snapshot = due.snapshot;
        report(next);
    };
    const auto is_snapshot = [&](int step) {
        return request.snapshot_every > 0 && step % request.snapshot_every == 0;
    };
    const auto painted = walk(request, job, network, input, {on_progress, tell, is_snapshot}, stop, keep);
    report({.fraction = 1, .stage = Stage::finishing, .width = job.size.width, .height = job.size.height});
    input = {};
    if (request.ranks)
        return collected;
    return finished(cropped(painted, job), [&] { return to_tensor(request.content, network.device()); });
}

void Engine::Impl::agree(Request& request) {
    if (!device.is_cpu())
        throw Failure(ErrorCode::no_device,
                      "Processes that paint one picture together compute on CPUs: give --device cpu.");
    // Before any of them has taken its share.
    if (options.memory_limit == 0 && request.memory_limit == 0)
        request.memory_limit = memory_limit(request) / std::uint64_t(request.ranks->count_here());
    double exact = 0;
    if (request.ranks->rank() == 0)
        exact = chosen_type(request.settings.precision, device) == torch::kFloat32 ? 1 : 0;
    request.ranks->sum({&exact, 1});
    request.settings.precision = exact != 0 ? Precision::float32 : Precision::bfloat16;
    const auto& network = whole_network(request.settings.network);
    if (network.beyond(deepest_layer(network, request.settings)) > 0 ||
        (request.settings.smoothing == Smoothing::network && network.is_smoothed()))
        throw Failure(ErrorCode::invalid_request,
                      "Processes that paint one picture together need a network whose layers are padded and "
                      "not smoothed. Choose another network, or start one process, without mpirun.");
}

Image Engine::Impl::paint(Request request, const UpdateCallback& update, const std::stop_token& stop) {
    const torch::NoGradGuard no_grad;
    const KeptMemory kept(OnePass::paints(request.settings) ? one_pass_layer : 0);
    check(request);
    if (request.ranks)
        agree(request);
    const auto& settings = request.settings;
    const Deadline deadline(request.keep, settings.time_limit);
    if (settings.strength == 0 && !settings.texture)
        return photo_itself(request, painting_size(request.content, settings));
    Reports report(update, stop);
    const auto told = std::exchange(unused_card, {});
    return on_some_device([&](const std::string& failed) {
        const auto notice = joined({told, failed, hurry(request)});
        return painted(request, notice, report, stop, deadline.keep());
    });
}

Image Engine::Impl::painted(const Request& request, std::string_view notice, Reports& report,
                            const std::stop_token& stop, const std::stop_token& keep) {
    const auto& settings = request.settings;
    if (OnePass::paints(settings)) {
        const auto size = worked_size(request.content, settings);
        report({.stage = Stage::preparing, .width = size.width, .height = size.height, .notice = notice});
        return held(one_pass.paint(
                        request, size, encoder(settings), whole_encoder(), memory_limit(request),
                        [&](const Update& next) { report(next); }, stop),
                    request.motion, stop);
    }
    if (settings.colors == Colors::palette) {
        const auto size = painting_size(request.content, settings);
        report({.stage = Stage::preparing, .width = size.width, .height = size.height, .notice = notice});
        return recolored(request, size, device, memory_limit(request), stop);
    }
    auto painting = walked_to(request, notice, report, stop, keep);
    return dreams(settings) ? held(std::move(painting), request.motion, stop) : painting;
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::open(const OpenOptions& options) {
    return guarded([&] {
        const auto weights = Weights::read(options.feature_network);
        std::unique_ptr<Impl> impl;
        auto chosen = chosen_device(options.device, [&](torch::Device where) {
            impl = std::make_unique<Impl>(options, where, FeatureNetwork(weights, where));
        });
        impl->unused_card = std::move(chosen.notice);
        return Engine(std::move(impl));
    });
}

Result<Image> Engine::paint(const Request& request, const UpdateCallback& update, std::stop_token stop) {
    return guarded([&] {
        auto painting = impl_->paint(request, update, stop);
        if (painting.empty()) // rank 0 has it
            return painting;
        const auto size = painting_size(request.content, request.settings);
        if (painting.width() == size.width && painting.height() == size.height)
            return painting;
        return to_image(resized(to_tensor(painting, torch::kCPU), size.width, size.height));
    });
}

Result<Estimate> Engine::estimate(const Request& request) {
    return guarded([&] {
        check(request);
        return impl_->on_some_device([&](const std::string&) {
            std::optional<double> seconds_per_pixel;
            return impl_->estimate(request, seconds_per_pixel);
        });
    });
}

DeviceDescription Engine::device() const {
    return describe(impl_->device);
}

Result<DeviceSpeed> Engine::measure_speed() {
    return guarded([&] { return measured_speed(impl_->device); });
}

Result<std::vector<std::string>> Engine::layers(const std::string& network) {
    return guarded([&] { return impl_->whole_network(network).layers(); });
}

Result<std::string> Engine::missing_layer(const Settings& settings) {
    return guarded([&]() -> std::string {
        for (const auto& name : named_layers(settings))
            if (!impl_->whole_network(settings.network).can_tap(name))
                return name;
        return {};
    });
}

double Engine::operations() const {
    const auto& network = impl_->feature_network;
    constexpr int side = 256; // large enough for every stride
    int deepest = 0;
    for (const auto* taps : {&network.style_taps(), &network.content_taps()})
        for (const auto& name : *taps)
            deepest = std::max(deepest, network.layer(name));
    return network.cost(side, side, deepest).operations / (double(side) * side);
}

std::vector<AddedNetwork> Engine::added_networks(const std::filesystem::path& folder) {
    return guarded([&] { return networks_in(folder); }).value_or(std::vector<AddedNetwork>{});
}

bool Engine::instant() const {
    return impl_->one_pass.has_decoder();
}

TrainedStyles Engine::trained_styles(const std::filesystem::path& folder) {
    return guarded([&] { return styles_in(folder); }).value_or(TrainedStyles{});
}

std::vector<DeviceDescription> Engine::devices() {
    return guarded([] { return all_devices(); }).value_or(std::vector<DeviceDescription>{});
}

void Engine::use_all_cores(int processes, int engines) {
    at::set_num_threads(std::max(1, usable_cores(processes) / engines));
}

std::string Engine::version() {
    return NEURAL_STYLE_VERSION;
}

} // namespace neural_style
