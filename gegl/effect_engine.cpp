// SPDX-License-Identifier: GPL-3.0-or-later
#include "effect_engine.hpp"

#include "effect_style.hpp"
#include "glib_pointers.hpp"
#include "sentences.hpp"
#include "timer.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace neural_style {
namespace {

using Clock = std::chrono::steady_clock;

/// A failure that took longer than this is slow.
constexpr std::chrono::seconds quick{3};

/// Bytes of paintings that are kept.
constexpr std::size_t kept_bytes_most = std::size_t(48) << 20;

/// The last paintings: OK after a preview, undo, redo, hiding and showing render the same once more.
class KeptPaintings {
  public:
    struct Order {
        std::string content; ///< its name
        std::shared_ptr<const EffectStyle> style;
        Settings settings;

        bool operator==(const Order&) const = default;
    };

    const Samples* find(const Order& order) const {
        const auto found = std::ranges::find(kept_, order, &Kept::order);
        return found == kept_.end() ? nullptr : &found->painting;
    }
    void keep(Order order, const Samples& painting) {
        kept_.push_back({std::move(order), painting});
        std::size_t bytes = 0;
        for (const auto& kept : kept_)
            bytes += kept.painting.bytes.size();
        for (; bytes > kept_bytes_most; kept_.pop_front())
            bytes -= kept_.front().painting.bytes.size();
    }
    void clear() { kept_.clear(); }

  private:
    struct Kept {
        Order order;
        Samples painting;
    };
    std::deque<Kept> kept_; // the oldest first
};

/// A main context that is the thread's own while this exists.
class ThreadContext {
  public:
    ThreadContext() : context_(g_main_context_new()) { g_main_context_push_thread_default(context_); }
    ~ThreadContext() {
        settle();
        g_main_context_pop_thread_default(context_);
        g_main_context_unref(context_);
    }
    ThreadContext(const ThreadContext&) = delete;
    ThreadContext& operator=(const ThreadContext&) = delete;

    /// Callbacks that are due.
    void settle() const {
        while (g_main_context_iteration(context_, FALSE))
            ;
    }

  private:
    GMainContext* context_;
};

} // namespace

/// What belongs to the thread.
class EffectEngine::Workshop {
  public:
    Workshop(const EffectPrograms& programs, EffectLimits limits)
        : limits_(limits), command_(programs.engine), styles_(programs) {}

    Result<Samples> paint(const EffectOrder& order) {
        context_.settle(); // of an engine that has ended meanwhile
        if (rests_until_ && Clock::now() < *rests_until_)
            return std::unexpected(*slow_failure_);
        rests_until_.reset();
        const auto begin = Clock::now();
        auto painting = painted(order);
        if (!painting && painting.error().code == ErrorCode::engine_lost && Clock::now() - begin > quick) {
            rests_until_ = Clock::now() + limits_.rest;
            slow_failure_ = painting.error();
        }
        return painting;
    }

    void end_engine() {
        client_.reset();
        paintings_.clear();
        context_.settle();
    }

    std::string process_id() const { return client_ ? client_->process_id() : std::string(); }

  private:
    Result<Samples> painted(const EffectOrder& order) {
        if (!command_)
            return std::unexpected(command_.error());
        if (!client_)
            client_.emplace(*command_, limits_.engine);
        // First, so that it loads while the style is read.
        if (auto started = client_->start(); !started)
            return std::unexpected(started.error());
        EngineJob job{.settings = order.settings, .content = order.content, .styles = {}};
        KeptPaintings::Order same{.content = order.content.name(), .style = {}, .settings = order.settings};
        if (needs_style(order.settings)) {
            auto style = styles_.read(order.style);
            if (!style)
                return std::unexpected(style.error());
            same.style = *style;
            job.styles.push_back(
                {.picture = same.style->picture, .alpha = same.style->alpha ? &*same.style->alpha : nullptr});
        }
        if (const auto* painting = paintings_.find(same))
            return *painting;
        std::stop_source stop;
        bool silent = false;
        Timer silence;
        const auto wait = [&] {
            silence.start(limits_.silence, [&] {
                silent = true;
                stop.request_stop();
            });
        };
        // Until Hello the client has limits of its own.
        client_->watch({.ready = [&](const protocol::Hello&) { wait(); }});
        auto painting = client_->paint(
            job, [&](const protocol::Update&) { wait(); }, stop.get_token());
        client_->watch({});
        if (silent)
            return failure(ErrorCode::engine_lost,
                           sentence(_("The painting engine has said nothing for {} seconds and was ended: if "
                                      "the computer is busy, try again."),
                                    int(std::chrono::ceil<std::chrono::seconds>(limits_.silence).count())));
        if (!painting)
            return std::unexpected(painting.error());
        paintings_.keep(std::move(same), painting->picture);
        return std::move(painting->picture);
    }

    ThreadContext context_; // first: the others use it
    EffectLimits limits_;
    Result<std::vector<std::string>> command_;
    EffectStyles styles_;
    KeptPaintings paintings_;
    std::optional<EngineClient> client_;
    std::optional<Clock::time_point> rests_until_;
    std::optional<Error> slow_failure_;
};

EffectEngine::EffectEngine(EffectPrograms programs, EffectLimits limits)
    : programs_(std::move(programs)), limits_(limits),
      thread_([this](std::stop_token stop) { serve(std::move(stop)); }) {}

EffectEngine::~EffectEngine() = default;

Result<Samples> EffectEngine::paint(const EffectOrder& order) {
    Waiting waiting{.order = order};
    auto answer = waiting.answer.get_future();
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(&waiting);
    }
    asked_.notify_one();
    return answer.get();
}

std::string EffectEngine::process_id() const {
    const std::lock_guard lock(mutex_);
    return process_id_;
}

void EffectEngine::serve(std::stop_token stop) {
    Workshop workshop(programs_, limits_);
    const auto asked = [this] { return !waiting_.empty(); };
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (process_id_.empty())
            asked_.wait(lock, stop, asked);
        else if (!asked_.wait_for(lock, stop, limits_.idle, asked)) {
            workshop.end_engine();
            process_id_.clear();
            continue;
        }
        while (!waiting_.empty()) {
            Waiting& next = *waiting_.front();
            waiting_.pop_front();
            lock.unlock();
            auto painting = workshop.paint(next.order);
            auto process = workshop.process_id();
            lock.lock();
            process_id_ = std::move(process);
            // Whoever waits may end what it waits for before the promise has been left.
            auto answer = std::move(next.answer);
            answer.set_value(std::move(painting));
        }
    }
}

} // namespace neural_style
