// SPDX-License-Identifier: GPL-3.0-or-later
/// As many threads as there are cores that nobody else computes on.
///
///     FreeCores cores;              // while it lives
///     for (…) {
///         cores.look();             // between two steps
///         step();
///     }
///
/// LibTorch divides every loop into equal parts, one for each thread, and waits for the last. Where another
/// program has one of the cores, that part takes several times as long as the others, and a painting with two
/// threads three times as long as with one.
#pragma once

#include <chrono>
#include <vector>

namespace neural_style {

class FreeCores {
  public:
    FreeCores();
    FreeCores(const FreeCores&) = delete;
    FreeCores& operator=(const FreeCores&) = delete;
    /// Gives LibTorch back as many threads as it had.
    ~FreeCores();

    /// Cheap; looks anew every now and then.
    void look();

    /// How many threads suit, of `most`, when other programs have used `others` of `cores` cores.
    static int threads(int most, double cores, double others);

  private:
    struct Sample {
        std::chrono::steady_clock::time_point at;
        double busy = 0; // seconds, of all cores that this process may use, whoever used them
        double own = 0;  // seconds of this process
        int cores = 0;
    };
    static Sample sample();

    int most_;
    Sample before_;
};

} // namespace neural_style
