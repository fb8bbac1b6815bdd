// SPDX-License-Identifier: GPL-3.0-or-later
/// Whose painting is computed, of several on different threads: the smallest, and of equal ones the first.
/// The others pause where they are until it is done.
///
///     Turns::Place place(turns, work);
///     if (!place.wait(stop, tell_that_it_waits))
///         return cancelled;
///     for (…) {
///         step();
///         place.wait(stop, tell_that_it_waits); // lets smaller ones go first
///     }
///
/// A painting that has begun is thus only interrupted by smaller ones, which are done before it goes on: what
/// memory is free when one begins stays free until its end, whatever the interrupted ones have planned.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <vector>

namespace neural_style::worker {

/// Time limits. Tests shorten them.
struct TurnLimits {
    /// From when it is a painting's turn until it begins beside another one, which is in a long step.
    std::chrono::milliseconds step{2'000};
    /// Between two signs of life of a painting that waits.
    std::chrono::milliseconds sign{5'000};
};

class Turns {
  public:
    explicit Turns(TurnLimits limits = {}) : limits_(limits) {}
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    /// When the last painting ended; before the first, when this began.
    std::chrono::steady_clock::time_point left_last() const;

    class Place {
      public:
        /// `work` tells which painting is the smallest, in any unit.
        Place(Turns& turns, double work);
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place();

        /// Returns at once where it is this one's turn, else when it is. Meanwhile `sign_of_life` is called
        /// every now and then, on this thread. False if `stop` was requested: then it has no turn.
        bool wait(const std::stop_token& stop, const std::function<void()>& sign_of_life);

      private:
        friend class Turns;

        Turns& turns_;
        double work_;
        bool computes_ = false;
    };

  private:
    // With the mutex locked.
    bool is_next(const Place& place) const;
    bool others_compute(const Place& place) const;
    void changed();

    TurnLimits limits_;
    mutable std::mutex mutex_; // of what follows, and of the places
    std::condition_variable_any change_;
    std::uint64_t changes_ = 0;
    std::chrono::steady_clock::time_point left_last_ = std::chrono::steady_clock::now();
    std::vector<const Place*> places_; // the first to come first
};

} // namespace neural_style::worker
