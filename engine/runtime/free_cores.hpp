// SPDX-License-Identifier: GPL-3.0-or-later
/// Uses as many threads as there are cores that no other program computes on.
///
///     FreeCores cores;              // in effect while it exists
///     for (…) {
///         cores.look();             // between two steps
///         step();
///     }
///
/// LibTorch divides every loop into equal parts, one per thread, and waits for the last. If another program
/// occupies a core, its part takes several times as long as the others, and a painting with two threads three
/// times as long as with one.
#pragma once

#include <chrono>
#include <vector>

namespace neural_style {

class FreeCores {
  public:
    FreeCores();
    FreeCores(const FreeCores&) = delete;
    FreeCores& operator=(const FreeCores&) = delete;
    /// Restores LibTorch's number of threads.
    ~FreeCores();

    /// Cheap; measures again every now and then.
    void look();

    /// The number of threads to use, at most `most`, if other programs have used `others` of `cores` cores.
    static int threads(int most, double cores, double others);

  private:
    struct Sample {
        std::chrono::steady_clock::time_point at;
        double busy = 0; // seconds, by anybody, of all cores that this process may use
        double own = 0;  // seconds, by this process
        int cores = 0;
    };
    static Sample sample();

    int most_;
    Sample before_;
};

} // namespace neural_style
