// SPDX-License-Identifier: GPL-3.0-or-later
/// Keeps a small painting up to date with settings that change all the time.
///
///     LivePreview preview(engine, [&] { return order_now(); }, {.painted = show});
///     on_change([&] { preview.changed(); });
///
/// Shortly after a change a first look is painted, the fastest there is; if nothing changes for a while after
/// that, the chosen quality grows over it. Outdated jobs are cancelled. An engine that dies meanwhile is
/// restarted once.
#pragma once

#include "engine_client.hpp"
#include "timer.hpp"

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace neural_style::plugin {

using SharedPicture = std::shared_ptr<const protocol::NamedPicture>;

struct PreviewStyle {
    SharedPicture picture;
    SharedPicture region = {}; ///< mask of the content's size; null: everywhere
    SharedPicture alpha = {};  ///< mask of the picture's size; null: all of it is seen
};

/// One preview to paint: small pictures, with the settings adapted to them.
struct PreviewOrder {
    Settings settings; ///< in the chosen quality
    SharedPicture content;
    std::vector<PreviewStyle> styles;
    SharedPicture protect = {};
    SharedPicture refine = {};
    std::uint64_t memory_limit = 0;
};

/// The settings of the first look: one pass if the engine can do it, else a draft at a size that takes about
/// a second. `refines`: it continues a painting, which one pass cannot.
Settings first_look(const Settings& chosen, bool instant, bool refines = false);

enum class PreviewStep { waiting, first_look, resting, growing, finished };

struct PreviewEvents {
    /// The painting of the order: a first look (false) or the chosen quality (true).
    std::function<void(const PreviewOrder&, const protocol::Picture&, bool)> painted = {};
    /// Progress of the chosen quality; the update may have a preview.
    std::function<void(const PreviewOrder&, const protocol::Update&)> growing = {};
    std::function<void(PreviewStep)> step = {};
    std::function<void(const Error&)> failed = {};
};

struct PreviewTimes {
    std::chrono::milliseconds after_change{100};
    std::chrono::milliseconds rest{700}; ///< time without a change before the chosen quality begins
};

class LivePreview {
  public:
    /// The engine to use; errors are reported like those of painting. nullptr: it is still starting; call
    /// `arrived` when it is ready.
    using EngineSource = std::function<Result<EngineClient*>()>;
    /// What to paint, for the chosen quality (true) or the first look, which may be smaller. Nothing: the
    /// pictures are still being read; call `arrived` when they are there.
    using OrderSource = std::function<Result<std::optional<PreviewOrder>>(bool chosen_quality)>;

    LivePreview(EngineSource engine, OrderSource order, PreviewEvents events, PreviewTimes times = {});
    ~LivePreview();
    LivePreview(const LivePreview&) = delete;
    LivePreview& operator=(const LivePreview&) = delete;

    /// Something that affects the painting has changed. More changes may follow, so the first look waits a
    /// little, unless `at_once`.
    void changed(bool at_once = false);
    /// What a first look was waiting for, pictures or the engine, is ready.
    void arrived();
    /// The engine died without a job of this preview. False: nothing here was waiting for it.
    bool lost(const Error& error);
    /// Leaves the engine to others until `resume`, which starts with a first look if something has changed
    /// meanwhile or was unfinished.
    void pause();
    void resume();

    /// How long the last first look took, from the change until it appeared; 0: there was none yet.
    std::chrono::milliseconds latency() const { return latency_; }
    PreviewStep step() const { return step_; }

  private:
    using Clock = std::chrono::steady_clock;

    void begin(bool chosen_quality);
    void answer(const PreviewOrder& order, bool chosen_quality, bool more, Result<EnginePainting> painting);
    void begin_anew(const Error& error);
    void fail(const Error& error);
    void drop();
    void enter(PreviewStep step);

    EngineSource engine_;
    OrderSource order_;
    PreviewEvents events_;
    PreviewTimes times_;
    Timer timer_;
    PreviewStep step_ = PreviewStep::finished;
    EngineClient* at_ = nullptr; // the one that runs the job
    JobNumber job_ = 0;
    bool paused_ = false;
    bool stale_ = true; // the last painting does not match the current settings
    int restarts_ = 0;
    Clock::time_point change_{};
    std::chrono::milliseconds latency_{0};
    std::shared_ptr<LivePreview*> self_; // for answers that arrive after its destruction
};

} // namespace neural_style::plugin
