// SPDX-License-Identifier: GPL-3.0-or-later
#include "turns.hpp"

#include <algorithm>
#include <optional>

namespace neural_style::worker {

Turns::Place::Place(Turns& turns, double work) : turns_(turns), work_(work) {
    const std::scoped_lock lock(turns_.mutex_);
    turns_.places_.push_back(this);
    turns_.changed();
}

Turns::Place::~Place() {
    const std::scoped_lock lock(turns_.mutex_);
    std::erase(turns_.places_, this);
    turns_.left_last_ = std::chrono::steady_clock::now();
    turns_.changed();
}

std::chrono::steady_clock::time_point Turns::left_last() const {
    const std::scoped_lock lock(mutex_);
    return left_last_;
}

bool Turns::Place::wait(const std::stop_token& stop, const std::function<void()>& sign_of_life) {
    using Clock = std::chrono::steady_clock;
    std::unique_lock lock(turns_.mutex_);
    if (computes_ && turns_.is_next(*this))
        return !stop.stop_requested();
    if (computes_) {
        computes_ = false;
        turns_.changed();
    }
    auto next_sign = Clock::now() + turns_.limits_.sign;
    std::optional<Clock::time_point> next_since;
    while (!stop.stop_requested()) {
        const auto now = Clock::now();
        if (!turns_.is_next(*this))
            next_since.reset();
        else if (!next_since)
            next_since = now;
        if (next_since && (!turns_.others_compute(*this) || now >= *next_since + turns_.limits_.step)) {
            computes_ = true;
            return true;
        }
        if (now >= next_sign) {
            next_sign = now + turns_.limits_.sign;
            lock.unlock();
            sign_of_life();
            lock.lock();
            continue;
        }
        const auto until = next_since ? std::min(next_sign, *next_since + turns_.limits_.step) : next_sign;
        turns_.change_.wait_until(lock, stop, until,
                                  [&, seen = turns_.changes_] { return turns_.changes_ != seen; });
    }
    return false;
}

bool Turns::is_next(const Place& place) const {
    return *std::ranges::min_element(places_, {}, [](const Place* other) { return other->work_; }) == &place;
}

bool Turns::others_compute(const Place& place) const {
    return std::ranges::any_of(places_,
                               [&](const Place* other) { return other != &place && other->computes_; });
}

void Turns::changed() {
    ++changes_;
    change_.notify_all();
}

} // namespace neural_style::worker
