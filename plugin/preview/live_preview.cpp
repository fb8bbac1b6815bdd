// SPDX-License-Identifier: GPL-3.0-or-later
#include "live_preview.hpp"

#include <utility>

namespace neural_style::plugin {
namespace {

/// An engine that dies more often in a row is reported.
constexpr int restarts_max = 1;

EngineJob job_of(const PreviewOrder& order, const Settings& settings) {
    EngineJob job{.settings = settings,
                  .content = *order.content,
                  .styles = {},
                  .protect = order.protect.get(),
                  .refine = order.refine.get(),
                  .memory_limit = order.memory_limit};
    for (const auto& style : order.styles)
        job.styles.push_back(
            {.picture = *style.picture, .region = style.region.get(), .alpha = style.alpha.get()});
    return job;
}

} // namespace

Settings first_look(const Settings& chosen, bool instant, bool refines) {
    constexpr int draft_longest = 160;
    Settings settings = chosen;
    if (instant && !refines && chosen.manner != Manner::dream) { // which Instant does not support
        settings.quality = Quality::instant;
        return settings;
    }
    if (!chosen.trained_style.empty() || chosen.quality == Quality::instant) // already one pass
        return settings;
    settings.quality = Quality::draft;
    settings.iterations.reset();
    if (settings.size_limit == 0 || settings.size_limit > draft_longest)
        settings.size_limit = draft_longest;
    return settings;
}

LivePreview::LivePreview(EngineSource engine, OrderSource order, PreviewEvents events, PreviewTimes times)
    : engine_(std::move(engine)), order_(std::move(order)), events_(std::move(events)), times_(times),
      self_(std::make_shared<LivePreview*>(this)) {}

LivePreview::~LivePreview() {
    *self_ = nullptr;
    drop();
}

void LivePreview::enter(PreviewStep step) {
    step_ = step;
    if (events_.step)
        events_.step(step);
}

void LivePreview::drop() {
    timer_.stop();
    if (const JobNumber job = std::exchange(job_, 0))
        at_->cancel(job);
}

void LivePreview::changed(bool at_once) {
    drop();
    stale_ = true;
    restarts_ = 0;
    change_ = Clock::now();
    if (paused_)
        return;
    enter(PreviewStep::waiting);
    if (at_once)
        begin(false);
    else
        timer_.start(times_.after_change, [this] { begin(false); });
}

void LivePreview::arrived() {
    if (step_ == PreviewStep::waiting && !timer_.runs() && !paused_)
        begin(false);
}

void LivePreview::pause() {
    paused_ = true;
    if (step_ == PreviewStep::waiting || step_ == PreviewStep::first_look)
        stale_ = true;
    drop();
}

void LivePreview::resume() {
    if (!std::exchange(paused_, false))
        return;
    if (stale_)
        changed();
    else if (step_ != PreviewStep::finished)
        timer_.start(times_.rest, [this] { begin(true); });
}

void LivePreview::begin(bool chosen_quality) {
    auto order = order_(chosen_quality);
    if (!order)
        return fail(order.error());
    if (!*order)
        return enter(PreviewStep::waiting);
    auto engine = engine_();
    if (!engine)
        return fail(engine.error());
    if (!*engine)
        return enter(PreviewStep::waiting);
    // The answer's callback owns the order, so the pictures live as long as the job.
    const auto shared = std::make_shared<const PreviewOrder>(*std::move(*order));
    const auto self = self_;
    at_ = *engine;
    const auto* hello = at_->hello();
    const auto first = first_look(shared->settings, hello && hello->instant, shared->refine != nullptr);
    const bool more = !chosen_quality && first != shared->settings;
    auto job = at_->begin(
        job_of(*shared, chosen_quality ? shared->settings : first),
        [self, shared, chosen_quality](const protocol::Update& update) {
            if (*self && chosen_quality && (*self)->events_.growing)
                (*self)->events_.growing(*shared, update);
        },
        // The number is not known yet, and an outdated answer must not be mistaken for the expected one.
        [self, shared, chosen_quality, more, change = change_](Result<EnginePainting> painting) {
            if (*self && (*self)->change_ == change &&
                (painting || painting.error().code != ErrorCode::cancelled))
                (*self)->answer(*shared, chosen_quality, more, std::move(painting));
        });
    if (!job)
        return fail(job.error());
    job_ = *job;
    enter(chosen_quality ? PreviewStep::growing : PreviewStep::first_look);
}

void LivePreview::answer(const PreviewOrder& order, bool chosen_quality, bool more,
                         Result<EnginePainting> painting) {
    job_ = 0;
    if (!painting) {
        begin_anew(painting.error());
        return;
    }
    if (!chosen_quality) {
        latency_ = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - change_);
        stale_ = false;
    }
    const auto self = self_;
    if (events_.painted)
        events_.painted(order, painting->picture, chosen_quality);
    if (!*self || job_ || timer_.runs())
        return;
    if (more && !paused_)
        timer_.start(times_.rest, [this] { begin(true); });
    enter(more ? PreviewStep::resting : PreviewStep::finished);
}

bool LivePreview::lost(const Error& error) {
    if (step_ != PreviewStep::waiting || timer_.runs() || paused_)
        return false;
    begin_anew(error);
    return true;
}

/// Restarts once if the engine died; otherwise reports the error.
void LivePreview::begin_anew(const Error& error) {
    if (error.code != ErrorCode::engine_lost || restarts_ >= restarts_max || paused_)
        return fail(error);
    ++restarts_;
    enter(PreviewStep::waiting);
    timer_.start(times_.after_change, [this] { begin(false); });
}

void LivePreview::fail(const Error& error) {
    enter(PreviewStep::finished);
    if (events_.failed)
        events_.failed(error);
}

} // namespace neural_style::plugin
