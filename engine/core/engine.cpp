// SPDX-License-Identifier: GPL-3.0-or-later
#include "backbone.hpp"
#include "color.hpp"
#include "device.hpp"
#include "estimate.hpp"
#include "guarded.hpp"
#include "optimize.hpp"
#include "tensor.hpp"

#include <neural_style/engine.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <format>
#include <limits>
#include <optional>
#include <torch/types.h>

namespace neural_style {

namespace {

using Clock = std::chrono::steady_clock;

// Often enough for a picture that seems to grow, seldom enough to cost nothing.
constexpr std::chrono::milliseconds between_previews{400};

void check_size(const char* what, ImageView image) {
    if (image.width < 1 || image.height < 1)
        throw Failure(ErrorCode::invalid_request, std::format("There is no {} picture; choose one.", what));
    if (image.width < SettingsRange::size_min || image.height < SettingsRange::size_min)
        throw Failure(
            ErrorCode::invalid_request,
            std::format("The {} picture is {} x {} pixels; at least {} x {} are needed. Choose a larger one.",
                        what, image.width, image.height, SettingsRange::size_min, SettingsRange::size_min));
}

// The painting's size: the content's, made smaller where the settings limit the longest side.
Size painting_size(ImageView content, const Settings& settings) {
    const int longest = std::max(content.width, content.height);
    if (settings.size_limit == 0 || settings.size_limit >= longest)
        return {content.width, content.height};
    const double factor = double(settings.size_limit) / longest;
    return {std::max(SettingsRange::size_min, int(std::lround(content.width * factor))),
            std::max(SettingsRange::size_min, int(std::lround(content.height * factor)))};
}

// Mirrored pixels painted around the picture and cut off at the end. Border pixels take part in fewer
// features than others and come out as a frame; and thin pictures reach the network's deepest layer only with
// a margin.
struct Margin {
    int across = 0; // on the left, and again on the right
    int down = 0;
};

constexpr double margin_share = 1.0 / 32; // of a side; the frame is never wider, seen by eye
constexpr int least_margin = 8, most_margin = 64;

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

std::string gigabytes(std::uint64_t bytes) {
    return std::format("{:.1f} GB", double(bytes) / 1e9);
}

} // namespace

struct Engine::Impl {
    OpenOptions options;
    torch::Device device;
    Backbone backbone;
    std::optional<double> seconds_per_pixel;

    struct Job {
        Size size; // of the painting
        Margin margin;
        Size painted; // the same with its margin
        OptimizePlan plan;
        std::uint64_t memory_needed = 0;
    };

