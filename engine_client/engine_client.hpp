// SPDX-License-Identifier: GPL-3.0-or-later
/// Starts the engine process and paints with it.
///
///     EngineClient engine({"/usr/bin/neural-style-engine"});
///     auto painting = engine.paint({.settings = settings, .content = photo, .styles = {{starry_night}}},
///                                  [](const protocol::Update& update) { show(update.fraction); }, stop);
///
/// Runs on one thread, on the main context that is the thread's default, whose loop runs while `paint` waits:
/// in a plug-in windows stay responsive, and libgimp notices when GIMP exits. The engine ends with this
/// object, with this process (however it dies), and with the thread that started it. Signals of the process
/// stay as they are: writing to a dead engine raises none.
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

namespace neural_style {

/// Time limits. Tests shorten them.
struct EngineLimits {
    /// Until Hello; allows for an ssh login.
    std::chrono::milliseconds hello{10'000};
    /// Until Hello, from when the engine says that it is starting; allows for a cold graphics card.
    std::chrono::milliseconds start{60'000};
    /// From the request to cancel until the engine is killed.
    std::chrono::milliseconds cancel{500};
    /// The same for a job that nobody waits for; allows for a graphics card's first steps.
    std::chrono::milliseconds cancel_preview{5'000};
};

struct EngineStyle {
    const protocol::NamedPicture& picture;
    const protocol::NamedPicture* region = nullptr; ///< mask of the content's size; nullptr: everywhere
    const protocol::NamedPicture* alpha = nullptr;  ///< mask of the picture's size; nullptr: all is seen
};

/// One painting to make. The pictures are in use until `paint` returns.
struct EngineJob {
    Settings settings;
    const protocol::NamedPicture& content;
    std::vector<EngineStyle> styles;
    const protocol::NamedPicture* protect = nullptr; ///< mask of the content's size; nullptr: nowhere
    const protocol::NamedPicture* refine = nullptr;  ///< of the content's size; nullptr: begin anew
    /// Of a frame of a film, see `Motion`: a picture and a mask of the content's size; both or neither.
    const protocol::NamedPicture* moved = nullptr;
    const protocol::NamedPicture* trusted = nullptr;
    double steadiness = 1;
    const protocol::NamedPicture* shot = nullptr; ///< see `Request::shot`; nullptr: the content alone
    std::uint64_t memory_limit = 0;               ///< bytes; 0: the limit that the engine was started with
    int snapshot_every = 0;                       ///< steps; 0: none
    /// Receives each snapshot, in order, with the step of its scale.
    std::function<void(const protocol::Picture& snapshot, int iteration)> take_snapshot = {};
};

struct EnginePainting {
    protocol::Picture picture; ///< in the content's sample type
    double seconds = 0;        ///< painting time of the engine
    std::string device;        ///< for people: "CPU, 2 cores"
};

struct PictureSize {
    int width = 0;
    int height = 0;
    bool has_region = false; ///< only for styles
};

/// The part of a job that an estimate needs: no pixels.
struct EngineOutline {
    Settings settings;
    PictureSize content;
    std::vector<PictureSize> styles;
    bool protects = false;
    bool refines = false;
    std::uint64_t memory_limit = 0;
    protocol::Sample sample = protocol::Sample::u8;
};

/// Identifies a job while its engine lives; never 0.
using JobNumber = std::uint64_t;

/// Observes the engine itself. `lost` is only called if no job is under way, whose answer would report it;
/// the sentence is translated.
struct EngineWatcher {
    std::function<void(const protocol::Hello&)> ready = {};
    std::function<void(const Error&)> lost = {};
};

class EngineClient {
  public:
    using UpdateCallback = std::function<void(const protocol::Update&)>;
    using PaintingCallback = std::function<void(Result<EnginePainting>)>;
    using EstimateCallback = std::function<void(Result<protocol::Estimate>)>;

    /// `command` is the program and its arguments. Nothing is started yet.
    explicit EngineClient(std::vector<std::string> command, EngineLimits limits = {});
    ~EngineClient();
    EngineClient(const EngineClient&) = delete;
    EngineClient& operator=(const EngineClient&) = delete;

    /// Starts the engine unless it runs, without waiting: it loads while the caller reads pixels. Errors:
    /// engine_lost.
    Result<void> start();

    /// Starts the engine unless it runs, uploads the missing pictures and waits for the painting. The engine
    /// stays loaded for the next one. `stop` and `keep` may be requested from the callback or the thread's
    /// main context; `keep` ends the job with the current result. Errors, translated: cancelled, engine_lost,
    /// other_version, bad_message, and those of the engine.
    Result<EnginePainting> paint(const EngineJob& job, const UpdateCallback& update = {},
                                 std::stop_token stop = {}, std::stop_token keep = {});

    /// The same without waiting: `answered` is called once, later, on the thread's context, unless this
    /// client is destroyed first. The job's pictures must exist until then, and anything that `answered`
    /// holds does.
    Result<JobNumber> begin(const EngineJob& job, UpdateCallback update, PaintingCallback answered);
    Result<JobNumber> estimate(const EngineOutline& outline, EstimateCallback answered);
    /// Cancels what `begin` or `estimate` started; a finished job is ignored. The answer is `cancelled`.
    void cancel(JobNumber number);

    /// Replaces the watcher; `ready` is called at once if the engine has sent Hello. From now on its time
    /// limit applies.
    void watch(EngineWatcher watcher);

    /// The running engine's Hello; nullptr before that, or if none runs.
    const protocol::Hello* hello() const;

    /// The engines' standard error, the last 64 KiB: English, for a report.
    std::string log() const;

    /// Id of the running engine process, for tests; empty if there is none.
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

} // namespace neural_style
