// SPDX-License-Identifier: GPL-3.0-or-later
/// The painting engine within a program that renders: one for all layers, used from any thread, ended when it
/// has not been used for a while.
///
///     EffectEngine engine(programs);
///     auto painting = engine.paint({.settings = settings, .style = "waves", .content = photo});
#pragma once

#include "effect_programs.hpp"
#include "engine_client.hpp"
#include "picture.hpp"

#include <neural_style/error.hpp>
#include <neural_style/samples.hpp>
#include <neural_style/settings.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace neural_style {

/// Time limits. Tests shorten them.
struct EffectLimits {
    /// From the last painting until the engine ends.
    std::chrono::milliseconds idle{60'000};
    /// Without a word from the engine during a painting, until it is given up and killed.
    std::chrono::milliseconds silence{20'000};
    /// After a painting that failed slowly: no other is tried for so long, since a program that waits for it
    /// again and again cannot be used.
    std::chrono::milliseconds rest{60'000};
    EngineLimits engine{.start = std::chrono::milliseconds(20'000)};
};

/// One painting to make.
struct EffectOrder {
    Settings settings;
    std::string style; ///< see `EffectStyles`; not read if the settings need none
    const protocol::NamedPicture& content;
};

/// Its thread starts the engine, which ends with it, and talks to it; nothing of the program's main loop or
/// of its signals is used or changed.
class EffectEngine {
  public:
    explicit EffectEngine(EffectPrograms programs, EffectLimits limits = {});
    ~EffectEngine();
    EffectEngine(const EffectEngine&) = delete;
    EffectEngine& operator=(const EffectEngine&) = delete;

    /// Waits for the painting, in the content's samples and size unless the settings limit it. Paintings for
    /// several threads are made in turn. Errors, translated: those of `EngineClient::paint` and of
    /// `EffectStyles::read`.
    Result<Samples> paint(const EffectOrder& order);

    /// Id of the running engine process, for tests; empty if there is none.
    std::string process_id() const;

  private:
    struct Waiting {
        const EffectOrder& order;
        std::promise<Result<Samples>> answer = {};
    };
    class Workshop;

    void serve(std::stop_token stop);

    EffectPrograms programs_;
    EffectLimits limits_;
    mutable std::mutex mutex_; // of what follows
    std::condition_variable_any asked_;
    std::deque<Waiting*> waiting_;
    std::string process_id_;
    std::jthread thread_; // last: it uses all of this
};

} // namespace neural_style