    Job job(const Request& request) const;
    std::uint64_t memory_limit(const Request& request) const;
    Image paint(const Request& request, const UpdateCallback& update, const std::stop_token& stop);
    torch::Tensor recolored(const torch::Tensor& painting, const torch::Tensor& content,
                            const Settings& settings) const;
    std::optional<Image> preview(const torch::Tensor& picture, const torch::Tensor& content, const Job& job,
                                 const Settings& settings) const;
};

Engine::Impl::Job Engine::Impl::job(const Request& request) const {
    if (auto error = check(request.settings))
        throw Failure(error->code, error->message);
    check_size("content", request.content);
    if (request.styles.empty())
        throw Failure(ErrorCode::invalid_request, "There is no style picture; choose one.");
    for (const auto& style : request.styles)
        check_size("style", style.picture);
    Job job;
    job.size = painting_size(request.content, request.settings);
    const auto& first = request.styles.front().picture;
    const Size style{first.width, first.height};
    const int least_side = backbone.smallest_side(deepest_layer(backbone, request.settings));
    job.margin = margin_around(job.size, least_side);
    job.painted = with_margin(job.size, job.margin);
    if (std::min(job.painted.width, job.painted.height) < least_side)
        throw Failure(
            ErrorCode::invalid_request,
            std::format("The content picture is too small for this network, which needs {} pixels on the "
                        "shorter side. Choose a larger one.",
                        least_side));
    job.plan = plan_optimize(backbone, request.settings, job.painted, style);
    job.memory_needed = memory_needed(backbone, job.plan, request.settings,
                                      {request.content.width, request.content.height}, style);
    return job;
}

std::uint64_t Engine::Impl::memory_limit(const Request& request) const {
    if (request.memory_limit > 0 && options.memory_limit > 0)
        return std::min(request.memory_limit, options.memory_limit);
    if (const auto wanted = std::max(request.memory_limit, options.memory_limit); wanted > 0)
        return wanted;
    // Of CUDA devices LibTorch does not tell; there the allocator itself is the limit.
    return device.is_cpu() ? free_host_memory() : std::numeric_limits<std::uint64_t>::max();
}

torch::Tensor Engine::Impl::recolored(const torch::Tensor& painting, const torch::Tensor& content,
                                      const Settings& settings) const {
    return settings.colors == Colors::content ? with_colors_of(painting, content) : painting;
}

std::optional<Image> Engine::Impl::preview(const torch::Tensor& picture, const torch::Tensor& content,
                                           const Job& job, const Settings& settings) const {
    if (options.preview_size <= 0)
        return std::nullopt;
    const double across = double(width_of(picture)) / job.painted.width;
    const double down = double(height_of(picture)) / job.painted.height;
    const int left = int(job.margin.across * across), top = int(job.margin.down * down);
    const int width = width_of(picture) - 2 * left, height = height_of(picture) - 2 * top;
    const double factor = std::min(1.0, double(options.preview_size) / std::max(width, height));
    const int small_width = std::max(1, int(std::lround(width * factor)));
    const int small_height = std::max(1, int(std::lround(height * factor)));
    const auto small =
        resized(picture.narrow(3, left, width).narrow(2, top, height).clamp(0, 1), small_width, small_height);
    return to_image(recolored(small, resized(content, small_width, small_height), settings));
}

Image Engine::Impl::paint(const Request& request, const UpdateCallback& update, const std::stop_token& stop) {
    const torch::NoGradGuard no_grad;
    const auto& settings = request.settings;
    const auto job = this->job(request);
    if (const auto limit = memory_limit(request); job.memory_needed > limit)
        throw Failure(
            ErrorCode::over_limit,
            std::format("This painting needs {} of memory and {} may be used. Choose a smaller size limit.",
                        gigabytes(job.memory_needed), gigabytes(limit)));
    double fraction = 0;
    const auto report = [&](Update next) {
        stop_if_asked(stop);
        fraction = next.fraction = std::clamp(next.fraction, fraction, 1.0);
        if (update)
            update(next);
        stop_if_asked(stop);
    };
    report({.stage = Stage::preparing, .width = job.size.width, .height = job.size.height});

    const auto content = resized(to_tensor(request.content, device), job.size.width, job.size.height);
    const auto style = to_tensor(request.styles.front().picture, device);
    if (settings.colors == Colors::palette)
        return to_image(torch::lerp(content, with_palette_of(content, style), settings.strength));

    const auto [across, down] = job.margin;
    const auto mirrored = torch::reflection_pad2d(content, {across, across, down, down});
    std::optional<Clock::time_point> last_preview;
    const auto on_progress = [&](const OptimizeProgress& progress) {
        Update next{.fraction = progress.fraction,
                    .stage = Stage::painting,
                    .iteration = progress.iteration,
                    .iterations = progress.scale.iterations,
                    .width = progress.scale.width,
                    .height = progress.scale.height,
                    .content_loss = progress.losses.content,
                    .style_loss = progress.losses.style,
                    .tv_loss = progress.losses.tv,
                    .preview = {}};
        std::optional<Image> picture;
        if (update && (!last_preview || Clock::now() - *last_preview >= between_previews)) {
            picture = preview(*progress.picture, content, job, settings);
            if (picture)
                next.preview = *picture;
            last_preview = Clock::now();
        }
        report(next);
    };
    const auto painted = optimize(backbone, job.plan, mirrored, style, settings, on_progress, stop);
    report({.fraction = 1, .stage = Stage::finishing, .width = job.size.width, .height = job.size.height});
    const auto cropped = painted.narrow(3, across, job.size.width).narrow(2, down, job.size.height);
    return to_image(recolored(cropped, content, settings));
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::open(const OpenOptions& options) {
    return guarded([&] {
        const auto device = chosen_device(options.device);
        return Engine(
            std::make_unique<Impl>(options, device, Backbone(Weights::read(options.backbone), device)));
    });
}

Result<Image> Engine::paint(const Request& request, const UpdateCallback& update, std::stop_token stop) {
    return guarded([&] { return impl_->paint(request, update, stop); });
}

Result<Estimate> Engine::estimate(const Request& request) {
    return guarded([&] {
        const auto job = impl_->job(request);
        if (!impl_->seconds_per_pixel)
            impl_->seconds_per_pixel = measured_seconds_per_pixel(impl_->backbone, job.plan.deepest);
        return Estimate{.memory_needed = job.memory_needed,
                        .time_needed = time_needed(job.plan, *impl_->seconds_per_pixel)};
    });
}

DeviceDescription Engine::device() const {
    return describe(impl_->device);
}

DeviceSpeed Engine::measure_speed() {
    return measured_speed(impl_->device);
}

std::vector<std::string> Engine::layers() const {
    return impl_->backbone.layers();
}

std::vector<DeviceDescription> Engine::devices() {
    return all_devices();
}

std::string Engine::version() {
    return NEURAL_STYLE_VERSION;
}

} // namespace neural_style
