// SPDX-License-Identifier: GPL-3.0-or-later
/// Keeps a small painting up to date with settings that change all the time.
///
///     LivePreview preview(engine, [&] { return order_now(); }, {.painted = show});
///     on_change([&] { preview.changed(); });
///
/// A little after a change a first look is painted, the fastest there is; when nothing has changed for a
/// while after that, the chosen quality grows over it. What is stale is cancelled. An engine that goes away
/// meanwhile is started once more.
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
};

/// One preview to paint: pictures small enough for it, settings restated for them.
struct PreviewOrder {
    Settings settings; ///< of the chosen quality
    SharedPicture content;
    std::vector<PreviewStyle> styles;
    SharedPicture protect = {};
    SharedPicture refine = {};
    std::uint64_t memory_limit = 0;
};

/// The settings of the first look: one pass where the engine can paint so, else a draft at a size that takes
/// about a second. `refines`: it goes on from a painting, which one pass cannot.
Settings first_look(const Settings& chosen, bool instant, bool refines = false);

enum class PreviewStep { waiting, first_look, resting, growing, finished };

struct PreviewEvents {
    /// The painting of the order, of the first look (false) or of the chosen quality (true).
    std::function<void(const PreviewOrder&, const protocol::Picture&, bool)> painted = {};
    /// The chosen quality on its way; the update may have a preview.
    std::function<void(const PreviewOrder&, const protocol::Update&)> growing = {};
    std::function<void(PreviewStep)> step = {};
    std::function<void(const Error&)> failed = {};
};

struct PreviewTimes {
    std::chrono::milliseconds after_change{100};
    std::chrono::milliseconds rest{700}; ///< without a change, before the chosen quality begins
};

class LivePreview {
  public:
    /// The engine to use now; errors are told as those of painting are. nullptr: it is still starting; call
    /// `arrived` when it is ready.
    using EngineSource = std::function<Result<EngineClient*>()>;
    /// What to paint now, for the chosen quality (true) or the first look, which may be smaller. Nothing: the
    /// pictures are still being read; call `arrived` when they are there.
    using OrderSource = std::function<Result<std::optional<PreviewOrder>>(bool chosen_quality)>;

    LivePreview(EngineSource engine, OrderSource order, PreviewEvents events, PreviewTimes times = {});
    ~LivePreview();
    LivePreview(const LivePreview&) = delete;
    LivePreview& operator=(const LivePreview&) = delete;

    /// Something that changes the painting has changed. More changes may follow, so the first look waits a
    /// little, unless it shall come `at_once`.
    void changed(bool at_once = false);
    /// What a first look was waiting for is there: pictures, or the engine.
    void arrived();
    /// The engine went away without a job of this preview. False: nothing here was waiting for it.
    bool lost(const Error& error);
    /// Leaves the engine to somebody else, until `resume`, which begins with a first look when something has
    /// changed meanwhile or was not finished.
    void pause();
    void resume();

    /// How long the last first look took from the change until it was there; 0: there was none yet.
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
    EngineClient* at_ = nullptr; // where the job is
    JobNumber job_ = 0;
    bool paused_ = false;
    bool stale_ = true; // the last painting is not of the settings as they are
    int restarts_ = 0;
    Clock::time_point change_{};
    std::chrono::milliseconds latency_{0};
    std::shared_ptr<LivePreview*> self_; // for answers that come when this is gone
};

} // namespace neural_style::plugin
