// SPDX-License-Identifier: GPL-3.0-or-later
/// Starts the engine process, and has it paint.
///
///     EngineClient engine({"/usr/bin/neural-style-engine"});
///     auto painting = engine.paint({.settings = settings, .content = photo, .styles = {{starry_night}}},
///                                  [](const protocol::Update& update) { show(update.fraction); }, stop);
///
/// Everything happens on the thread of the default main context, whose loop runs while `paint` waits: windows
/// stay alive, and libgimp notices the end of GIMP. The engine ends with this object, with this process
/// (however that dies), and with the thread that started it.
#pragma once

#include "message.hpp"

#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// How long things may take. Tests shorten them.
struct EngineLimits {
    /// Until Hello: an ssh login and a CUDA start fit in.
    std::chrono::milliseconds hello{10'000};
    /// From asking the engine to cancel until it is killed.
    std::chrono::milliseconds cancel{500};
    /// The same for a job that nobody waits for; a graphics card's first steps fit in.
    std::chrono::milliseconds cancel_preview{5'000};
};

struct EngineStyle {
    const protocol::NamedPicture& picture;
    const protocol::NamedPicture* region = nullptr; ///< mask of the content's size; nullptr: everywhere
};

/// One painting to make. The pictures are read until `paint` returns.
struct EngineJob {
    Settings settings;
    const protocol::NamedPicture& content;
    std::vector<EngineStyle> styles;
    const protocol::NamedPicture* protect = nullptr; ///< mask of the content's size; nullptr: nowhere
    const protocol::NamedPicture* refine = nullptr;  ///< of the content's size; nullptr: begin anew
    std::uint64_t memory_limit = 0;                  ///< bytes; 0: what the engine was started with
    int snapshot_every = 0;                          ///< steps; 0: none
    /// Takes each snapshot, in order, with the step of its scale.
    std::function<void(const protocol::Picture& snapshot, int iteration)> take_snapshot = {};
};

struct EnginePainting {
    protocol::Picture picture; ///< has the content's kind of sample
    double seconds = 0;        ///< that the engine painted
    std::string device;        ///< for people: "CPU, 2 cores"
};

struct PictureSize {
    int width = 0;
    int height = 0;
    bool has_region = false; ///< of a style
};

/// What an estimate needs to know of a job: no pixels.
struct EngineOutline {
    Settings settings;
    PictureSize content;
    std::vector<PictureSize> styles;
    bool protects = false;
    bool refines = false;
    std::uint64_t memory_limit = 0;
    protocol::Sample sample = protocol::Sample::u8;
};

/// Of one job, as long as its engine lives; never 0.
using JobNumber = std::uint64_t;

/// Who wants to know of the engine itself. `lost` comes only when no job is under way, whose answer would say
/// it; the sentence is translated.
struct EngineWatcher {
    std::function<void(const protocol::Hello&)> ready = {};
    std::function<void(const Error&)> lost = {};
};

class EngineClient {
  public:
    using UpdateCallback = std::function<void(const protocol::Update&)>;
    using PaintingCallback = std::function<void(Result<EnginePainting>)>;
    using EstimateCallback = std::function<void(Result<protocol::Estimate>)>;

    /// `command` is the program with its arguments, at least the program. Nothing is started yet.
    explicit EngineClient(std::vector<std::string> command, EngineLimits limits = {});
    ~EngineClient();
    EngineClient(const EngineClient&) = delete;
    EngineClient& operator=(const EngineClient&) = delete;

    /// Starts the engine if it does not run, without waiting for it: it loads while the caller reads pixels.
    /// Errors: engine_lost.
    Result<void> start();

    /// Starts the engine if it does not run, uploads what it does not have yet, waits for the painting. The
    /// engine stays loaded for the next one. `stop` and `keep` may be requested from the callback or from the
    /// main context; `keep` ends it with what is painted so far. Errors, translated: cancelled, engine_lost,
    /// other_version, bad_message, and what the engine answers.
    Result<EnginePainting> paint(const EngineJob& job, const UpdateCallback& update = {},
                                 std::stop_token stop = {}, std::stop_token keep = {});

    /// The same without waiting: `answered` is called once, later, on the main context, unless this client
    /// ends before. The job's pictures must stay until then; what `answered` holds does.
    Result<JobNumber> begin(const EngineJob& job, UpdateCallback update, PaintingCallback answered);
    Result<JobNumber> estimate(const EngineOutline& outline, EstimateCallback answered);
    /// Of what `begin` or `estimate` began; an answered one is ignored. The answer is `cancelled`.
    void cancel(JobNumber number);

    /// Replaces who watches; `ready` comes at once when the engine has said Hello. From now on the engine has
    /// its time to say it.
    void watch(EngineWatcher watcher);

    /// What the running engine said of itself; nullptr before that, or when none runs.
    const protocol::Hello* hello() const;

    /// What the engines said on their standard error, the last 64 KiB: English, for a report.
    std::string log() const;

    /// Of the running engine process, for tests; empty when there is none.
    std::string process_id() const;

  private:
    class Connection;
    struct Shared;
    enum class Patience;

    std::vector<std::string> command_;
    EngineLimits limits_;
    std::shared_ptr<Shared> shared_;
    std::shared_ptr<Connection> connection_; // shared with the callbacks under way
};

} // namespace neural_style::plugin
